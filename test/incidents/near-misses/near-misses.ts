import type { Scenario } from "../scenario.ts";
import { contentNetwork } from "./content-network.ts";
import { largeDownload } from "./large-download.ts";
import { mailServer } from "./mail-server.ts";
import { scanIn, scanInByConnections } from "./scan-in.ts";
import { slowClient } from "./slow-client.ts";

/** What looks like one of the incidents and is not. */
export const nearMisses: readonly Scenario[] = [
  largeDownload,
  mailServer,
  scanIn,
  scanInByConnections,
  slowClient,
  contentNetwork,
];
