import type { Rule } from "../scene.ts";
import { backup, exfiltration } from "./bulk.ts";
import { deniedBurst } from "./denied-burst.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { loss } from "./loss.ts";
import { peerToPeer } from "./peer-to-peer.ts";
import { scanOut } from "./scan-out.ts";
import { slowBackend } from "./slow-backend.ts";
import { synFlood } from "./syn-flood.ts";

/** What says most first: the first that explains enough is the answer. */
export const rules: readonly Rule[] = [
  dnsTunnel,
  peerToPeer,
  synFlood,
  scanOut,
  deniedBurst,
  slowBackend,
  loss,
  backup,
  exfiltration,
];
