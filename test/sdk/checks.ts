import type { Check } from "./check.ts";
import { alertChecks } from "./alerts.ts";
import { captureChecks } from "./captures.ts";
import { insightsChecks } from "./insights.ts";
import { logsChecks } from "./logs.ts";
import { machineChecks } from "./machines.ts";
import { networkChecks } from "./network.ts";
import { refusalChecks } from "./refusals.ts";
import { storageAccessChecks } from "./storage-access.ts";
import { storageChecks } from "./storage.ts";

/** Every check, in the order in which they run. */
export const checks: readonly Check[] = [
  ...machineChecks,
  ...networkChecks,
  ...captureChecks,
  ...insightsChecks,
  ...alertChecks,
  ...logsChecks,
  ...storageChecks,
  ...storageAccessChecks,
  ...refusalChecks,
];
