import type { Finding } from "./findings.ts";
import type { ProtocolNode, TcpStream } from "../inspection/inspection.ts";
import { summarizeRtt } from "./initial-rtt.ts";
import { nodesOf, sum } from "./protocols.ts";
import type { ReportInput } from "./report-input.ts";
import { visible } from "./safe-text.ts";
import {
  initialRttSlowNanoseconds,
  oneWayStreamCountMin,
  oneWayStreamShareMin,
  outOfOrderCountMin,
  outOfOrderShareMin,
  resetCountMin,
  resetsPerStreamMin,
  retransmissionCountMin,
  retransmissionShareMin,
  retransmissionShareProblem,
  synRepeatNanosecondsMin,
} from "./thresholds.ts";
import { formatCount, formatDuration, formatShare, parseNanoseconds, plural } from "./units.ts";

/** How TCP fared: loss, refusals, waiting. */
export const tcpFindings = (input: ReportInput): Finding[] =>
  [retransmissions, zeroWindows, slowRtt, repeatedSyn, oneWay, resets, reordering, unseen]
    .map((look) => look(input))
    .filter((finding) => finding !== null);

/** Frames with a TCP header of their own; headers quoted by ICMP errors are not traffic. */
export const tcpSegmentCount = (hierarchy: readonly ProtocolNode[]): number =>
  sum(nodesOf(hierarchy, "tcp"), ({ frames }) => frames);

/** `[2001:db8::1]:443`, `192.0.2.1:443`. */
export function endpointText(address: string, port: number): string {
  const shown = visible(address);
  return shown.includes(":") ? `[${shown}]:${port}` : `${shown}:${port}`;
}

function retransmissions({ inspection }: ReportInput): Finding | null {
  const count = inspection.tcpTotals.retransmission;
  const segments = tcpSegmentCount(inspection.protocolHierarchy);
  if (count < retransmissionCountMin || count < retransmissionShareMin * segments) return null;
  const share = segments > 0 ? ` (${formatShare(count, segments)} of TCP segments)` : "";
  return {
    id: "tcp-retransmissions",
    severity: count >= retransmissionShareProblem * segments ? "problem" : "warning",
    sentence: `${plural(count, "segment was", "segments were")} sent again${share}: packets or their acknowledgements were lost or late`,
    evidence: {
      facts: { retransmissions: count, tcpSegments: segments },
      displayFilter: "tcp.analysis.retransmission",
    },
  };
}

function zeroWindows({ inspection }: ReportInput): Finding | null {
  const { zeroWindow, windowFull } = inspection.tcpTotals;
  if (zeroWindow === 0) return null;
  return {
    id: "tcp-zero-window",
    severity: "warning",
    sentence: `A receiver said stop ${plural(zeroWindow, "time")} (zero window): its program reads slower than data arrives`,
    evidence: { facts: { zeroWindow, windowFull }, displayFilter: "tcp.analysis.zero_window" },
  };
}

function slowRtt({ inspection }: ReportInput): Finding | null {
  const summary = summarizeRtt(inspection.tcpStreams);
  if (!summary || summary.worst.nanoseconds < initialRttSlowNanoseconds) return null;
  const { worst, medianNanoseconds, count } = summary;
  const slow = inspection.tcpStreams.filter(({ initialRtt }) => {
    const nanoseconds = parseNanoseconds(initialRtt);
    return nanoseconds !== null && nanoseconds >= BigInt(initialRttSlowNanoseconds);
  }).length;
  return {
    id: "initial-rtt-slow",
    severity: "warning",
    sentence: `${plural(slow, "TCP connection")} opened slowly: worst initial RTT ${formatDuration(worst.nanoseconds)} to ${endpointText(worst.to, worst.port)} (stream ${worst.stream}), median ${formatDuration(medianNanoseconds)}`,
    evidence: {
      facts: {
        worstNanoseconds: worst.nanoseconds,
        stream: worst.stream,
        medianNanoseconds,
        slowStreams: slow,
        measuredStreams: count,
      },
      displayFilter: `tcp.stream == ${worst.stream}`,
    },
  };
}

/** From the first SYN to the SYN/ACK against from the last SYN on: what repeating the SYN cost. */
function synDelay({ initialRtt, synAckRtt }: TcpStream): bigint {
  const initial = parseNanoseconds(initialRtt);
  const synAck = parseNanoseconds(synAckRtt);
  return initial === null || synAck === null ? 0n : synAck - initial;
}

function repeatedSyn({ inspection }: ReportInput): Finding | null {
  const repeated = inspection.tcpStreams.filter(
    (stream) => synDelay(stream) >= BigInt(synRepeatNanosecondsMin),
  );
  const worst = repeated.reduce<TcpStream | null>(
    (most, stream) => (most && synDelay(most) >= synDelay(stream) ? most : stream),
    null,
  );
  if (!worst) return null;
  const took = Number(parseNanoseconds(worst.synAckRtt) ?? 0n);
  const who = repeated.length === 1 ? "needed" : "each needed";
  return {
    id: "syn-repeated",
    severity: "warning",
    sentence: `${plural(repeated.length, "TCP connection")} ${who} more than one SYN: the slowest answer, from ${endpointText(worst.b.address, worst.b.port)}, took ${formatDuration(took)} (stream ${worst.stream})`,
    evidence: {
      facts: { streams: repeated.length, stream: worst.stream, synAckNanoseconds: took },
      displayFilter: `tcp.stream == ${worst.stream} && tcp.flags.syn == 1`,
    },
  };
}

function oneWay({ inspection }: ReportInput): Finding | null {
  const streams = inspection.tcpStreams;
  const silent = streams.filter(({ framesAToB, framesBToA }) => framesAToB > 0 && framesBToA === 0);
  const first = silent[0];
  const enough = Math.max(
    Math.min(oneWayStreamCountMin, streams.length),
    oneWayStreamShareMin * streams.length,
  );
  if (!first || silent.length < enough) return null;
  return {
    id: "tcp-one-way",
    severity: "warning",
    sentence: `${formatCount(silent.length)} of ${plural(streams.length, "TCP stream")} ${silent.length === 1 ? "shows" : "show"} packets one way only, first to ${endpointText(first.b.address, first.b.port)}: no answer, or it took another path`,
    evidence: {
      facts: { oneWayStreams: silent.length, streams: streams.length, firstStream: first.stream },
      displayFilter: `tcp.stream == ${first.stream}`,
    },
  };
}

function resets({ inspection }: ReportInput): Finding | null {
  const { rst } = inspection.tcpTotals;
  const streams = inspection.tcpStreams.length + inspection.overflow.tcpStreams;
  if (rst < resetCountMin || rst < resetsPerStreamMin * streams) return null;
  return {
    id: "tcp-resets",
    severity: "warning",
    sentence: `${formatCount(rst)} resets (RST) in ${plural(streams, "TCP stream")}: connections were refused or broken off`,
    evidence: { facts: { resets: rst, streams }, displayFilter: "tcp.flags.reset == 1" },
  };
}

function reordering({ inspection }: ReportInput): Finding | null {
  const count = inspection.tcpTotals.outOfOrder;
  const segments = tcpSegmentCount(inspection.protocolHierarchy);
  if (count < outOfOrderCountMin || count < outOfOrderShareMin * segments) return null;
  return {
    id: "tcp-out-of-order",
    severity: "note",
    sentence: `${plural(count, "segment")} arrived out of order${segments > 0 ? ` (${formatShare(count, segments)} of TCP segments)` : ""}`,
    evidence: {
      facts: { outOfOrder: count, tcpSegments: segments },
      displayFilter: "tcp.analysis.out_of_order",
    },
  };
}

function unseen({ inspection }: ReportInput): Finding | null {
  const { ackLostSegment, lostSegment } = inspection.tcpTotals;
  if (ackLostSegment === 0) return null;
  return {
    id: "tcp-unseen-segments",
    severity: "note",
    sentence: `${plural(ackLostSegment, "acknowledgement is", "acknowledgements are")} for data that is not in the capture: those packets arrived, but the recording missed them`,
    evidence: {
      facts: { ackLostSegment, lostSegment },
      displayFilter: "tcp.analysis.ack_lost_segment",
    },
  };
}
