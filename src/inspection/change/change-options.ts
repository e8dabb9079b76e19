import type { Policy } from "../findings/policy.ts";
import type { BaselineWhen, ChangeMetric } from "./change-answer.ts";

/** What is asked of a capture, and whom to ask about sockets and addresses. */
export interface ChangeOptions {
  /** Milliseconds since the epoch: when the alert fired, or what the reader wants to know about. */
  moment: number;
  metric: ChangeMetric;
  /** Milliseconds since the epoch: packets outside are left out. */
  from?: number | null;
  to?: number | null;
  /** Addresses of the host that recorded; found in the packets when empty or left out. */
  localAddresses?: readonly string[];
  /** Whose a socket was; nobody is asked without. */
  owners?: OwnerLookup;
  /** What is known of an address; null when nothing is. */
  facts?: (address: string) => AddressFacts | null;
  /** Sums of the same host at other times, from the flow tables. */
  baselines?: readonly Baseline[];
  /** What is expected on the network. */
  policy?: Policy;
  signal?: AbortSignal;
}

/** A socket as its packets show it. */
export interface SocketQuestion {
  protocol: "tcp" | "udp";
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  /** Milliseconds since the epoch: its first and last packet. */
  from: number;
  to: number;
}

/** What the answer tells of a process; a `SocketOwner` is one. */
export interface ProcessOwner {
  pid: number;
  executable: string;
  commandLine: string;
  uid: number;
  user: string | null;
  unit: string | null;
  container: string | null;
}

export type OwnerLookup = (socket: SocketQuestion) => ProcessOwner | null;

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

/** What the flow tables say of the host at another time; null where they do not tell it. */
export interface Baseline {
  when: BaselineWhen;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  totals: Readonly<Record<ChangeMetric, number | null>>;
  /** Bytes out by destination address, greatest first; bounded by who asked. */
  destinations: readonly { address: string; bytesOut: number; bytesIn: number }[];
}
