import type { FlowTable } from "../analysis/flow-table.ts";
import { flowWord } from "../analysis/flow-table.ts";
import { segmentFlag } from "../analysis/tcp-row.ts";
import { tcpFlag } from "../analysis/tcp-sequence.ts";
import type { Frame } from "../dissect/frame.ts";
import { SliceLog } from "./slice-log.ts";

/** Entries of one transport: 72 bytes each, so this is 72 MB at the most. */
const entryCountMax = 1_000_000;
const sliceMilliseconds = 100;
const initialFlows = 4_096;
/** Ports that servers have, and clients do not (RFC 6335, 6). */
const systemPortMax = 1_023;

/** Counts of an entry, by what A and B, the flow's ends, did. */
export const countWord = {
  packetsA: 0,
  packetsB: 1,
  /** Segments sent again; of UDP, the errors that came back about what the other end sent. */
  resentA: 2,
  resentB: 3,
  /** Answers of the server to its client. */
  answers: 4,
} as const;

export const sumWord = {
  bytesA: 0,
  bytesB: 1,
  /** Milliseconds from the request's last packet to the answer's first, and to the first of any kind. */
  answerTime: 2,
  firstPacketTime: 3,
  /** Squares of the answers' times: how far single answers lie from their mean. */
  answerTimeSquared: 4,
} as const;

export const entryCounts = 5;
export const entrySums = 5;

/** What is known of a flow besides its sums. */
export const flowState = {
  /** Its client is B: A answered first, as far as the recording goes. */
  clientIsB: 1,
  /** Its first packet opened it. */
  isBegun: 2,
  /** The client asked and waits. */
  isWaiting: 4,
  /** While it waits, something came from the server. */
  isHeard: 8,
} as const;

const resentFlags =
  segmentFlag.retransmission | segmentFlag.fastRetransmission | segmentFlag.spuriousRetransmission;
const bookkeepingFlags = segmentFlag.keepAlive | segmentFlag.zeroWindowProbe;

/** Sums of each flow of one transport by slices of time, and how long its answers took. */
export class FlowSlices {
  readonly log = new SliceLog({
    shape: { counts: entryCounts, sums: entrySums },
    entryCountMax,
    sliceMilliseconds,
  });
  readonly #flows: FlowTable;
  #states = new Uint8Array(initialFlows);
  #askedAt = new Float64Array(initialFlows);

  constructor(flows: FlowTable) {
    this.#flows = flows;
  }

  /** The `flowState` of a flow. */
  stateOf(flow: number): number {
    return this.#states[flow] ?? 0;
  }

  /** Counts a segment at a time, milliseconds after the moment. */
  addSegment(frame: Frame, time: number): void {
    const flow = frame.tcpStream;
    const entry = this.#entry(frame, flow, time);
    if (entry < 0) return;
    const fromA = this.#isFromA(frame, flow);
    const isResent =
      (frame.segmentFlags & resentFlags) !== 0 && (frame.segmentFlags & bookkeepingFlags) === 0;
    this.#count(entry, fromA, frame.wireLength);
    if (isResent) this.#increment(entry, fromA ? countWord.resentA : countWord.resentB);
    const hasData =
      frame.payloadLength > 0 && !isResent && (frame.segmentFlags & bookkeepingFlags) === 0;
    this.#turn(flow, entry, { fromA, hasData, time });
    if ((frame.segmentFlags & segmentFlag.zeroWindow) !== 0) this.#stopWaiting(flow, fromA);
  }

  /** Whoever has no room for an answer waits for itself (RFC 9293, 3.8.6): that is not the server's time. */
  #stopWaiting(flow: number, fromA: boolean): void {
    const state = this.#states[flow] ?? 0;
    const isClient = fromA === ((state & flowState.clientIsB) === 0);
    if (isClient) this.#states[flow] = state & ~(flowState.isWaiting | flowState.isHeard);
  }

  addDatagram(frame: Frame, time: number): void {
    const flow = frame.udpStream;
    const entry = this.#entry(frame, flow, time);
    if (entry < 0) return;
    const fromA = this.#isFromA(frame, flow);
    this.#count(entry, fromA, frame.wireLength);
    this.#turn(flow, entry, { fromA, hasData: true, time });
  }

  /** An error that says that a datagram did not arrive; the frame's UDP stream is the datagram's. */
  addError(frame: Frame, time: number): void {
    const entry = this.#entry(frame, frame.udpStream, time);
    if (entry < 0) return;
    const fromA = this.#isFromA(frame, frame.udpStream);
    this.#increment(entry, fromA ? countWord.resentA : countWord.resentB);
  }

  #entry(frame: Frame, flow: number, time: number): number {
    if (flow < 0) {
      this.log.overflow++;
      return -1;
    }
    const isNew = this.log.newestOf(flow) === 0;
    const entry = this.log.entryAt(flow, time);
    if (isNew && entry >= 0) this.#begin(frame, flow);
    return entry;
  }

  /** Decides who the client is: who opens the connection, or whose port is no server's. */
  #begin(frame: Frame, flow: number): void {
    if (flow >= this.#states.length) this.#grow(flow + 1);
    const { sourcePort, destinationPort } = frame.ends;
    const isTcp = frame.tcpStream === flow && frame.tcpStream >= 0;
    const isSyn = isTcp && (frame.tcpFlags & tcpFlag.syn) !== 0;
    const isSynAck = isSyn && (frame.tcpFlags & tcpFlag.ack) !== 0;
    const looksAnswered = isTcp
      ? sourcePort < destinationPort
      : sourcePort <= systemPortMax && destinationPort > systemPortMax;
    const fromServer = isSyn ? isSynAck : looksAnswered;
    const fromA = this.#isFromA(frame, flow);
    this.#states[flow] =
      (fromServer === fromA ? flowState.clientIsB : 0) |
      ((isTcp ? isSyn : !fromServer) ? flowState.isBegun : 0);
  }

  /** Which end sent the frame; frames within frames have the flow's table at another row. */
  #isFromA({ ends }: Frame, flow: number): boolean {
    const flows = this.#flows;
    flows.select(flow);
    const { rows, row } = flows;
    const ports = rows[row + flowWord.ports] ?? 0;
    return rows[row + flowWord.keyA] === ends.sourceKey && ports >>> 16 === ends.sourcePort;
  }

  #count(entry: number, fromA: boolean, bytes: number): void {
    this.#increment(entry, fromA ? countWord.packetsA : countWord.packetsB);
    this.#addSum(entry, fromA ? sumWord.bytesA : sumWord.bytesB, bytes);
  }

  #addSum(entry: number, word: number, by: number): void {
    const { sums } = this.log;
    const at = entry * entrySums + word;
    sums[at] = (sums[at] ?? 0) + by;
  }

  #increment(entry: number, word: number): void {
    const { counts } = this.log;
    const at = entry * entryCounts + word;
    counts[at] = (counts[at] ?? 0) + 1;
  }

  /** Follows requests and answers: an answer's time runs from the last packet of its request. */
  #turn(
    flow: number,
    entry: number,
    { fromA, hasData, time }: { fromA: boolean; hasData: boolean; time: number },
  ): void {
    const state = this.#states[flow] ?? 0;
    const isClient = fromA === ((state & flowState.clientIsB) === 0);
    if (isClient) {
      if (!hasData) return;
      this.#askedAt[flow] = time;
      this.#states[flow] = (state | flowState.isWaiting) & ~flowState.isHeard;
      return;
    }
    if ((state & flowState.isWaiting) === 0) return;
    const elapsed = Math.max(0, time - (this.#askedAt[flow] ?? 0));
    if ((state & flowState.isHeard) === 0) this.#addSum(entry, sumWord.firstPacketTime, elapsed);
    if (!hasData) {
      this.#states[flow] = state | flowState.isHeard;
      return;
    }
    this.#addSum(entry, sumWord.answerTime, elapsed);
    this.#addSum(entry, sumWord.answerTimeSquared, elapsed * elapsed);
    this.#increment(entry, countWord.answers);
    this.#states[flow] = state & ~(flowState.isWaiting | flowState.isHeard);
  }

  #grow(size: number): void {
    const length = Math.max(size, this.#states.length * 2);
    const states = new Uint8Array(length);
    states.set(this.#states);
    this.#states = states;
    const askedAt = new Float64Array(length);
    askedAt.set(this.#askedAt);
    this.#askedAt = askedAt;
  }
}
