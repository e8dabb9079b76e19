// Opens a capture to look into it packet by packet: an index first, then rows, filters, layers and streams as they are asked for.
import { buildIndex } from "./build-index.ts";
import { decompressedSource, type DecompressedRoom } from "./decompressed-source.ts";
import { followPage, FollowCursors } from "./follow-pages.ts";
import { FilterPasses } from "./filter-passes.ts";
import { HttpCursors, httpPage } from "./http-pages.ts";
import type { PacketBook, RandomAccess } from "./packet-book.ts";
import { packetDetail } from "./packet-detail.ts";
import { PacketIndex } from "./packet-index.ts";
import { PacketReader } from "./packet-reader.ts";
import { Passes, type Pass } from "./passes.ts";
import { RowNotes } from "./row-notes.ts";
import { answerRows } from "./rows.ts";
import { sourceChunks } from "./source-chunks.ts";
import type { Subject } from "../filter/subject.ts";
import { visitPackets, type CaptureSource } from "../packet-pass.ts";

/** Bytes that a pass reads at once, and between two of its turns: a few hundred packets, some milliseconds. */
const readSizeBytes = 2_097_152;
const turnSizeBytes = 65_536;
/** Opening waits so long for the whole index; of larger files the beginning is shown first. */
const openMilliseconds = 150;

/** What the place where the book is read gives it. */
export interface BookOptions {
  /** Lets everything else that waits go on. */
  pause(): Promise<void>;
  nowMilliseconds(): number;
  delay(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Where a compressed file is laid out in plain; without it such a file is refused. */
  room?: DecompressedRoom;
  /** Undoes a content coding that is none of ours, such as br; null where that is not to be had here. */
  decode?: DecodeContent;
  /** Of these very bytes, where one was kept: the file is not read from end to end before it is shown. */
  index?: PacketIndex | null;
  /** Takes one that was made because there was none, once it is whole; not of a compressed file. */
  onIndex?: (index: PacketIndex) => void;
}

/** Gives no more than so many bytes; `isCut`: there would have been more, or they are damaged from there on. */
export type DecodeContent = (
  coding: string,
  bytes: Uint8Array,
  sizeBytesMax: number,
) => Promise<{ bytes: Uint8Array; isCut: boolean } | null>;

export interface OpenBook extends PacketBook {
  close(): Promise<void>;
}

/** Everything that belongs to one open file. */
export interface BookParts {
  source: RandomAccess;
  index: PacketIndex;
  reader: PacketReader;
  notes: RowNotes;
  filters: FilterPasses;
  options: BookOptions;
  signal: AbortSignal;
  /** Does what somebody waits for while every pass over the file rests; it must not wait for one. */
  hush<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Rejects with why the file can be read no further. */
  failure(): void;
}

/** Rejects where the file is no capture, or is compressed and too large to be laid out. */
export async function openBook(given: RandomAccess, options: BookOptions): Promise<OpenBook> {
  const stop = new AbortController();
  const { signal } = stop;
  const laidOut = await decompressedSource(given, options, signal);
  const { source } = laidOut;
  const isPlain = source === given;
  const kept = isPlain ? (options.index ?? null) : null;
  const index = kept ?? new PacketIndex();
  const notes = new RowNotes();
  const passes = new Passes(() => options.pause());
  const sourceOf =
    (pass: Pass, end: AbortSignal): CaptureSource =>
    () =>
      turns(source, { pass, passes, signal: end });
  const filters = new FilterPasses({
    passes,
    notes,
    sourceOf,
    nowMilliseconds: () => options.nowMilliseconds(),
  });
  const failed = { error: null as unknown };
  const fail = (error: unknown): void => {
    if (!signal.aborted) failed.error ??= error;
  };
  // Until every packet can be gone to, nothing else is read.
  const make = async (): Promise<void> => {
    if (kept) return;
    await passes.run({ priority: Infinity }, () => buildIndex(index, source, signal));
    if (isPlain) options.onIndex?.(index);
  };
  const indexing = make().catch(fail);
  const waiting = new AbortController();
  await Promise.race([indexing, options.delay(openMilliseconds, waiting.signal).catch(() => {})]);
  waiting.abort();
  if (failed.error !== null) {
    await laidOut.close();
    throw failed.error;
  }
  const rowPass: Pass = { priority: 0 };
  const noting = passes
    .run(rowPass, () => noteRows({ notes, index }, sourceOf(rowPass, signal), signal))
    .catch(fail);
  const cursors = new FollowCursors();
  const httpCursors = new HttpCursors();
  const parts: BookParts = {
    source,
    index,
    reader: new PacketReader(source, index),
    notes,
    filters,
    options,
    signal,
    hush: (work) => passes.run({ priority: Infinity }, work),
    failure() {
      if (failed.error !== null) throw failed.error;
      signal.throwIfAborted();
    },
  };
  return {
    rows: (question, asked) => answerRows(parts, question, asked),
    packet: (number, asked) => packetDetail(parts, number, asked),
    follow: (question, asked) => followPage(parts, cursors, question, asked),
    http: (question, asked) => httpPage(parts, httpCursors, question, asked),
    async close() {
      stop.abort(new Error("the file was closed"));
      filters.close();
      cursors.clear();
      httpCursors.clear();
      await Promise.all([indexing, noting]);
      await laidOut.close();
    },
  };
}

/** The pass that comes by every packet, unless a filter's came first. */
async function noteRows(
  { notes, index }: Pick<BookParts, "notes" | "index">,
  source: CaptureSource,
  signal: AbortSignal,
): Promise<void> {
  const visit = (subject: Subject): boolean => {
    notes.note(subject);
    return !index.isComplete || notes.count < index.packetCount;
  };
  await visitPackets(source, { visit }, signal);
}

async function* turns(
  source: RandomAccess,
  { pass, passes, signal }: { pass: Pass; passes: Passes; signal: AbortSignal },
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of sourceChunks(source, readSizeBytes, signal)) {
    for (let at = 0; at < chunk.length; at += turnSizeBytes) {
      await passes.turn(pass, signal);
      yield chunk.subarray(at, at + turnSizeBytes);
    }
  }
}
