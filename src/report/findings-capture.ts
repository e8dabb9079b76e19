import type { Finding } from "./findings.ts";
import type { ReportInput } from "./report-input.ts";
import { textLengthMax, visible } from "./safe-text.ts";
import { droppedShareProblem } from "./thresholds.ts";
import { formatBytes, formatCount, formatShare, plural } from "./units.ts";

/** What limits how far the recording itself can be trusted. */
export const captureFindings = (input: ReportInput): Finding[] =>
  [emptiness, drops, truncation, earlyEnd, cutPackets, bounds]
    .map((look) => look(input))
    .filter((finding) => finding !== null);

function emptiness({ inspection, capture }: ReportInput): Finding | null {
  const { packets, truncated } = inspection.file;
  // Of a file that could not be read nobody knows what it held.
  if (packets > 0 || truncated) return null;
  const evidence = { facts: { packets }, displayFilter: null };
  if (capture.filter)
    return {
      id: "capture-filter-matched-nothing",
      severity: "problem",
      sentence: `The filter matched no packets: ${visible(capture.filter, textLengthMax / 2)}`,
      evidence,
    };
  return {
    id: "capture-empty",
    severity: "problem",
    sentence: "No packets were recorded",
    evidence,
  };
}

function drops({ inspection, capture }: ReportInput): Finding | null {
  const dropped = capture.packetsDropped ?? 0;
  if (dropped <= 0) return null;
  const arrived = inspection.file.packets + dropped;
  const share = formatShare(dropped, arrived);
  return {
    id: "capture-packets-dropped",
    severity: dropped / arrived >= droppedShareProblem ? "problem" : "warning",
    sentence: `${plural(dropped, "packet")} dropped while recording (${share} of those that arrived): what follows has holes`,
    evidence: {
      facts: { packetsDropped: dropped, packets: inspection.file.packets },
      displayFilter: null,
    },
  };
}

function truncation({ inspection }: ReportInput): Finding | null {
  const { truncated, problem, packets } = inspection.file;
  if (!truncated && !problem) return null;
  const where = problem
    ? ` at byte ${formatCount(problem.offset)} (${visible(problem.reason)})`
    : " inside a packet";
  return {
    id: "capture-file-truncated",
    severity: "problem",
    sentence: `The file is damaged${where}: only the ${plural(packets, "packet")} before it could be read`,
    evidence: {
      facts: { packets, ...(problem ? { offsetBytes: problem.offset } : {}) },
      displayFilter: null,
    },
  };
}

const earlyEnds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    InterfaceGone: "the interface disappeared",
    DiskFull: "the disk was full",
    AgentStopped: "the agent stopped",
    Failed: "recording failed",
  }),
);

function earlyEnd({ capture }: ReportInput): Finding | null {
  const { stopReason, limits } = capture;
  if (stopReason === "SizeExceeded")
    return {
      id: "capture-size-limit",
      severity: "note",
      sentence: limits?.totalBytesPerSession
        ? `The recording ended at its size limit of ${formatBytes(limits.totalBytesPerSession)}: what came after is not in it`
        : "The recording ended at its size limit: what came after is not in it",
      evidence: { facts: { stopReason }, displayFilter: null },
    };
  const reason = stopReason === null ? undefined : earlyEnds.get(stopReason);
  if (reason === undefined || stopReason === null) return null;
  return {
    id: "capture-ended-early",
    severity: "problem",
    sentence: `The recording ended early: ${reason}`,
    evidence: { facts: { stopReason }, displayFilter: null },
  };
}

function cutPackets({ inspection }: ReportInput): Finding | null {
  const { bytesOnWire, bytesCaptured } = inspection.file;
  if (bytesCaptured >= bytesOnWire) return null;
  return {
    id: "capture-packets-cut",
    severity: "note",
    sentence: `Packets were cut when recorded: ${formatBytes(bytesCaptured)} of ${formatBytes(bytesOnWire)} are in the file`,
    evidence: { facts: { bytesOnWire, bytesCaptured }, displayFilter: "frame.cap_len < frame.len" },
  };
}

function bounds({ inspection }: ReportInput): Finding | null {
  const { tcpStreams, conversations, destinations, names } = inspection.overflow;
  const left: [number, string][] = [
    [tcpStreams, "TCP streams"],
    [conversations, "conversations"],
    [destinations, "destinations"],
    [names, "names"],
  ];
  const missing = left.filter(([count]) => count > 0);
  if (missing.length === 0) return null;
  const list = missing.map(([count, what]) => `${formatCount(count)} ${what}`).join(", ");
  return {
    id: "inspection-bounded",
    severity: "warning",
    sentence: `More than the inspection keeps: ${list} are not listed here, and shares are of what is`,
    evidence: {
      facts: Object.fromEntries(missing.map(([count, what]) => [what, count])),
      displayFilter: null,
    },
  };
}
