import type { State } from "../../state/state.ts";

/** What outlives a restart of what a host said: `documents("hostsSeen")`, by host. */
export interface SeenHost {
  hostId: string;
  agentVersion: string;
  /** Milliseconds since the epoch; written now and then while it is connected, so a crash makes it a little old. */
  lastSeenAt: number;
}

export const seenHosts = (state: State) => state.documents<SeenHost>("hostsSeen");
