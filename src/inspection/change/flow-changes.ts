import { ipv4Text } from "../analysis/addresses.ts";
import { addressKind } from "../analysis/ends.ts";
import type { Flow, FlowReader } from "../analysis/flow-reader.ts";
import { completeness } from "../analysis/tcp-row.ts";
import type { ChangeCollector } from "./change-collector.ts";
import {
  countWord,
  entryCounts,
  entrySums,
  flowState,
  sumWord,
  type FlowSlices,
} from "./flow-slices.ts";
import type { LocalEnds } from "./local-ends.ts";

/** What one flow did in one part, by place in an array. */
export const sum = {
  bytesOut: 0,
  bytesIn: 1,
  packetsOut: 2,
  packetsIn: 3,
  resentOut: 4,
  resentIn: 5,
  answers: 6,
  answerTime: 7,
  firstPacketTime: 8,
  begun: 9,
  denied: 10,
  answerTimeSquared: 11,
} as const;
export const sumCount = 12;

/** How far a connection came. */
export type Outcome = "open" | "refused" | "unanswered" | "halfOpen" | "none";

/** One flow as the answer looks at it, seen from the host that recorded; one object serves all. */
export interface FlowChange {
  transport: "tcp" | "udp" | "other";
  number: number;
  /** Keys as `FlowReader.text` takes them. */
  local: number;
  localPort: number;
  remote: number;
  remotePort: number;
  /** The host is the client: it asked first. */
  isOutbound: boolean;
  serverPort: number;
  isBegun: boolean;
  outcome: Outcome;
  /** Both sides were heard and payload went; of UDP, there was an answer. */
  hasData: boolean;
  protocol: string | null;
  firstFrame: number;
  /** Milliseconds after the moment: first and last packet. */
  first: number;
  last: number;
  before: Float64Array;
  after: Float64Array;
}

const ipv6Base = 0x1_0000_0000;

function newChange(): FlowChange {
  return {
    transport: "tcp",
    number: 0,
    local: 0,
    localPort: 0,
    remote: 0,
    remotePort: 0,
    isOutbound: true,
    serverPort: 0,
    isBegun: false,
    outcome: "none",
    hasData: false,
    protocol: null,
    firstFrame: 0,
    first: 0,
    last: 0,
    before: new Float64Array(sumCount),
    after: new Float64Array(sumCount),
  };
}

/** Reads the flows of a collector, cut in two at any moment. */
export class FlowChanges {
  readonly collector: ChangeCollector;
  readonly reader: FlowReader;
  readonly ends: LocalEnds;
  /** Flows between other hosts, as often as they were passed over. */
  foreign = 0;
  readonly #change = newChange();
  /** Milliseconds from the moment to the capture's first packet. */
  readonly #base: number;

  constructor(collector: ChangeCollector, reader: FlowReader, ends: LocalEnds) {
    this.collector = collector;
    this.reader = reader;
    this.ends = ends;
    const { base } = collector.analyses.traffic;
    const { moment } = collector.bounds;
    this.#base = base.seconds * 1_000 - moment + base.nanoseconds / 1e6;
  }

  /** Every flow with packets that count, its sums before and from `split` on, milliseconds after the moment. */
  *flows(split: number): IterableIterator<FlowChange> {
    const { tcp, udp } = this.collector;
    for (const slices of [tcp, udp])
      for (let number = 0; number < slices.log.ownerCount; number++) {
        const flow = this.#flowOf(slices, number);
        if (flow) yield this.#of(slices, flow, split);
      }
    const { other } = this.collector;
    for (let pair = 0; pair < other.ownerCount; pair++)
      if (other.newestOf(pair) > 0 && this.#isOwn(...this.#endsOf(pair)))
        yield this.#ofPair(pair, split);
  }

  /** A flow with packets that count; null when it has none, or is not of the host. */
  #flowOf({ log }: FlowSlices, number: number): Flow | null {
    if (log.newestOf(number) === 0) return null;
    const isTcp = log === this.collector.tcp.log;
    const flow = isTcp ? this.reader.tcp(number) : this.reader.udp(number);
    return this.#isOwn(flow.a, flow.b) ? flow : null;
  }

  /** Of the host, or for all on its network: what passes between others is not in its own numbers. */
  #isOwn(a: number, b: number): boolean {
    const { ends } = this;
    if (ends.addresses.length === 0 || ends.isLocal(a) || ends.isLocal(b)) return true;
    if (this.reader.isToMany(a) || this.reader.isToMany(b)) return true;
    this.foreign++;
    return false;
  }

  #endsOf(pair: number): [source: number, destination: number] {
    const { pairs } = this.collector;
    const base = pairs.word(pair, 0) === addressKind.ipv6 ? ipv6Base : 0;
    return [base + (pairs.word(pair, 1) >>> 0), base + (pairs.word(pair, 2) >>> 0)];
  }

  /** Shows every entry of every flow: when it began, and what the flow did in it. */
  visit(see: (time: number, change: FlowChange) => void): void {
    const { tcp, udp, other } = this.collector;
    for (const slices of [tcp, udp])
      for (let number = 0; number < slices.log.ownerCount; number++) {
        const flow = this.#flowOf(slices, number);
        if (flow) this.#visitEntries(slices, this.#of(slices, flow, NaN), see);
      }
    for (let pair = 0; pair < other.ownerCount; pair++) {
      if (other.newestOf(pair) === 0 || !this.#isOwn(...this.#endsOf(pair))) continue;
      const change = this.#ofPair(pair, NaN);
      for (let at = other.newestOf(pair); at > 0; at = other.previous[at - 1] ?? 0) {
        change.after.fill(0);
        this.#addPair(change, at - 1, change.after);
        see((other.slices[at - 1] ?? 0) * other.sliceMilliseconds, change);
      }
    }
  }

  #visitEntries(
    { log }: FlowSlices,
    change: FlowChange,
    see: (time: number, change: FlowChange) => void,
  ): void {
    const localIsA = this.#localIsA;
    for (let at = log.newestOf(change.number); at > 0; at = log.previous[at - 1] ?? 0) {
      change.after.fill(0);
      addEntry(log, at - 1, localIsA, change.after);
      if (change.transport === "udp") takeErrors(change, change.after);
      if ((log.previous[at - 1] ?? 0) === 0) markBegin(change, change.after);
      see((log.slices[at - 1] ?? 0) * log.sliceMilliseconds, change);
    }
  }

  #localIsA = true;

  #of(slices: FlowSlices, flow: Flow, split: number): FlowChange {
    const change = this.#change;
    const state = slices.stateOf(flow.number);
    const clientIsA = (state & flowState.clientIsB) === 0;
    const localIsA = this.#isSenderLocal(flow.a, flow.b, clientIsA);
    this.#localIsA = localIsA;
    change.transport = flow.transport;
    change.number = flow.number;
    change.local = localIsA ? flow.a : flow.b;
    change.localPort = localIsA ? flow.aPort : flow.bPort;
    change.remote = localIsA ? flow.b : flow.a;
    change.remotePort = localIsA ? flow.bPort : flow.aPort;
    change.isOutbound = localIsA === clientIsA;
    change.serverPort = clientIsA ? flow.bPort : flow.aPort;
    change.isBegun = (state & flowState.isBegun) !== 0;
    change.protocol = flow.protocol;
    change.hasData = flow.hasData;
    change.firstFrame = flow.firstFrame;
    change.first = this.#base + flow.first / 1e6;
    const { traffic } = this.collector.analyses;
    const times = flow.transport === "tcp" ? traffic.tcpTimes : traffic.udpTimes;
    change.last = this.#base + times.last(flow.number) / 1e6;
    change.outcome =
      flow.transport === "tcp" ? outcomeOf(this.reader.completeness(flow.number)) : "open";
    this.#cut(slices, change, split);
    return change;
  }

  /**
   * Whether the first of both ends is the host. Where both are, or no host is known, the client counts as it; what
   * others send to all comes in.
   */
  #isSenderLocal(a: number, b: number, clientIsA: boolean): boolean {
    const isA = this.ends.isLocal(a);
    if (isA !== this.ends.isLocal(b)) return isA;
    if (isA || this.ends.addresses.length === 0) return clientIsA;
    return this.reader.isToMany(a);
  }

  #cut({ log }: FlowSlices, change: FlowChange, split: number): void {
    const { before, after } = change;
    before.fill(0);
    after.fill(0);
    if (Number.isNaN(split)) return;
    const localIsA = this.#localIsA;
    let oldest = after;
    for (let at = log.newestOf(change.number); at > 0; at = log.previous[at - 1] ?? 0) {
      const time = (log.slices[at - 1] ?? 0) * log.sliceMilliseconds;
      oldest = time < split ? before : after;
      addEntry(log, at - 1, localIsA, oldest);
    }
    if (change.transport === "udp") for (const part of [before, after]) takeErrors(change, part);
    markBegin(change, oldest);
  }

  #ofPair(pair: number, split: number): FlowChange {
    const { other } = this.collector;
    const change = this.#change;
    const [source, destination] = this.#endsOf(pair);
    const isOut = this.#isSenderLocal(source, destination, true);
    change.transport = "other";
    change.number = pair;
    change.local = isOut ? source : destination;
    change.remote = isOut ? destination : source;
    change.localPort = change.remotePort = change.serverPort = change.firstFrame = 0;
    change.isOutbound = isOut;
    change.isBegun = false;
    change.outcome = "none";
    change.hasData = false;
    change.protocol = null;
    change.first = Infinity;
    change.last = -Infinity;
    change.before.fill(0);
    change.after.fill(0);
    for (let at = other.newestOf(pair); at > 0; at = other.previous[at - 1] ?? 0) {
      const time = (other.slices[at - 1] ?? 0) * other.sliceMilliseconds;
      change.first = Math.min(change.first, time);
      change.last = Math.max(change.last, time + other.sliceMilliseconds);
      this.#addPair(change, at - 1, time < split ? change.before : change.after);
    }
    return change;
  }

  #addPair({ isOutbound }: FlowChange, entry: number, into: Float64Array): void {
    const { counts, sums } = this.collector.other;
    const bytes = isOutbound ? sum.bytesOut : sum.bytesIn;
    const packets = isOutbound ? sum.packetsOut : sum.packetsIn;
    into[bytes] = (into[bytes] ?? 0) + (sums[entry] ?? 0);
    into[packets] = (into[packets] ?? 0) + (counts[entry] ?? 0);
  }

  /** Address of a key, as text. */
  text(key: number): string {
    return key < ipv6Base ? ipv4Text(key) : this.reader.text(key);
  }
}

/** What is sent again of TCP are errors of UDP: the datagram was refused. */
function takeErrors(change: FlowChange, part: Float64Array): void {
  if ((part[sum.resentOut] ?? 0) + (part[sum.resentIn] ?? 0) > 0) change.outcome = "refused";
  part[sum.resentOut] = 0;
  part[sum.resentIn] = 0;
}

/** A connection counts when it began, and so does that it was refused. */
function markBegin(change: FlowChange, part: Float64Array): void {
  const { isBegun, outcome } = change;
  if (!isBegun) return;
  part[sum.begun] = 1;
  if (outcome === "refused" || outcome === "unanswered") part[sum.denied] = 1;
}

function outcomeOf(shown: number): Outcome {
  const { syn, synAck, ack, data, rst } = completeness;
  if ((shown & syn) === 0) return "open";
  if ((shown & data) !== 0) return "open";
  if ((shown & synAck) === 0) return (shown & rst) !== 0 ? "refused" : "unanswered";
  return (shown & ack) === 0 ? "halfOpen" : "open";
}

function addEntry(
  { counts, sums }: FlowSlices["log"],
  entry: number,
  localIsA: boolean,
  into: Float64Array,
): void {
  const count = entry * entryCounts;
  const at = entry * entrySums;
  const [a, b] = localIsA ? ownIsA : ownIsB;
  increase(into, sum.packetsOut, counts[count + a.packets]);
  increase(into, sum.packetsIn, counts[count + b.packets]);
  increase(into, sum.resentOut, counts[count + a.resent]);
  increase(into, sum.resentIn, counts[count + b.resent]);
  increase(into, sum.answers, counts[count + countWord.answers]);
  increase(into, sum.bytesOut, sums[at + a.bytes]);
  increase(into, sum.bytesIn, sums[at + b.bytes]);
  increase(into, sum.answerTime, sums[at + sumWord.answerTime]);
  increase(into, sum.firstPacketTime, sums[at + sumWord.firstPacketTime]);
  increase(into, sum.answerTimeSquared, sums[at + sumWord.answerTimeSquared]);
}

const wordsA = { packets: countWord.packetsA, resent: countWord.resentA, bytes: sumWord.bytesA };
const wordsB = { packets: countWord.packetsB, resent: countWord.resentB, bytes: sumWord.bytesB };
const ownIsA = [wordsA, wordsB] as const;
const ownIsB = [wordsB, wordsA] as const;

function increase(into: Float64Array, place: number, by: number | undefined): void {
  into[place] = (into[place] ?? 0) + (by ?? 0);
}
