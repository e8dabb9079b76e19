import type { Beacon } from "../inspection.ts";
import type { BurstIntervals } from "./burst-intervals.ts";
import type { Flow, FlowReader } from "./flow-reader.ts";

/** Exchanges that make a rhythm; fewer may be chance. */
const exchangeCountMin = 8;
const intervalNanosecondsMin = 2_000_000_000;
/** The greatest spread of intervals around their middle, as a share of it. */
const jitterMax = 0.1;
/** A beacon says little. */
const exchangeBytesMax = 20_000;
/** Groups of flows that are looked at. */
const flowCountMax = 200_000;
const sketchSize = 1 << 22;
const beaconToldMax = 20;
const namedCountMax = 20;

/** Protocols that keep time by design, by the port of either end: DHCP, NTP, NetBIOS, SSDP, mDNS, LLMNR. */
const punctualPorts: ReadonlySet<number> = new Set([
  67, 68, 123, 137, 138, 319, 320, 546, 547, 1900, 3702, 5353, 5355,
]); // prettier-ignore

interface Group {
  flow: Flow;
  starts: number[];
  numbers: number[];
  frames: number[];
  bytes: number;
}

/** Finds regular small exchanges: flow after flow between the same ends, or pause after pause in one flow. */
export function beacons(
  reader: FlowReader,
  bursts: { tcp: BurstIntervals; udp: BurstIntervals },
): Beacon[] {
  const found = [...betweenFlows(reader), ...withinFlows(reader, bursts)];
  return found.toSorted((one, other) => other.exchanges - one.exchanges).slice(0, beaconToldMax);
}

const isPunctual = ({ aPort, bPort, b }: Flow, reader: FlowReader): boolean =>
  punctualPorts.has(aPort) || punctualPorts.has(bPort) || reader.isToMany(b);

function betweenFlows(reader: FlowReader): Beacon[] {
  const often = repeatedEnds(reader);
  const groups = new Map<string, Group>();
  let kept = 0;
  for (const flow of reader.flows()) {
    if ((often[hashOf(flow)] ?? 0) < exchangeCountMin || isPunctual(flow, reader)) continue;
    if (++kept > flowCountMax) break;
    addTo(groups, flow);
  }
  return [...groups.values()].flatMap((group) => rhythmOf(group, reader) ?? []);
}

/** How often each pair of ends may occur: a sketch, which can only count too many. */
function repeatedEnds(reader: FlowReader): Uint8Array {
  const counts = new Uint8Array(sketchSize);
  for (const flow of reader.flows()) {
    const at = hashOf(flow);
    counts[at] = Math.min(255, (counts[at] ?? 0) + 1);
  }
  return counts;
}

function hashOf({ a, b, bPort, transport }: Flow): number {
  let hash = Math.imul(a | 0, 0x85ebca6b) ^ Math.imul(b | 0, 0xc2b2ae35);
  hash = Math.imul(hash ^ bPort ^ (transport === "udp" ? 0x10000 : 0), 0x27d4eb2f);
  return ((hash ^ (hash >>> 15)) >>> 0) & (sketchSize - 1);
}

function addTo(groups: Map<string, Group>, flow: Flow): void {
  const key = `${flow.transport} ${flow.a} ${flow.b} ${flow.bPort}`;
  const known = groups.get(key);
  const group = known ?? { flow: { ...flow }, starts: [], numbers: [], frames: [], bytes: 0 };
  if (!known) groups.set(key, group);
  group.starts.push(flow.first);
  group.bytes += flow.bytes;
  group.flow.protocol ??= flow.protocol;
  if (group.numbers.length >= namedCountMax) return;
  group.numbers.push(flow.number);
  group.frames.push(flow.firstFrame);
}

function rhythmOf(
  { flow, starts, numbers, frames, bytes }: Group,
  reader: FlowReader,
): Beacon | null {
  const sorted = starts.toSorted((one, other) => one - other);
  if (sorted.length < exchangeCountMin || bytes / sorted.length > exchangeBytesMax) return null;
  const intervals = sorted.slice(1).map((start, at) => start - (sorted[at] ?? 0));
  const interval = medianOf(intervals);
  const jitter = medianOf(intervals.map((one) => Math.abs(one - interval))) / interval;
  // Most intervals are near the middle one, and those that are not are few.
  const regular = intervals.filter((one) => Math.abs(one - interval) <= 2 * jitterMax * interval);
  if (interval < intervalNanosecondsMin || jitter > jitterMax) return null;
  if (regular.length < 0.75 * intervals.length) return null;
  return {
    ...endsOf(flow, reader),
    exchanges: sorted.length,
    intervalNanoseconds: Math.round(interval),
    jitter: Math.round(jitter * 1_000) / 1_000,
    bytesEach: Math.round(bytes / sorted.length),
    streams: flow.transport === "tcp" ? numbers : [],
    frames,
  };
}

const endsOf = (
  { transport, a, b, bPort, protocol }: Flow,
  reader: FlowReader,
): Pick<Beacon, "transport" | "source" | "destination" | "port" | "protocol"> => ({
  transport,
  source: reader.text(a),
  destination: reader.text(b),
  port: bPort,
  protocol,
});

const medianOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

/** Long-lived flows that speak, pause and speak again. */
function withinFlows(
  reader: FlowReader,
  bursts: { tcp: BurstIntervals; udp: BurstIntervals },
): Beacon[] {
  const found: Beacon[] = [];
  for (const transport of ["tcp", "udp"] as const)
    for (const [number, { count, meanInterval, squares }] of bursts[transport].entries()) {
      if (count < exchangeCountMin || meanInterval < intervalNanosecondsMin) continue;
      const jitter = Math.sqrt(Math.max(0, squares) / (count - 1)) / meanInterval;
      const flow = transport === "tcp" ? reader.tcp(number) : reader.udp(number);
      const bytesEach = Math.round(flow.bytes / (count + 1));
      if (jitter > jitterMax || bytesEach > exchangeBytesMax || isPunctual(flow, reader)) continue;
      found.push({
        ...endsOf(flow, reader),
        exchanges: count,
        intervalNanoseconds: Math.round(meanInterval),
        jitter: Math.round(jitter * 1_000) / 1_000,
        bytesEach,
        streams: transport === "tcp" ? [number] : [],
        frames: [flow.firstFrame],
      });
    }
  return found;
}
