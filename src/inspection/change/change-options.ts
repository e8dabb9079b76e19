import type { Policy } from "../findings/policy.ts";
import type { BaselineWhen, ChangeMetric } from "./change-answer.ts";
import type { OwnerIndex } from "./owner-index.ts";

/** What is asked of a capture, and whom to ask about sockets and addresses. */
export interface ChangeOptions {
  /** Milliseconds since the epoch: when the alert fired, or what the reader wants to know about. */
  moment: number;
  metric: ChangeMetric;
  /** What the moment is, for the paragraph: "the alert" unless told. */
  momentName?: string;
  /** Milliseconds since the epoch: packets outside are left out. */
  from?: number | null;
  to?: number | null;
  /** Addresses of the host that recorded; found in the packets when empty or left out. */
  localAddresses?: readonly string[];
  /** Whose a socket was; nobody is asked without. */
  owners?: Pick<OwnerIndex, "find">;
  /** What is known of an address; null when nothing is. */
  facts?: (address: string) => AddressFacts | null;
  /** Asked once instead, about the addresses that the answer names: where asking takes time. */
  findFacts?: (addresses: readonly string[]) => Promise<ReadonlyMap<string, AddressFacts>>;
  /** Sums of the same host at other times, from the flow tables. */
  baselines?: readonly Baseline[];
  /** When the host talked to its peers before, by the flow tables. */
  history?: PeerHistory;
  /** Asked once instead, about the addresses that the answer names; null: nobody knows. */
  findHistory?: (addresses: readonly string[]) => Promise<PeerHistory | null>;
  /** What is expected on the network. */
  policy?: Policy;
  signal?: AbortSignal;
}

export interface AddressFacts {
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  /** `AS64500`. */
  asn: string | null;
  /** Whose network it is. */
  owner: string | null;
  /** Why it counts as a threat: the list, and since when it is on it. */
  threat: string | null;
}

/** What the flow tables know of a host's peers before the recording. */
export interface PeerHistory {
  /** Milliseconds since the epoch: from when on the tables know the host, as far as they were asked. */
  since: number;
  /** Who was asked about. */
  asked: ReadonlySet<string>;
  /** When the host last talked to one of them, milliseconds since the epoch; those that are not in it it did not. */
  lastSeen: ReadonlyMap<string, number>;
}

/** What the flow tables say of the host at another time; null where they do not tell it. */
export interface Baseline {
  when: BaselineWhen;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  totals: Readonly<Record<ChangeMetric, number | null>>;
  /** With whom most bytes were exchanged, most first; bounded by who asked. */
  destinations: readonly { address: string; bytesOut: number; bytesIn: number }[];
}
