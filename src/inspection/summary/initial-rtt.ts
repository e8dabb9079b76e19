import type { TcpStream } from "../inspection.ts";
import { parseNanoseconds } from "./units.ts";

export interface StreamRtt {
  stream: number;
  /** Who opened the stream, and who answered. */
  from: string;
  to: string;
  port: number;
  nanoseconds: number;
}

/** How long TCP connections took to open. Percentiles are by nearest rank: values that were measured. */
export interface RttSummary {
  /** Streams with an initial RTT, of all streams. */
  count: number;
  streamCount: number;
  medianNanoseconds: number;
  p95Nanoseconds: number;
  worst: StreamRtt;
  /** Slowest first. */
  slowest: readonly StreamRtt[];
  /** Streams per bin, in equal steps of the logarithm between `fromNanoseconds` and `toNanoseconds`. */
  histogram: { fromNanoseconds: number; toNanoseconds: number; bins: readonly number[] };
}

const binCount = 36;
const slowestCountMax = 50;

/** Every stream whose handshake shows a round trip, slowest first. */
export function streamRtts(streams: readonly TcpStream[]): StreamRtt[] {
  const found: StreamRtt[] = [];
  for (const { stream, a, b, initialRtt } of streams) {
    const nanoseconds = parseNanoseconds(initialRtt);
    if (nanoseconds === null || nanoseconds <= 0n) continue;
    const to = b.address;
    found.push({ stream, from: a.address, to, port: b.port, nanoseconds: Number(nanoseconds) });
  }
  return found.sort(
    (one, other) => other.nanoseconds - one.nanoseconds || one.stream - other.stream,
  );
}

export function summarizeRtt(streams: readonly TcpStream[]): RttSummary | null {
  const rtts = streamRtts(streams);
  const worst = rtts[0];
  if (!worst) return null;
  const rank = (share: number): number =>
    rtts[rtts.length - Math.max(1, Math.ceil(share * rtts.length))]?.nanoseconds ?? 0;
  return {
    count: rtts.length,
    streamCount: streams.length,
    medianNanoseconds: rank(0.5),
    p95Nanoseconds: rank(0.95),
    worst,
    slowest: rtts.slice(0, slowestCountMax),
    histogram: histogram(rtts.map(({ nanoseconds }) => nanoseconds)),
  };
}

/** Whole decades around what was measured, so that 1 ms and 10 ms fall on a line. */
function histogram(slowestFirst: readonly number[]): RttSummary["histogram"] {
  const fastest = slowestFirst.at(-1) ?? 1;
  const slowest = slowestFirst[0] ?? 1;
  const from = Math.floor(Math.log10(fastest) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(slowest) - 1e-9));
  const bins = Array.from({ length: binCount }, () => 0);
  for (const value of slowestFirst) {
    const at = Math.floor(((Math.log10(value) - from) / (to - from)) * binCount);
    const bin = Math.min(binCount - 1, Math.max(0, at));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return { fromNanoseconds: 10 ** from, toNanoseconds: 10 ** to, bins };
}

/** Where a value lies on the histogram's axis, 0 to 1. */
export function axisPosition(
  { fromNanoseconds, toNanoseconds }: RttSummary["histogram"],
  value: number,
): number {
  const from = Math.log10(fromNanoseconds);
  const share = (Math.log10(value) - from) / (Math.log10(toNanoseconds) - from);
  return Math.min(1, Math.max(0, share));
}
