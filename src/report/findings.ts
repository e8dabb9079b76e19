import { captureFindings } from "./findings-capture.ts";
import { tcpFindings } from "./findings-tcp.ts";
import { trafficFindings } from "./findings-traffic.ts";
import type { ReportInput } from "./report-input.ts";

/** One thing the capture says, with what it rests on. */
export interface Finding {
  id: FindingId;
  /** `problem`: act, or do not trust the rest; `warning`: look at it; `note`: worth knowing. */
  severity: "problem" | "warning" | "note";
  sentence: string;
  evidence: Evidence;
}

export interface Evidence {
  /** The numbers behind the sentence, by name; durations in nanoseconds, sizes in bytes. */
  facts: Record<string, string | number>;
  /** Wireshark's display filter for the packets meant, or null when there is none. */
  displayFilter: string | null;
}

export type FindingId =
  | "capture-empty"
  | "capture-filter-matched-nothing"
  | "capture-packets-dropped"
  | "capture-file-truncated"
  | "capture-ended-early"
  | "capture-size-limit"
  | "capture-packets-cut"
  | "inspection-bounded"
  | "tcp-retransmissions"
  | "tcp-resets"
  | "tcp-zero-window"
  | "tcp-out-of-order"
  | "tcp-one-way"
  | "tcp-unseen-segments"
  | "initial-rtt-slow"
  | "syn-repeated"
  | "destination-dominates"
  | "protocol-cleartext"
  | "protocol-unknown";

const order: Record<Finding["severity"], number> = { problem: 0, warning: 1, note: 2 };

/**
 * What the inspection supports, gravest first. Frames above the interface's MTU and unfilled checksums
 * are never findings: a host that records itself sees packets before its network card finishes them.
 */
export function findings(input: ReportInput): Finding[] {
  const all = [...captureFindings(input), ...tcpFindings(input), ...trafficFindings(input)];
  return all.sort((one, other) => order[one.severity] - order[other.severity]);
}
