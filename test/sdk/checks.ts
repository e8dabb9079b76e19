import type { Check } from "./check.ts";
import { captureChecks } from "./captures.ts";
import { insightsChecks } from "./insights.ts";
import { machineChecks } from "./machines.ts";
import { refusalChecks } from "./refusals.ts";
import { storageChecks } from "./storage.ts";

/** Every check, in the order in which they run. */
export const checks: readonly Check[] = [
  ...machineChecks,
  ...captureChecks,
  ...insightsChecks,
  ...storageChecks,
  ...refusalChecks,
];
