// Flows made of packets, where the kernel does not follow them: what conntrack would say, as far as
// packets show it. There is no decision in a packet, and no rule.
import type { FlowMeterCounters } from "./counters.ts";
import type { FlowRow, RowSink } from "./flow-row.ts";
import type { HostView, Place } from "./host-view.ts";
import type { PacketHeaders } from "./packet.ts";
import { copyCount, difference, isNoTraffic, noTraffic } from "./traffic-count.ts";
import {
  bytesKey,
  copied,
  protocolAt,
  protocolTcp,
  reversedTuple,
  tupleSizeBytes,
} from "./tuple.ts";

const tcpFin = 0x01;
const tcpSyn = 0x02;
const tcpReset = 0x04;
const tcpAck = 0x10;
/** After the last FIN or a RST, what is still on its way is waited for. */
const closingMilliseconds = 1_000;

/** Which ends have sent FIN. */
const finFromSource = 1;
const finFromDestination = 2;

interface Flow {
  readonly place: Place;
  readonly key: string;
  readonly seen: ReturnType<typeof noTraffic>;
  readonly written: ReturnType<typeof noTraffic>;
  /** When the last tuple was written, and the last packet came. */
  writtenAt: number;
  activeAt: number;
  fins: number;
  /** 0: open. */
  closedAt: number;
}

export interface PacketFlowsOptions {
  flowCountMax: number;
  continueMilliseconds: number;
  tcpIdleMilliseconds: number;
  udpIdleMilliseconds: number;
  add: RowSink;
  counters: FlowMeterCounters;
}

export class PacketFlows {
  readonly #flows = new Map<string, Flow>();
  readonly #options: PacketFlowsOptions;
  #view: HostView;

  constructor(view: HostView, options: PacketFlowsOptions) {
    this.#view = view;
    this.#options = options;
  }

  get flowCount(): number {
    return this.#flows.size;
  }

  set view(view: HostView) {
    this.#view = view;
  }

  /** Takes a packet seen on an interface; a flow is counted on its own interface alone. */
  take(headers: PacketHeaders, interfaceName: string, now: number): void {
    const key = bytesKey(headers.tuple, 0, tupleSizeBytes);
    const forward = this.#flows.get(key);
    const backward = forward ? undefined : this.#flows.get(reversedKey(headers.tuple));
    let flow = forward ?? backward;
    const isOpening = (headers.tcpFlags & (tcpSyn | tcpAck)) === tcpSyn;
    if (flow && isOpening && flow.closedAt !== 0 && flow.place.link.name === interfaceName) {
      this.#end(flow, now);
      flow = undefined;
    }
    flow ??= this.#begin(headers, interfaceName, now);
    if (flow?.place.link.name !== interfaceName) return;
    const isForward = flow.key === key;
    count(flow, headers, isForward);
    flow.activeAt = now;
    follow(flow, headers.tcpFlags, isForward ? finFromSource : finFromDestination);
    if (flow.closedAt === 0 && isClosing(flow, headers.tcpFlags)) flow.closedAt = now;
  }

  /** Writes what is due: C once an interval, E after a close or a silence. */
  tick(now: number): void {
    for (const flow of this.#flows.values()) {
      if (this.#isOver(flow, now)) this.#end(flow, now);
      else if (now - flow.writtenAt >= this.#options.continueMilliseconds)
        this.#continue(flow, now);
    }
  }

  #isOver(flow: Flow, now: number): boolean {
    if (flow.closedAt !== 0) return now - flow.closedAt >= closingMilliseconds;
    const isTcp = flow.place.tuple[protocolAt] === protocolTcp;
    const { tcpIdleMilliseconds, udpIdleMilliseconds } = this.#options;
    return now - flow.activeAt >= (isTcp ? tcpIdleMilliseconds : udpIdleMilliseconds);
  }

  #begin(headers: PacketHeaders, interfaceName: string, now: number): Flow | undefined {
    // The answer to an opening was sent by the other end; else who is seen first is taken for the opener.
    const isAnswer = (headers.tcpFlags & (tcpSyn | tcpAck)) === (tcpSyn | tcpAck);
    const back = reversedTuple(headers.tuple);
    const [original, reply] = isAnswer ? [back, headers.tuple] : [headers.tuple, back];
    const place = this.#view.place(original, reply);
    if (place?.link.name !== interfaceName) return undefined;
    if (this.#flows.size >= this.#options.flowCountMax) {
      this.#options.counters.flowsOverflow++;
      return undefined;
    }
    const flow: Flow = {
      place: { ...place, tuple: copied(place.tuple, tupleSizeBytes) },
      key: bytesKey(original, 0, tupleSizeBytes),
      seen: noTraffic(),
      written: noTraffic(),
      writtenAt: now,
      activeAt: now,
      fins: 0,
      closedAt: 0,
    };
    this.#flows.set(flow.key, flow);
    this.#options.counters.flowsBegun++;
    this.#write(flow, "B", noTraffic(), now);
    return flow;
  }

  #continue(flow: Flow, now: number): void {
    const moved = difference(flow.seen, flow.written);
    if (isNoTraffic(moved) || !this.#write(flow, "C", moved, now)) return;
    this.#options.counters.flowsContinued++;
    copyCount(flow.written, flow.seen);
    flow.writtenAt = now;
  }

  #end(flow: Flow, now: number): void {
    this.#flows.delete(flow.key);
    this.#options.counters.flowsEnded++;
    this.#write(flow, "E", difference(flow.seen, flow.written), now);
  }

  #write(flow: Flow, state: FlowRow["state"], moved: Flow["seen"], time: number): boolean {
    return this.#options.add({ ...flow.place, ...moved, time, state, rule: "" });
  }
}

const reversedKey = (tuple: Uint8Array): string =>
  bytesKey(reversedTuple(tuple), 0, tupleSizeBytes);

function count({ seen }: Flow, { bytes }: PacketHeaders, isForward: boolean): void {
  if (isForward) {
    seen.packetsToDestination++;
    seen.bytesToDestination += bytes;
  } else {
    seen.packetsToSource++;
    seen.bytesToSource += bytes;
  }
}

function follow(flow: Flow, tcpFlags: number, from: number): void {
  if ((tcpFlags & tcpFin) !== 0) flow.fins |= from;
}

const isClosing = ({ fins }: Flow, tcpFlags: number): boolean =>
  (tcpFlags & tcpReset) !== 0 || fins === (finFromSource | finFromDestination);
