import { endpointText, visible } from "../summary/safe-text.ts";
import type { SlowStream, StreamDigest } from "../summary/stream-digest.ts";
import { formatDuration, plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import {
  initialRttSlowNanoseconds,
  latencyAboveNanoseconds,
  latencyFactorMin,
  latencyMeasuredMin,
} from "./thresholds.ts";

/** How long connections took to open: in themselves, and against each other. */
export function latencyFindings({ streams }: Inspected): Finding[] {
  const above = aboveMedian(streams);
  return [above, slow(streams, above !== null), repeatedSyn(streams)].filter(
    (found) => found !== null,
  );
}

const streamFilter = (stream: number): string => `tcp.stream == ${stream}`;

const evidenceOf = (
  streams: readonly SlowStream[],
): { frames: number[]; streams: number[]; addresses: string[] } => ({
  frames: streams.flatMap(({ frame }) => frame ?? []),
  streams: streams.map(({ stream }) => stream),
  addresses: streams.map(({ to }) => visible(to)),
});

/** Streams far slower than the median of the same capture; those of one peer are told together. */
function aboveMedian({
  slowest,
  measured,
  medianNanoseconds: median,
}: StreamDigest): Finding | null {
  if (median === null || measured < latencyMeasuredMin) return null;
  const limit = Math.max(latencyFactorMin * median, median + latencyAboveNanoseconds);
  const far = slowest.filter(({ nanoseconds }) => nanoseconds >= limit);
  const [worst] = far;
  if (!worst) return null;
  const peer = far.filter(({ to }) => to === worst.to);
  const peers = new Set(far.map(({ to }) => to)).size;
  const others = peers > 1 ? `, and so did ${plural(peers - 1, "other peer")}` : "";
  return finding(
    "latency-above-median",
    "warning",
    `${plural(peer.length, "connection")} to ${endpointText(worst.to, worst.port)} took up to ${formatDuration(worst.nanoseconds)} to open, ${Math.round(worst.nanoseconds / median)} times the capture's own median of ${formatDuration(median)}${others}`,
    {
      facts: {
        worstNanoseconds: worst.nanoseconds,
        medianNanoseconds: median,
        streams: far.length,
        measuredStreams: measured,
      },
      displayFilter: streamFilter(worst.stream),
      ...evidenceOf(far),
      ...sureness(peer, worst),
    },
  );
}

/** One slow handshake of many to the same peer may be chance; all of them are the peer's way. */
function sureness(
  far: readonly SlowStream[],
  { measuredOfPeer }: SlowStream,
): Pick<Finding, "confidence"> {
  const isPeer = far.length >= 3 && far.length * 2 >= measuredOfPeer;
  return {
    confidence: {
      level: isPeer ? "likely" : "possible",
      reason: `${far.length} of ${plural(measuredOfPeer, "measured connection")} to this peer`,
    },
  };
}

function slow(
  { slowest, measured, medianNanoseconds: median }: StreamDigest,
  isToldAlready: boolean,
): Finding | null {
  const [worst] = slowest;
  if (!worst || median === null || worst.nanoseconds < initialRttSlowNanoseconds) return null;
  if (isToldAlready && median < initialRttSlowNanoseconds) return null;
  const far = slowest.filter(({ nanoseconds }) => nanoseconds >= initialRttSlowNanoseconds);
  return finding(
    "initial-rtt-slow",
    "warning",
    `${plural(far.length, "TCP connection")} opened slowly: worst initial RTT ${formatDuration(worst.nanoseconds)} to ${endpointText(worst.to, worst.port)} (stream ${worst.stream}), median ${formatDuration(median)}`,
    {
      facts: {
        worstNanoseconds: worst.nanoseconds,
        medianNanoseconds: median,
        slowStreams: far.length,
        measuredStreams: measured,
      },
      displayFilter: streamFilter(worst.stream),
      ...evidenceOf(far),
    },
  );
}

function repeatedSyn({ repeatedSyn: { count, slowest } }: StreamDigest): Finding | null {
  const [worst] = slowest;
  if (!worst) return null;
  const who = count === 1 ? "needed" : "each needed";
  return finding(
    "syn-repeated",
    "warning",
    `${plural(count, "TCP connection")} ${who} more than one SYN: the slowest answer, from ${endpointText(worst.to, worst.port)}, took ${formatDuration(worst.nanoseconds)} (stream ${worst.stream})`,
    {
      facts: { connections: count, synAckNanoseconds: worst.nanoseconds },
      displayFilter: `${streamFilter(worst.stream)} && tcp.flags.syn == 1`,
      ...evidenceOf(slowest),
    },
  );
}
