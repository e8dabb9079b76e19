import type { PortScan } from "../inspection.ts";
import type { Flow, FlowPattern, FlowReader } from "./flow-reader.ts";
import { KeyTable } from "./key-table.ts";

/** Flows, and scans, that are remembered; a scan shows in far fewer. */
const flowCountMax = 200_000;
const scanToldMax = 50;
const namedCountMax = 20;
/** Targets of one source that make a scan of it, by transport: silence is commoner over UDP. */
const targetCountMin = { tcp: 15, udp: 30 } as const;
const targetCountLeast = Math.min(targetCountMin.tcp, targetCountMin.udp);
/** traceroute sends its probes to ports from here on, a new one each. */
const traceroutePorts = { first: 33_434, last: 33_700 } as const;
/** Of the flows of one scan at least so many were silent. */
const silentShareMin = 0.7;

/** A probe is small: what sends more to nobody is a stream, or half of a recording. */
const datagramCountMax = 3;
const datagramBytesMax = 1_000;

interface Group {
  transport: "tcp" | "udp";
  kind: PortScan["kind"];
  source: number;
  /** The host whose ports, or the port whose hosts, were tried. */
  fixed: number;
  targets: Set<number>;
  /** Flows that gave something. */
  answered: number;
  flows: number[];
  frames: number[];
}

/**
 * Finds sources that tried many ports of one host (vertical) or one port of many hosts (horizontal) and
 * got no data from nearly all of them.
 */
export class PortScans implements FlowPattern {
  readonly #reader: FlowReader;
  readonly #silent = new SilentFlows();
  #hasMany: boolean | null = null;
  readonly #groups = new Map<string, Group>();
  #kept = 0;

  constructor(reader: FlowReader) {
    this.#reader = reader;
  }

  count(flow: Flow): void {
    if (isSilent(flow, this.#reader)) this.#silent.add(flow);
  }

  look(flow: Flow): void {
    this.#hasMany ??= this.#silent.hasMany;
    if (!this.#hasMany || this.#kept >= flowCountMax) return;
    if (this.#silent.count(flow) < targetCountMin[flow.transport]) return;
    this.#kept++;
    const isProbe = isSilent(flow, this.#reader);
    addTo(this.#groups, flow, "vertical", isProbe);
    addTo(this.#groups, flow, "horizontal", isProbe);
  }

  /** Those with most targets first. */
  result(): PortScan[] {
    return told([...this.#groups.values()], this.#reader);
  }
}

/** A connection that was begun and gave nothing, or a small datagram to one host without an answer. */
function isSilent(flow: Flow, reader: FlowReader): boolean {
  const { transport, hasSyn, hasData, b, bPort, framesAToB, bytes } = flow;
  if (hasData) return false;
  if (transport === "tcp") return hasSyn;
  if (framesAToB > datagramCountMax || bytes > datagramBytesMax || reader.isToMany(b)) return false;
  return bPort < traceroutePorts.first || bPort > traceroutePorts.last;
}

/** Silent flows of each source and transport. */
class SilentFlows {
  readonly #table = new KeyTable(2, flowCountMax);
  #counts = new Int32Array(1_024);

  add(flow: Flow): void {
    this.#setKey(flow);
    const index = this.#table.findOrAdd();
    if (index < 0) return;
    if (index >= this.#counts.length) {
      const counts = new Int32Array(this.#counts.length * 2);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  count(flow: Flow): number {
    this.#setKey(flow);
    return this.#counts[this.#table.find()] ?? 0;
  }

  /** True when a source has so many that they may be a scan. */
  get hasMany(): boolean {
    return this.#counts.some((count) => count >= targetCountLeast);
  }

  #setKey({ a, transport }: Flow): void {
    const { key } = this.#table;
    key[0] = a | 0;
    key[1] = (a > 0xffff_ffff ? 2 : 0) + (transport === "udp" ? 1 : 0);
  }
}

function addTo(
  groups: Map<string, Group>,
  flow: Flow,
  kind: PortScan["kind"],
  isProbe: boolean,
): void {
  const [fixed, target] = kind === "vertical" ? [flow.b, flow.bPort] : [flow.bPort, flow.b];
  const key = `${kind} ${flow.transport} ${flow.a} ${fixed}`;
  const known = groups.get(key);
  const group = known ?? {
    transport: flow.transport,
    kind,
    source: flow.a,
    fixed,
    targets: new Set(),
    answered: 0,
    flows: [],
    frames: [],
  };
  if (!known) groups.set(key, group);
  if (!isProbe) group.answered++;
  else group.targets.add(target);
  if (!isProbe || group.flows.length >= namedCountMax) return;
  group.flows.push(flow.number);
  group.frames.push(flow.firstFrame);
}

const isScan = ({ targets, answered, transport }: Group): boolean =>
  targets.size >= targetCountMin[transport] &&
  targets.size >= silentShareMin * (targets.size + answered);

function told(groups: readonly Group[], reader: FlowReader): PortScan[] {
  return groups
    .filter(isScan)
    .toSorted((one, other) => other.targets.size - one.targets.size)
    .slice(0, scanToldMax)
    .map(({ kind, transport, source, fixed, targets, flows, frames }) => ({
      kind,
      transport,
      source: reader.text(source),
      target: kind === "vertical" ? reader.text(fixed) : null,
      port: kind === "horizontal" ? fixed : null,
      targetCount: targets.size,
      streams: transport === "tcp" ? flows : [],
      frames,
    }));
}
