import type { Inspection } from "../inspection.ts";
import { textLengthMax, visible } from "../summary/safe-text.ts";
import { formatBytes, formatCount, formatShare, plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import { droppedShareProblem } from "./thresholds.ts";

/** What is known of how a capture was recorded; null wherever only the file is at hand. */
export interface Recording {
  filter: string | null;
  stopReason: string | null;
  limits: { totalBytesPerSession: number } | null;
  packetsDropped: number | null;
}

/** What limits how far the file itself can be trusted. */
export const fileFindings = ({
  file,
  overflow,
}: Pick<Inspection, "file" | "overflow">): Finding[] =>
  [truncation(file), cutPackets(file), bounds(overflow)].filter((found) => found !== null);

/** What limits how far the recording can be trusted. */
export const recordingFindings = (file: Inspection["file"], recording: Recording): Finding[] =>
  [emptiness(file, recording), drops(file, recording), earlyEnd(recording)].filter(
    (found) => found !== null,
  );

function emptiness(
  { packets, truncated }: Inspection["file"],
  { filter }: Recording,
): Finding | null {
  // Of a file that could not be read nobody knows what it held.
  if (packets > 0 || truncated) return null;
  const facts = { packets };
  if (!filter) return finding("capture-empty", "problem", "No packets were recorded", { facts });
  const title = `The filter matched no packets: ${visible(filter, textLengthMax / 2)}`;
  return finding("capture-filter-matched-nothing", "problem", title, { facts });
}

function drops({ packets }: Inspection["file"], { packetsDropped }: Recording): Finding | null {
  const dropped = packetsDropped ?? 0;
  if (dropped <= 0) return null;
  const arrived = packets + dropped;
  const share = formatShare(dropped, arrived);
  return finding(
    "capture-packets-dropped",
    dropped / arrived >= droppedShareProblem ? "problem" : "warning",
    `${plural(dropped, "packet")} dropped while recording (${share} of those that arrived): what follows has holes`,
    { facts: { packetsDropped: dropped, packets } },
  );
}

function truncation({ truncated, problem, packets }: Inspection["file"]): Finding | null {
  if (!truncated && !problem) return null;
  const where = problem
    ? ` at byte ${formatCount(problem.offset)} (${visible(problem.reason)})`
    : " inside a packet";
  return finding(
    "capture-file-truncated",
    "problem",
    `The file is damaged${where}: only the ${plural(packets, "packet")} before it could be read`,
    { facts: { packets, ...(problem ? { offsetBytes: problem.offset } : {}) } },
  );
}

const earlyEnds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    InterfaceGone: "the interface disappeared",
    DiskFull: "the disk was full",
    AgentStopped: "the agent stopped",
    Failed: "recording failed",
  }),
);

function earlyEnd({ stopReason, limits }: Recording): Finding | null {
  if (stopReason === null) return null;
  const facts = { stopReason: visible(stopReason) };
  if (stopReason === "SizeExceeded") {
    const size = limits?.totalBytesPerSession
      ? ` of ${formatBytes(limits.totalBytesPerSession)}`
      : "";
    const title = `The recording ended at its size limit${size}: what came after is not in it`;
    return finding("capture-size-limit", "note", title, { facts });
  }
  const reason = earlyEnds.get(stopReason);
  if (reason === undefined) return null;
  return finding("capture-ended-early", "problem", `The recording ended early: ${reason}`, {
    facts,
  });
}

function cutPackets({ bytesOnWire, bytesCaptured }: Inspection["file"]): Finding | null {
  if (bytesCaptured >= bytesOnWire) return null;
  return finding(
    "capture-packets-cut",
    "note",
    `Packets were cut when recorded: ${formatBytes(bytesCaptured)} of ${formatBytes(bytesOnWire)} are in the file`,
    { facts: { bytesOnWire, bytesCaptured }, displayFilter: "frame.cap_len < frame.len" },
  );
}

function bounds({
  tcpStreams,
  conversations,
  destinations,
  names,
}: Inspection["overflow"]): Finding | null {
  const left: [number, string][] = [
    [tcpStreams, "TCP streams"],
    [conversations, "conversations"],
    [destinations, "destinations"],
    [names, "names"],
  ];
  const missing = left.filter(([count]) => count > 0);
  if (missing.length === 0) return null;
  const list = missing.map(([count, what]) => `${formatCount(count)} ${what}`).join(", ");
  return finding(
    "inspection-bounded",
    "warning",
    `More than the inspection keeps: ${list} are not listed here, and shares are of what is`,
    { facts: Object.fromEntries(missing.map(([count, what]) => [what, count])) },
  );
}
