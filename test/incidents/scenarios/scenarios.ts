import type { Scenario } from "../scenario.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { exfiltration } from "./exfiltration.ts";
import { scanOut } from "./scan-out.ts";
import { synFlood } from "./syn-flood.ts";

/** The incidents, each with its known truth. */
export const scenarios: readonly Scenario[] = [exfiltration, dnsTunnel, scanOut, synFlood];
