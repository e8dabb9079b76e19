import type { Scenario } from "../scenario.ts";
import { backup } from "./backup.ts";
import { bitTorrent } from "./bit-torrent.ts";
import { deniedBurst } from "./denied-burst.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { exfiltration } from "./exfiltration.ts";
import { loss } from "./loss.ts";
import { scanOut } from "./scan-out.ts";
import { slowBackend } from "./slow-backend.ts";
import { synFlood } from "./syn-flood.ts";

/** The incidents, each with its known truth. */
export const scenarios: readonly Scenario[] = [
  exfiltration,
  bitTorrent,
  dnsTunnel,
  scanOut,
  synFlood,
  slowBackend,
  loss,
  backup,
  deniedBurst,
];
