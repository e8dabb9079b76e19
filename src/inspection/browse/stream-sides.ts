// Where the directions of TCP streams begin, compactly: what the list needs of a stream to tell of any segment of it.
import type { Frame, Layer } from "../dissect/frame.ts";
import { segmentFlag } from "../analysis/tcp-row.ts";
import { tcpFlag } from "../analysis/tcp-sequence.ts";
import {
  noteBases,
  noteScale,
  relativeNumbers,
  type NumberedSegment,
  type NumberedSide,
  type NumberedSides,
  type RelativeNumbers,
} from "../dissect/transport/tcp-numbers.ts";

/** As many as the facts of a list follow; segments of further ones have no relative numbers. */
const streamCountMax = 1_000_000;
/** Changes within streams that are remembered; after these the later numbers stand for all. */
const changeCountMax = 100_000;

/** Of one direction: 1 where its first number is known, its scale and 3 above it, 128 when it was seen. */
const known = { base: 1, seen: 128 } as const;

/** Numbers that held before one packet of a stream. */
interface Former {
  beforePlace: number;
  sides: [NumberedSide, NumberedSide];
}

export class StreamSides {
  #bases = new Uint32Array(2_048);
  #marks = new Uint8Array(2_048);
  readonly #former = new Map<number, Former[]>();
  #changeCount = 0;
  readonly #sides: [NumberedSide, NumberedSide] = [
    { base: -1, windowScale: -1 },
    { base: -1, windowScale: -1 },
  ];

  /** Takes in the segment of a frame, which must come in the order of the file. */
  note(frame: Frame, layer: Layer, place: number): void {
    const { tcpStream } = frame;
    if (tcpStream < 0 || tcpStream >= streamCountMax) return;
    const isFromA = frame.analyses.tcpStreams.flows.isFromA;
    this.#makeRoom(tcpStream);
    if (this.#isSettled(frame, isFromA)) return;
    const sides = this.#load(tcpStream, isFromA);
    const before = this.#sides.map((side) => ({ ...side })) as Former["sides"];
    const segment = segmentOf(frame, layer);
    noteBases(segment, sides);
    noteScale(segment, sides);
    this.#keepFormer(tcpStream, before, place);
    this.#store(tcpStream, isFromA);
  }

  /** The numbers of a segment that was noted; null where the stream is not known. */
  numbersOf(
    { stream, isFromA, place }: { stream: number; isFromA: boolean; place: number },
    segment: NumberedSegment,
  ): RelativeNumbers | null {
    if (stream >= streamCountMax || stream * 2 >= this.#marks.length) return null;
    const former = this.#former.get(stream)?.find(({ beforePlace }) => place < beforePlace);
    if (!former) return relativeNumbers(segment, this.#load(stream, isFromA));
    return relativeNumbers(segment, ordered(former.sides, isFromA));
  }

  /** Most segments say nothing new. */
  #isSettled({ tcpStream, tcpFlags }: Frame, isFromA: boolean): boolean {
    const a = this.#marks[tcpStream * 2] ?? 0;
    const b = this.#marks[tcpStream * 2 + 1] ?? 0;
    const forward = isFromA ? a : b;
    const isForwardKnown = (forward & known.base) !== 0 && (forward & known.seen) !== 0;
    return isForwardKnown && (a & b & known.base) !== 0 && (tcpFlags & tcpFlag.syn) === 0;
  }

  #makeRoom(stream: number): void {
    const { length } = this.#marks;
    if (stream * 2 + 1 < length) return;
    const size = Math.max(length * 2, stream * 2 + 2);
    const bases = new Uint32Array(size);
    const marks = new Uint8Array(size);
    bases.set(this.#bases);
    marks.set(this.#marks);
    this.#bases = bases;
    this.#marks = marks;
  }

  #load(stream: number, isFromA: boolean): NumberedSides {
    for (const [index, side] of this.#sides.entries()) {
      const mark = this.#marks[stream * 2 + index] ?? 0;
      side.base = mark & known.base ? (this.#bases[stream * 2 + index] ?? 0) : -1;
      side.windowScale = mark === 0 ? -1 : ((mark >> 1) & 31) - 3;
    }
    return ordered(this.#sides, isFromA);
  }

  #store(stream: number, isFromA: boolean): void {
    for (const [index, side] of this.#sides.entries()) {
      const at = stream * 2 + index;
      const isSeen = (index === 0) === isFromA;
      const seen = isSeen ? known.seen : (this.#marks[at] ?? 0) & known.seen;
      this.#marks[at] = seen | ((side.windowScale + 3) << 1) | (side.base >= 0 ? known.base : 0);
      this.#bases[at] = Math.max(0, side.base);
    }
  }

  /** What a direction's earlier segments were told by stays true of them. */
  #keepFormer(stream: number, before: Former["sides"], place: number): void {
    const hasChanged = this.#sides.some((side, index) => {
      const isSeen = ((this.#marks[stream * 2 + index] ?? 0) & known.seen) !== 0;
      const { base, windowScale } = before[index] ?? side;
      return (isSeen || base >= 0) && (side.windowScale !== windowScale || isOther(base, side));
    });
    if (!hasChanged || this.#changeCount >= changeCountMax) return;
    this.#changeCount++;
    const former = this.#former.get(stream) ?? [];
    former.push({ beforePlace: place, sides: before });
    this.#former.set(stream, former);
  }
}

const isOther = (base: number, side: NumberedSide): boolean => base >= 0 && side.base !== base;

const ordered = ([a, b]: [NumberedSide, NumberedSide], isFromA: boolean): NumberedSides =>
  isFromA ? { forward: a, reverse: b } : { forward: b, reverse: a };

export function segmentOf(frame: Frame, layer: Layer): NumberedSegment {
  const isReused = (frame.segmentFlags & segmentFlag.reusedPorts) !== 0;
  return { layer, flags: frame.tcpFlags, isReused };
}
