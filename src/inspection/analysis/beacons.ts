import type { Beacon } from "../inspection.ts";
import type { BurstIntervals } from "./burst-intervals.ts";
import type { Flow, FlowPattern, FlowReader } from "./flow-reader.ts";
import { KeyTable } from "./key-table.ts";

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
export class Beacons implements FlowPattern {
  readonly #reader: FlowReader;
  /** How often each pair of ends may occur: a sketch, which can only count too many. */
  readonly #often = new Uint8Array(sketchSize);
  readonly #groupOf = new KeyTable(keyWords, flowCountMax);
  readonly #groups: Group[] = [];
  #kept = 0;

  constructor(reader: FlowReader) {
    this.#reader = reader;
  }

  count(flow: Flow): void {
    const at = hashOf(flow);
    const count = this.#often[at] ?? 0;
    if (count < exchangeCountMin) this.#often[at] = count + 1;
  }

  look(flow: Flow): void {
    if ((this.#often[hashOf(flow)] ?? 0) < exchangeCountMin || isPunctual(flow, this.#reader))
      return;
    if (this.#kept >= flowCountMax) return;
    this.#kept++;
    this.#addToGroup(flow);
  }

  /** Those of most exchanges first. */
  result(bursts: { tcp: BurstIntervals; udp: BurstIntervals }): Beacon[] {
    const betweenFlows = this.#groups.flatMap((group) => rhythmOf(group, this.#reader) ?? []);
    const found = [...betweenFlows, ...withinFlows(this.#reader, bursts)];
    return found.toSorted((one, other) => other.exchanges - one.exchanges).slice(0, beaconToldMax);
  }

  #addToGroup(flow: Flow): void {
    const { key } = this.#groupOf;
    key[0] = flow.a | 0;
    key[1] = flow.b | 0;
    key[2] =
      flow.bPort |
      (flow.transport === "udp" ? keyBit.udp : 0) |
      (flow.a > 0xffff_ffff ? keyBit.ipv6 : 0);
    const index = this.#groupOf.findOrAdd();
    let group = this.#groups[index];
    if (!group) {
      group = { flow: { ...flow }, starts: [], numbers: [], frames: [], bytes: 0 };
      this.#groups.push(group);
    }
    addTo(group, flow);
  }
}

/** The ends but the source's port; both are of one version. */
const keyWords = 3;
const keyBit = { udp: 0x10000, ipv6: 0x20000 } as const;

const isPunctual = ({ aPort, bPort, b }: Flow, reader: FlowReader): boolean =>
  punctualPorts.has(aPort) || punctualPorts.has(bPort) || reader.isToMany(b);

function hashOf({ a, b, bPort, transport }: Flow): number {
  let hash = Math.imul(a | 0, 0x85ebca6b) ^ Math.imul(b | 0, 0xc2b2ae35);
  hash = Math.imul(hash ^ bPort ^ (transport === "udp" ? 0x10000 : 0), 0x27d4eb2f);
  return ((hash ^ (hash >>> 15)) >>> 0) & (sketchSize - 1);
}

function addTo(group: Group, flow: Flow): void {
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
