import type { SourceName } from "../../alert/sources/source.ts";

/** The ways in: a function key, a bearer token, a signature, a client certificate. */
export const doorNames = ["key", "bearer", "signature", "certificate"] as const;
export type DoorName = (typeof doorNames)[number];

/** What is known of the connection of a call. */
export interface Peer {
  /** For the audit and the limit of refusals. */
  address: string | null;
  /** The names in a client certificate that a configured authority issued; null where there is none. */
  certificateNames: readonly string[] | null;
}

/** A call that is not let in; what the audit and the counters are told. */
export interface Refusal {
  request: Request;
  peer: Peer;
  source: SourceName | null;
  status: number;
  code: string;
}
