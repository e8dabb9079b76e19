import type { Analyses } from "./analysis/analyses.ts";
import { addressKind } from "./analysis/ends.ts";
import { bytesAt, flowWord, kindOf, protocolOf } from "./analysis/flow-table.ts";
import {
  completenessShift,
  sideA,
  sideB,
  sideWord,
  streamFlag,
  streamWord,
} from "./analysis/tcp-row.ts";
import { durationText } from "./analysis/tcp-streams.ts";
import { type JsonBytes, prepared, type PreparedText } from "./json-bytes.ts";

/** Seconds around the capture's first packet within which nanoseconds are exact as numbers. */
const exactSecondsMax = 9_000_000;

/**
 * Writes the members of `tcpStreams`: the same as JSON.stringify of each stream, straight from its row to
 * bytes, which for a million streams saves seconds. Times and names need no escapes.
 */
export function* tcpStreamsJson(analyses: Analyses, out: JsonBytes): Generator<Uint8Array> {
  const writer = new StreamWriter(analyses, out);
  const { tcpStreams } = analyses;
  for (let stream = 0; stream < tcpStreams.count; stream++) {
    if (tcpStreams.isUnused(stream)) continue;
    writer.write(stream);
    if (out.isFull) yield out.take();
  }
}

const key = {
  stream: prepared('{"stream":'),
  nextStream: prepared(',{"stream":'),
  a: prepared(',"a":{"address":"'),
  b: prepared('},"b":{"address":"'),
  port: prepared('","port":'),
  framesAToB: prepared('},"framesAToB":'),
  bytesAToB: prepared(',"bytesAToB":'),
  framesBToA: prepared(',"framesBToA":'),
  bytesBToA: prepared(',"bytesBToA":'),
  initialRtt: prepared(',"initialRtt":'),
  synAckRtt: prepared(',"synAckRtt":'),
  firstFrame: prepared(',"firstFrame":'),
  firstTime: prepared(',"firstTime":"'),
  lastTime: prepared('","lastTime":"'),
  duration: prepared('","duration":"'),
  protocol: prepared('","protocol":'),
  completeness: prepared(',"completeness":'),
  retransmissions: prepared(',"retransmissions":'),
  outOfOrder: prepared(',"outOfOrder":'),
  lostSegments: prepared(',"lostSegments":'),
  duplicateAcks: prepared(',"duplicateAcks":'),
  zeroWindows: prepared(',"zeroWindows":'),
};
const quote = prepared('"');
const nothing = prepared("null");
const end = prepared("}");
/** What most streams end with. */
const noTroubles = prepared(
  ',"retransmissions":0,"outOfOrder":0,"lostSegments":0,"duplicateAcks":0,"zeroWindows":0}',
);

class StreamWriter {
  readonly #analyses: Analyses;
  readonly #out: JsonBytes;
  /** By the numbers of the names, with their quotes. */
  readonly #protocols: PreparedText[] = [];
  #isFirst = true;

  constructor(analyses: Analyses, out: JsonBytes) {
    this.#analyses = analyses;
    this.#out = out;
  }

  write(stream: number): void {
    const out = this.#out;
    const { flows } = this.#analyses.tcpStreams;
    flows.select(stream);
    const { rows, row } = flows;
    out.text(this.#isFirst ? key.stream : key.nextStream);
    this.#isFirst = false;
    out.number(stream);
    this.#ends(rows, row);
    this.#counts(rows, row);
    out.text(key.initialRtt);
    this.#roundTrip(rows, row, row + streamWord.initialRttSeconds, streamFlag.hasInitialRtt);
    out.text(key.synAckRtt);
    this.#roundTrip(rows, row, row + streamWord.synAckRttSeconds, streamFlag.hasSynAckRtt);
    out.text(key.firstFrame);
    out.number(rows[row + flowWord.firstFrame] ?? 0);
    this.#times(rows, row);
    out.text(key.protocol);
    out.text(this.#protocol(protocolOf(rows, row)));
    out.text(key.completeness);
    out.number((rows[row + streamWord.flags] ?? 0) >>> completenessShift);
    this.#troubles(rows, row);
  }

  #ends(rows: Int32Array, row: number): void {
    const out = this.#out;
    const ports = rows[row + flowWord.ports] ?? 0;
    out.text(key.a);
    this.#address(rows, row, flowWord.keyA);
    out.text(key.port);
    out.number(ports >>> 16);
    out.text(key.b);
    this.#address(rows, row, flowWord.keyB);
    out.text(key.port);
    out.number(ports & 0xffff);
  }

  #address(rows: Int32Array, row: number, word: number): void {
    const address = rows[row + word] ?? 0;
    if (kindOf(rows, row) === addressKind.ipv4) this.#out.ipv4(address);
    else this.#analyses.addresses.write(address, this.#out);
  }

  #counts(rows: Int32Array, row: number): void {
    const out = this.#out;
    const fromA = row + sideA + sideWord.counts;
    const fromB = row + sideB + sideWord.counts;
    out.text(key.framesAToB);
    out.number(rows[fromA] ?? 0);
    out.text(key.bytesAToB);
    out.number(bytesAt(rows, fromA));
    out.text(key.framesBToA);
    out.number(rows[fromB] ?? 0);
    out.text(key.bytesBToA);
    out.number(bytesAt(rows, fromB));
  }

  /** A time of exactly 0 counts as unset, as Wireshark has it. */
  #roundTrip(rows: Int32Array, row: number, at: number, known: number): void {
    const out = this.#out;
    const seconds = rows[at] ?? 0;
    const nanoseconds = rows[at + 1] ?? 0;
    const isKnown = ((rows[row + streamWord.flags] ?? 0) & known) !== 0;
    if (!isKnown || (seconds === 0 && nanoseconds === 0)) {
      out.text(nothing);
      return;
    }
    out.text(quote);
    const sum = seconds * 1e9 + nanoseconds;
    if (Number.isSafeInteger(sum)) out.number(sum);
    else out.ascii(durationText(seconds, nanoseconds));
    out.text(quote);
  }

  #times(rows: Int32Array, row: number): void {
    const out = this.#out;
    const base = this.#analyses.traffic.base;
    const baseSeconds = base.seconds | 0;
    const first = (rows[row + flowWord.firstSeconds] ?? 0) - baseSeconds;
    const firstNanoseconds = rows[row + flowWord.firstNanoseconds] ?? 0;
    const last = (rows[row + flowWord.lastSeconds] ?? 0) - baseSeconds;
    const lastNanoseconds = rows[row + flowWord.lastNanoseconds] ?? 0;
    out.text(key.firstTime);
    this.#time(first, firstNanoseconds);
    out.text(key.lastTime);
    this.#time(last, lastNanoseconds);
    out.text(key.duration);
    const firstElapsed = first * 1e9 + firstNanoseconds - base.nanoseconds;
    const lastElapsed = last * 1e9 + lastNanoseconds - base.nanoseconds;
    out.number(Math.round(lastElapsed - firstElapsed));
  }

  /** A time of so many seconds, rounded down, after the second of the first packet. */
  #time(since: number, nanoseconds: number): void {
    const { traffic } = this.#analyses;
    const { base } = traffic;
    const seconds = base.seconds + since;
    const isExact = since < exactSecondsMax && since > -exactSecondsMax && seconds > 0;
    if (isExact) this.#out.nanoseconds(seconds, nanoseconds);
    else this.#out.ascii(traffic.timeText(since * 1e9 + nanoseconds - base.nanoseconds));
  }

  #protocol(number: number): PreparedText {
    const known = this.#protocols[number];
    if (known) return known;
    const name = this.#analyses.traffic.protocols.name(number);
    const text = name === null ? nothing : prepared(`"${name}"`);
    this.#protocols[number] = text;
    return text;
  }

  #troubles(rows: Int32Array, row: number): void {
    const out = this.#out;
    const retransmissions = rows[row + streamWord.retransmissions] ?? 0;
    const outOfOrder = rows[row + streamWord.outOfOrder] ?? 0;
    const lostSegments = rows[row + streamWord.lostSegments] ?? 0;
    const duplicateAcks = rows[row + streamWord.duplicateAcks] ?? 0;
    const zeroWindows = rows[row + streamWord.zeroWindows] ?? 0;
    if ((retransmissions | outOfOrder | lostSegments | duplicateAcks | zeroWindows) === 0) {
      out.text(noTroubles);
      return;
    }
    out.text(key.retransmissions);
    out.number(retransmissions);
    out.text(key.outOfOrder);
    out.number(outOfOrder);
    out.text(key.lostSegments);
    out.number(lostSegments);
    out.text(key.duplicateAcks);
    out.number(duplicateAcks);
    out.text(key.zeroWindows);
    out.number(zeroWindows);
    out.text(end);
  }
}
