import { alertSentence } from "./alert-sentence.ts";
import { changeHeadline } from "./change-text.ts";
import { endpointText } from "../inspection/summary/safe-text.ts";
import { summarizeRtt } from "../inspection/summary/initial-rtt.ts";
import { applicationProtocols } from "../inspection/summary/protocols.ts";
import type { ReportInput } from "./report-input.ts";
import { visible } from "../inspection/summary/safe-text.ts";
import { destinationShareMin, pairShareMin } from "../inspection/findings/thresholds.ts";
import { busiestReceiver, talks, type Talk } from "../inspection/summary/traffic.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  parseNanoseconds,
  plural,
} from "../inspection/summary/units.ts";

/** The report in words, the shortest first. */
export interface Answer {
  /** One line that stands alone. */
  headline: string;
  /** The alert in a sentence; null when none asked for the capture. */
  happened: string | null;
  /** What was recorded, who talked, in what, how fast, what was lost; a sentence each, without a full stop. */
  packetsSay: readonly string[];
}

export const answer = (input: ReportInput): Answer => ({
  headline: headline(input),
  happened: input.alert && alertSentence(input.alert),
  packetsSay: [recorded(input), talked(input), spoke(input), opened(input), lost(input)].filter(
    (sentence) => sentence !== null,
  ),
});

function headline(input: ReportInput): string {
  const { inspection, capture } = input;
  const { packets, bytesOnWire, truncated } = inspection.file;
  const { change } = inspection;
  if (change && change.kind !== "none") return changeHeadline(change);
  if (packets === 0)
    return truncated
      ? "The capture file could not be read"
      : capture.filter
        ? "The filter matched no packets"
        : "No packets were recorded";
  const all = talks(inspection);
  const busiest = busiestReceiver(all);
  const top = all[0];
  if (!busiest || !top) return `${plural(packets, "packet")} and no IP among them`;
  if (busiest.bytes < destinationShareMin * bytesOnWire) return sharedHeadline(input, all, top);
  const share = `${formatShare(busiest.bytes, bytesOnWire)} of all bytes`;
  return busiest.senderBytes === busiest.bytes
    ? `${visible(busiest.sender)} sent ${formatBytes(busiest.bytes)} to ${busiest.sender === busiest.address ? "itself" : visible(busiest.address)}, ${share}`
    : `${visible(busiest.address)} received ${formatBytes(busiest.bytes)}, ${share}, most from ${visible(busiest.sender)}`;
}

/** When no single receiver got most of the bytes. */
function sharedHeadline({ inspection }: ReportInput, all: readonly Talk[], top: Talk): string {
  const { bytesOnWire } = inspection.file;
  const exchanged = exchangedBy(top);
  if (top.bytes >= pairShareMin * bytesOnWire || all.length === 1)
    return `${exchanged} ${formatBytes(top.bytes)}, ${formatShare(top.bytes, bytesOnWire)} of all bytes`;
  const pairs = all.length + inspection.overflow.conversations;
  return `Traffic was spread over ${plural(pairs, "pair")} of hosts; ${exchanged} most, ${formatBytes(top.bytes)}`;
}

/** A host talks to itself over its loopback. */
const exchangedBy = ({ a, b }: Talk): string =>
  a === b ? `${visible(a)} and itself exchanged` : `${visible(a)} and ${visible(b)} exchanged`;

function recorded({ inspection }: ReportInput): string | null {
  const { packets, bytesOnWire, firstTime, lastTime } = inspection.file;
  if (packets === 0) return null;
  const first = parseNanoseconds(firstTime);
  const last = parseNanoseconds(lastTime);
  const span = first === null || last === null || last <= first ? null : Number(last - first);
  const over = span === null ? "" : ` in ${formatDuration(span)}`;
  return `${plural(packets, "packet")}, ${formatBytes(bytesOnWire)}${over}`;
}

function talked({ inspection }: ReportInput): string | null {
  const all = talks(inspection);
  const top = all[0];
  if (!top) return null;
  const pairs = all.length + inspection.overflow.conversations;
  const most = `${exchangedBy(top)} ${formatBytes(top.bytes)}`;
  return pairs === 1 ? most : `${plural(pairs, "pair")} of hosts talked; ${most}`;
}

const protocolCountMax = 4;

function spoke({ inspection }: ReportInput): string | null {
  const all = applicationProtocols(inspection.protocolHierarchy);
  if (all.length === 0 || inspection.file.packets === 0) return null;
  const shown = all
    .slice(0, protocolCountMax)
    .map(
      ({ protocol, bytes }) =>
        `${protocolTitle(protocol)} ${formatShare(bytes, inspection.file.bytesOnWire)}`,
    );
  const more = all.length - shown.length;
  return `By bytes: ${shown.join(", ")}${more > 0 ? `, and ${formatCount(more)} more` : ""}`;
}

/** `data` and bare carriers say nothing to people who do not read Wireshark's names. */
const titles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    data: "unknown payload",
    tcp: "bare TCP",
    udp: "bare UDP",
    "tcp.segments": "parts of longer TCP messages",
  }),
);

export const protocolTitle = (protocol: string): string =>
  titles.get(protocol) ?? visible(protocol);

function opened({ inspection }: ReportInput): string | null {
  const rtt = summarizeRtt(inspection.tcpStreams);
  const streams = inspection.tcpStreams.length + inspection.overflow.tcpStreams;
  if (!rtt)
    return streams > 0 ? `${plural(streams, "TCP stream")}, none with a whole handshake` : null;
  const { worst } = rtt;
  const median = formatDuration(rtt.medianNanoseconds);
  const where = endpointText(worst.to, worst.port);
  return rtt.count === 1
    ? `The one TCP handshake, with ${where}, took ${median}`
    : `TCP connections opened in ${median} (median of ${formatCount(rtt.count)}); the slowest took ${formatDuration(worst.nanoseconds)}, to ${where}`;
}

function lost({ inspection, capture }: ReportInput): string | null {
  const { retransmission } = inspection.tcpTotals;
  const dropped = capture.packetsDropped;
  if (inspection.file.packets === 0 && !dropped) return null;
  const parts = [
    inspection.tcpStreams.length > 0
      ? `${formatCount(retransmission)} TCP ${retransmission === 1 ? "segment" : "segments"} sent again`
      : null,
    dropped === null ? null : `${plural(dropped, "packet")} dropped by the recording`,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join("; ") : null;
}
