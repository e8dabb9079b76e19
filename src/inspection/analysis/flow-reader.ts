import type { Analyses } from "./analyses.ts";
import { addressKind } from "./ends.ts";
import { bytesAt, flowWord, kindOf, type FlowTable } from "./flow-table.ts";
import { completeness, streamFlag, streamWord, sideA, sideB, sideWord } from "./tcp-row.ts";
import { udpWord } from "./udp-streams.ts";

/** One flow as detectors of patterns see it; one object serves all. */
export interface Flow {
  transport: "tcp" | "udp";
  number: number;
  /** Addresses as numbers that differ where they differ: see `FlowReader.text`. */
  a: number;
  aPort: number;
  b: number;
  bPort: number;
  framesAToB: number;
  framesBToA: number;
  bytes: number;
  /** Nanoseconds since the capture's first packet. */
  first: number;
  firstFrame: number;
  /** Whether both sides were heard and data went: for UDP, whether there was an answer. */
  hasData: boolean;
  /** Of TCP, whether it was seen to begin. */
  hasSyn: boolean;
  protocol: string | null;
  /** The protocol as a number; 0 while none has shown. */
  protocolNumber: number;
}

/** What shows in all flows together, in two rounds over them: to read every flow costs more than to look at it. */
export interface FlowPattern {
  /** The first round. */
  count(flow: Flow): void;
  /** The second one, for what cannot be told before all are counted. */
  look(flow: Flow): void;
}

/** Keys of IPv6 addresses lie above all of IPv4's. */
const ipv6Base = 0x1_0000_0000;

/** Reads flows out of their tables after the pass, without an object for each. */
export class FlowReader {
  readonly #analyses: Analyses;
  readonly #flow: Flow = {
    transport: "tcp",
    number: 0,
    a: 0,
    aPort: 0,
    b: 0,
    bPort: 0,
    framesAToB: 0,
    framesBToA: 0,
    bytes: 0,
    first: 0,
    firstFrame: 0,
    hasData: false,
    hasSyn: false,
    protocol: null,
    protocolNumber: 0,
  };

  constructor(analyses: Analyses) {
    this.#analyses = analyses;
  }

  /** Every TCP flow, then every UDP flow; the object is the same each time. */
  *flows(): IterableIterator<Flow> {
    const { tcpStreams, udpStreams } = this.#analyses;
    for (let number = 0; number < tcpStreams.count; number++)
      if (!tcpStreams.isUnused(number)) yield this.tcp(number);
    for (let number = 0; number < udpStreams.count; number++) yield this.udp(number);
  }

  /** Shows every flow to each of the patterns, twice. */
  show(patterns: Readonly<Record<string, FlowPattern>>): void {
    const all = Object.values(patterns);
    for (const flow of this.flows()) for (const pattern of all) pattern.count(flow);
    for (const flow of this.flows()) for (const pattern of all) pattern.look(flow);
  }

  /** As many as `flows` gives at the most. */
  get flowCountMax(): number {
    return this.#analyses.tcpStreams.count + this.#analyses.udpStreams.count;
  }

  get tcpCount(): number {
    return this.#analyses.tcpStreams.count;
  }

  /** True of a number that no segment has. */
  isUnused(number: number): boolean {
    return this.#analyses.tcpStreams.isUnused(number);
  }

  /** `tcp.completeness` of a stream. */
  completeness(number: number): number {
    return this.#analyses.tcpStreams.completeness(number);
  }

  /** When the stream's last packet came, nanoseconds since the capture's first. */
  tcpLast(number: number): number {
    return this.#analyses.traffic.tcpTimes.last(number);
  }

  /** A round-trip time of a stream's handshake in nanoseconds; 0 is unset, as Wireshark has it. */
  rtt(number: number, which: "initial" | "synAck"): number | null {
    const { flows } = this.#analyses.tcpStreams;
    flows.select(number);
    const { rows, row } = flows;
    const isInitial = which === "initial";
    const known = isInitial ? streamFlag.hasInitialRtt : streamFlag.hasSynAckRtt;
    if (((rows[row + streamWord.flags] ?? 0) & known) === 0) return null;
    const at = row + (isInitial ? streamWord.initialRttSeconds : streamWord.synAckRttSeconds);
    return (rows[at] ?? 0) * 1e9 + (rows[at + 1] ?? 0) || null;
  }

  tcp(number: number): Flow {
    const { tcpStreams, traffic } = this.#analyses;
    const flow = this.#flow;
    const shown = tcpStreams.completeness(number);
    this.#read(tcpStreams.flows, number, sideA + sideWord.counts, sideB + sideWord.counts);
    flow.transport = "tcp";
    flow.first = traffic.tcpTimes.first(number);
    flow.protocolNumber = traffic.tcpTimes.protocol(number);
    flow.protocol = traffic.protocols.name(flow.protocolNumber);
    flow.hasData = (shown & completeness.data) !== 0;
    flow.hasSyn = (shown & completeness.syn) !== 0;
    return flow;
  }

  udp(number: number): Flow {
    const { udpStreams, traffic } = this.#analyses;
    const flow = this.#flow;
    this.#read(udpStreams.flows, number, udpWord.countsA, udpWord.countsB);
    flow.transport = "udp";
    flow.first = traffic.udpTimes.first(number);
    flow.protocolNumber = traffic.udpTimes.protocol(number);
    flow.protocol = traffic.protocols.name(flow.protocolNumber);
    flow.hasData = flow.framesBToA > 0;
    flow.hasSyn = false;
    return flow;
  }

  /** The protocol of this number; null of 0. */
  protocolName(number: number): string | null {
    return this.#analyses.traffic.protocols.name(number);
  }

  /** The address that a flow's `a` or `b` stands for. */
  text(key: number): string {
    const { addresses } = this.#analyses;
    return addresses.text(key >= ipv6Base ? key - ipv6Base : addresses.ipv4(key | 0));
  }

  /** Whether an address is multicast, or broadcast as most networks have it: nobody answers those alone. */
  isToMany(key: number): boolean {
    if (key < ipv6Base) return key >= 0xe0000000 || (key & 0xff) === 0xff;
    return this.text(key).startsWith("ff");
  }

  #read(table: FlowTable, number: number, countsA: number, countsB: number): void {
    const flow = this.#flow;
    table.select(number);
    const { rows, row } = table;
    const base = kindOf(rows, row) === addressKind.ipv6 ? ipv6Base : 0;
    const ports = rows[row + flowWord.ports] ?? 0;
    flow.number = number;
    flow.a = base + ((rows[row + flowWord.keyA] ?? 0) >>> 0);
    flow.b = base + ((rows[row + flowWord.keyB] ?? 0) >>> 0);
    flow.aPort = ports >>> 16;
    flow.bPort = ports & 0xffff;
    flow.framesAToB = rows[row + countsA] ?? 0;
    flow.framesBToA = rows[row + countsB] ?? 0;
    flow.bytes = bytesAt(rows, row + countsA) + bytesAt(rows, row + countsB);
    flow.firstFrame = rows[row + flowWord.firstFrame] ?? 0;
  }
}
