import type { Link } from "./host-view.ts";

/** One tuple to be written. Counters are those since the flow's last one. */
export interface FlowRow {
  /** Unix time, milliseconds. */
  time: number;
  link: Link;
  isOutbound: boolean;
  /** See tuple.ts. */
  tuple: Uint8Array;
  state: "B" | "C" | "E" | "D";
  /** Empty: no rule is known to have decided. */
  rule: string;
  packetsToDestination: number;
  bytesToDestination: number;
  packetsToSource: number;
  bytesToSource: number;
}

/** Takes tuples; false when there was no room, and the tuple was not taken. */
export type RowSink = (row: FlowRow) => boolean;
