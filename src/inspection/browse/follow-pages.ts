// The payload of a stream by pages: only its own packets are read, and the next page goes on where one ended.
import { Analyses } from "../analysis/analyses.ts";
import { dissectLinkType } from "../dissect/protocols.ts";
import { Frame } from "../dissect/frame.ts";
import { toNanoseconds } from "../file/time.ts";
import { udpFollower } from "../follow/follow-stream.ts";
import { TcpFollower, type StreamSink } from "../follow/tcp-follower.ts";
import { base64 } from "./base64.ts";
import type { BookParts } from "./open-book.ts";
import type { FollowAnswer, FollowPiece, FollowQuestion } from "./packet-book.ts";
import { streamPlaces, takePlaces } from "./stream-packets.ts";
import { wordOf, withoutDirection } from "./stream-words.ts";

/** Payload of one page; one piece may go over it. */
const pageSizeBytesMax = 4_194_304;
/** Packets that are dissected before others have their turn. */
const turnCount = 256;
/** Streams that are being followed, each with what waits for earlier bytes. */
const cursorCountMax = 4;
/** So long a page waits for packets whose streams are not known yet. */
const patienceMilliseconds = 300;

/** Where pages ended that the next may go on from. */
export class FollowCursors {
  readonly #cursors: StreamCursor[] = [];

  /** A cursor at a piece or before it; whoever takes it gives it back. */
  take(parts: BookParts, { protocol, stream, from }: FollowQuestion): StreamCursor {
    const word = wordOf({ protocol, stream });
    const at = this.#cursors.findIndex((each) => each.word === word && each.next === from);
    const [found] = at < 0 ? [] : this.#cursors.splice(at, 1);
    return found ?? new StreamCursor(parts, word);
  }

  give(cursor: StreamCursor): void {
    this.#cursors.push(cursor);
    if (this.#cursors.length > cursorCountMax) this.#cursors.shift();
  }

  clear(): void {
    this.#cursors.length = 0;
  }
}

/** Bytes of one side, as they became readable. */
export interface Piece extends Omit<FollowPiece, "base64"> {
  bytes: Uint8Array;
}

/** Reads a stream from its first packet on. */
export class StreamCursor {
  readonly word: number;
  /** Place of the next piece in the stream. */
  next = 0;
  readonly ends: Pick<FollowAnswer, "a" | "b"> = {
    a: { address: "", port: null },
    b: { address: "", port: null },
  };
  readonly waiting: Piece[] = [];
  readonly #frame: Frame;
  readonly #parts: BookParts;
  readonly #tcp: TcpFollower;
  #place = 0;
  #word = 0;

  constructor(parts: BookParts, word: number) {
    const analyses = new Analyses();
    this.word = word;
    this.#parts = parts;
    this.#frame = new Frame(analyses);
    const sink: StreamSink = {
      open: (_stream, { ends }) => {
        if (withoutDirection(this.#word) !== this.word) return false;
        const { source, sourcePort, destination, destinationPort } = ends;
        this.ends.a = { address: analyses.addresses.text(source), port: sourcePort };
        this.ends.b = { address: analyses.addresses.text(destination), port: destinationPort };
        return true;
      },
      bytes: (_stream, fromA, bytes) => this.#take(fromA, bytes),
    };
    this.#tcp = new TcpFollower(sink);
    const isUdp = (word & 2) !== 0;
    this.#frame.payloadListener = isUdp ? udpFollower(sink) : this.#tcp;
  }

  get problem(): string | null {
    const { lostBytes, gapCount } = this.#tcp.budget;
    if (gapCount === 0) return null;
    const places = gapCount === 1 ? "one place" : `${gapCount} places`;
    return `${lostBytes} bytes are missing in the capture, at ${places} so far`;
  }

  /** True when all that is known was read. */
  get isAtEnd(): boolean {
    return this.#place >= this.#parts.notes.count;
  }

  /** Reads the stream's next packets. */
  async read(signal?: AbortSignal): Promise<void> {
    await this.#parts.hush(() => this.#read(signal));
    await this.#parts.options.pause();
  }

  async #read(signal?: AbortSignal): Promise<void> {
    const { notes, reader } = this.#parts;
    const to = notes.count;
    const places = takePlaces(streamPlaces(notes, this.word, { from: this.#place, to }), turnCount);
    const last = places.length < turnCount ? to : (places.at(-1) ?? to) + 1;
    await reader.visit(
      places,
      (packet, place) => {
        this.#word = notes.wordAt(place);
        this.#frame.start(packet, place + 1);
        dissectLinkType(this.#frame, packet.offset, packet.linkType);
        return true;
      },
      signal,
    );
    this.#place = last;
  }

  #take(fromA: boolean, bytes: Uint8Array): void {
    const { number } = this.#frame;
    const time = String(toNanoseconds(this.#frame));
    this.waiting.push({ side: fromA ? "a" : "b", frame: number, time, bytes: bytes.slice() });
  }
}

/** One page of a stream. */
export async function followPage(
  parts: BookParts,
  cursors: FollowCursors,
  question: FollowQuestion,
  signal?: AbortSignal,
): Promise<FollowAnswer> {
  parts.failure();
  const cursor = cursors.take(parts, question);
  const bytesMax = Math.min(pageSizeBytesMax, Math.max(1, question.bytesMax));
  const pieces: FollowPiece[] = [];
  let sizeBytes = 0;
  const until = parts.options.nowMilliseconds() + patienceMilliseconds;
  while (sizeBytes < bytesMax) {
    const piece = cursor.waiting[0];
    if (piece) {
      const isWanted = cursor.next >= question.from;
      if (isWanted && pieces.length > 0 && sizeBytes + piece.bytes.length > bytesMax) break;
      cursor.waiting.shift();
      cursor.next++;
      if (!isWanted) continue;
      sizeBytes += piece.bytes.length;
      pieces.push(toldPiece(piece));
      continue;
    }
    if (!cursor.isAtEnd) await cursor.read(signal);
    else if (isWhole(parts) || parts.options.nowMilliseconds() > until) break;
    else await parts.options.delay(20, signal ?? parts.signal);
  }
  const isDone = cursor.waiting.length === 0 && cursor.isAtEnd && isWhole(parts);
  cursors.give(cursor);
  const next = isDone ? null : cursor.next;
  return { ...cursor.ends, pieces, next, problem: cursor.problem };
}

/** Every packet's stream is known. */
export const isWhole = ({ index, notes }: BookParts): boolean =>
  index.isComplete && notes.count >= index.packetCount;

const toldPiece = ({ side, frame, time, bytes }: Piece): FollowPiece => ({
  side,
  frame,
  time,
  base64: base64(bytes),
});
