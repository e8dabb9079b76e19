import type { Confidence, Evidence } from "../findings/finding.ts";

/** What an alert measures, as far as packets can be asked about it. */
export type ChangeMetric =
  | "bytesOut"
  | "bytesIn"
  | "packetsOut"
  | "packetsIn"
  | "connections"
  | "retransmissions"
  | "latency"
  | "denied";

/** What the change is; `spread` when many have a small part each, `none` when nothing increased. */
export type ChangeKind =
  | "exfiltration"
  | "peerToPeer"
  | "dnsTunnel"
  | "scanOut"
  | "synFlood"
  | "slowBackend"
  | "loss"
  | "backup"
  | "deniedBurst"
  | "singleDestination"
  | "spread"
  | "none";

/** Of `before`, `after` and `increase`; `milliseconds` is the mean of the answers' times. */
export type ChangeUnit =
  | "bytes/s"
  | "packets/s"
  | "connections/s"
  | "segments/s"
  | "attempts/s"
  | "milliseconds";

/** One of the two parts that are compared. */
export interface ChangePeriod {
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  seconds: number;
  /** Of the metric: bytes, packets, connections, segments; of `latency` the number of answers. */
  total: number;
  /** In the answer's unit: the total for each second, or the mean. */
  value: number;
}

/** What makes up one share of the increase. */
export interface ChangeRow {
  /** `203.0.113.7:443`, `443/tcp`, `tls`, `curl (pid 812)`. */
  name: string;
  /** Of a destination: its address alone; null of everything else. */
  address: string | null;
  /** What is known of it besides: `files.example.com, AS64500 Example, NL`; empty when nothing is. */
  detail: string;
  /** In the answer's unit. */
  before: number;
  after: number;
  /** Part of everything that grew, 0 to 1; the shares of one list add up to at most 1. */
  share: number;
  /** Milliseconds since the epoch: its first packet in the capture; null when not known. */
  firstSeen: number | null;
  /** `curl (pid 812, uid 1000)`; null when no owner is known. */
  process: string | null;
  /** Why an address counts as a threat; null when it does not, or nobody was asked. */
  threat: string | null;
  country: string | null;
  /** `AS64500 Example`. */
  asn: string | null;
  /** Of a destination, where the flow tables were asked; null otherwise. */
  seenBefore: SeenBefore | null;
}

export type ChangePartBy =
  | "destination"
  | "source"
  | "port"
  | "protocol"
  | "process"
  | "country"
  | "name";

/** The increase once over, divided by one thing. */
export interface ChangePart {
  by: ChangePartBy;
  /** Greatest share first. */
  rows: ChangeRow[];
  /** How many have a share in it, told or not. */
  count: number;
  /** The shares of those that are not told, together. */
  otherShare: number;
}

/** The metric over time, in columns of equal width. */
export interface ChangeTimeLine {
  /** Milliseconds since the epoch. */
  from: number;
  columnMilliseconds: number;
  /** In the answer's unit. */
  values: number[];
}

/** The same host at another time, from the flow tables. */
export interface ChangeComparison {
  when: BaselineWhen;
  /** In the answer's unit; null where flows do not tell this metric. */
  value: number | null;
  /** With whom most bytes were exchanged then, most first. */
  destinations: ComparedDestination[];
}

export interface ComparedDestination {
  address: string;
  bytesOutPerSecond: number;
  bytesInPerSecond: number;
}

/** Whether the host talked to an address before, by the flow tables. */
export interface SeenBefore {
  /** Milliseconds since the epoch: from when on the tables know the host; they are asked about a week. */
  since: number;
  /** When it last did before the recording; null: it did not in that time. */
  lastSeen: number | null;
}

export type BaselineWhen = "hourEarlier" | "dayEarlier" | "weekEarlier";

/** What changed between before and after, and why. JSON-safe; `docs/reference/answer.md` says what each member means. */
export interface ChangeAnswer {
  kind: ChangeKind;
  confidence: Confidence;
  /** One paragraph for people. */
  sentence: string;
  metric: ChangeMetric;
  unit: ChangeUnit;
  /** Milliseconds since the epoch: the alert. */
  moment: number;
  /** When the metric really changed, as an alert comes after its window; null when no such instant shows. */
  onset: number | null;
  /** Null when nothing was recorded from before. */
  before: ChangePeriod | null;
  after: ChangePeriod;
  /** After less before, in the unit; null without a before. */
  increase: number | null;
  /** Share of the increase that the kind accounts for, 0 to 1; 0 for `none`. */
  explained: number;
  parts: ChangePart[];
  timeLine: ChangeTimeLine;
  comparisons: ChangeComparison[];
  evidence: Evidence;
  /** What limits the answer: no look-back, sockets without an owner, flows beyond a bound. */
  caveats: string[];
}
