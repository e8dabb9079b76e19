import { mkdir, open, readdir, readFile, stat, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { secretDirectoryMode, secretFileMode, writeFileAtomic } from "../common/files.ts";

const segmentSizeBytesMax = 256 << 10;
const segmentName = /^(\d{12})\.jsonl$/;

/** A message of the spool, to be given back to `remove` once it was acknowledged. */
export interface SpooledMessage {
  message: unknown;
  /** The segment that holds it, and its line there. */
  segment: number;
  line: number;
}

/**
 * Messages that wait on disk for the control plane, oldest first, in segments of JSON lines. A segment
 * is removed when all of it was acknowledged; after a restart what is left is sent again, so receivers
 * must not mind a message twice. Bounded: beyond `sizeBytesMax` the oldest segment is dropped and counted.
 */
export interface Spool {
  append(message: unknown): Promise<void>;
  /** Up to `limit` messages from the oldest on, after those already taken. */
  take(limit: number): Promise<SpooledMessage[]>;
  /** These were acknowledged. */
  remove(messages: readonly SpooledMessage[]): Promise<void>;
  /** Nothing taken counts as taken any more: the connection ended before the acknowledgement. */
  rewind(): void;
  readonly droppedCount: number;
  /** Messages that are not acknowledged yet. */
  readonly waitingCount: number;
  close(): Promise<void>;
}

interface Segment {
  id: number;
  lines: number;
  acknowledged: number;
  sizeBytes: number;
}

export async function openSpool(options: {
  directory: string;
  sizeBytesMax: number;
  /** Messages of an earlier run for which this is false are taken out, once and for all. */
  isWanted?: (message: unknown) => boolean;
}): Promise<Spool> {
  await mkdir(options.directory, { recursive: true, mode: secretDirectoryMode });
  const spool = new DiskSpool(options.directory, options.sizeBytesMax);
  await spool.load(options.isWanted ?? (() => true));
  return spool;
}

class DiskSpool implements Spool {
  readonly #directory: string;
  readonly #sizeBytesMax: number;
  #segments: Segment[] = [];
  #file: FileHandle | undefined;
  #taken: { segment: number; line: number } = { segment: 0, line: 0 };
  #turn: Promise<unknown> = Promise.resolve();
  droppedCount = 0;

  constructor(directory: string, sizeBytesMax: number) {
    this.#directory = directory;
    this.#sizeBytesMax = sizeBytesMax;
  }

  async load(isWanted: (message: unknown) => boolean): Promise<void> {
    const names = (await readdir(this.#directory))
      .filter((name) => segmentName.test(name))
      .toSorted();
    for (const name of names) {
      const id = Number(segmentName.exec(name)?.[1]);
      const lines = await this.#keep(id, isWanted);
      const { size } = await stat(this.#path(id));
      this.#segments.push({ id, lines, acknowledged: 0, sizeBytes: size });
    }
    this.rewind();
  }

  /** Resolves to how many messages the segment has then. */
  async #keep(id: number, isWanted: (message: unknown) => boolean): Promise<number> {
    const messages = await this.#read(id);
    const kept = messages.filter(isWanted);
    if (kept.length < messages.length) {
      const lines = kept.map((message) => `${JSON.stringify(message)}\n`);
      await writeFileAtomic(this.#path(id), lines.join(""));
    }
    return kept.length;
  }

  get waitingCount(): number {
    return this.#segments.reduce((sum, { lines, acknowledged }) => sum + lines - acknowledged, 0);
  }

  append(message: unknown): Promise<void> {
    return this.#inTurn(async () => {
      const line = `${JSON.stringify(message)}\n`;
      const segment = await this.#openSegment();
      await this.#file?.write(line);
      segment.lines += 1;
      segment.sizeBytes += Buffer.byteLength(line);
      await this.#dropOldest();
    });
  }

  take(limit: number): Promise<SpooledMessage[]> {
    return this.#inTurn(async () => {
      const found: SpooledMessage[] = [];
      for (const { id, lines } of this.#segments) {
        if (found.length >= limit) break;
        const from = id === this.#taken.segment ? this.#taken.line : 0;
        if (id < this.#taken.segment || from >= lines) continue;
        const messages = (await this.#read(id)).slice(from, from + limit - found.length);
        messages.forEach((message, index) =>
          found.push({ message, segment: id, line: from + index }),
        );
        this.#taken = { segment: id, line: from + messages.length };
      }
      return found;
    });
  }

  remove(messages: readonly SpooledMessage[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const { segment: id, line } of messages) {
        const segment = this.#segments.find((one) => one.id === id);
        if (segment) segment.acknowledged = Math.max(segment.acknowledged, line + 1);
      }
      while (this.#segments.length > 1 && isDone(this.#segments[0])) await this.#removeFirst();
    });
  }

  rewind(): void {
    const first = this.#segments[0];
    this.#taken = { segment: first?.id ?? 0, line: first?.acknowledged ?? 0 };
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#file?.close();
      this.#file = undefined;
      const last = this.#segments[0];
      if (this.#segments.length === 1 && isDone(last)) await this.#removeFirst();
    });
  }

  /** The segment that takes the next line: a new one at first, and when the last one is full. */
  async #openSegment(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (this.#file && last && last.sizeBytes < segmentSizeBytesMax) return last;
    await this.#file?.close();
    const segment = { id: (last?.id ?? 0) + 1, lines: 0, acknowledged: 0, sizeBytes: 0 };
    this.#file = await open(this.#path(segment.id), "a", secretFileMode);
    this.#segments.push(segment);
    return segment;
  }

  async #dropOldest(): Promise<void> {
    const size = (): number => this.#segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    while (this.#segments.length > 1 && size() > this.#sizeBytesMax) {
      const [first] = this.#segments;
      this.droppedCount += (first?.lines ?? 0) - (first?.acknowledged ?? 0);
      await this.#removeFirst();
    }
  }

  async #removeFirst(): Promise<void> {
    const segment = this.#segments.shift();
    if (segment) await unlink(this.#path(segment.id)).catch(() => {});
  }

  /** Whole lines only: a kill in mid-write leaves a torn last one, which was never acknowledged. */
  async #read(id: number): Promise<unknown[]> {
    const text = await readFile(this.#path(id), "utf8");
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "")
      .map(parseLine);
  }

  #path(id: number): string {
    return join(this.#directory, `${String(id).padStart(12, "0")}.jsonl`);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

const isDone = (segment: Segment | undefined): boolean =>
  segment !== undefined && segment.acknowledged >= segment.lines;

/** A line damaged on disk is given as null, which receivers refuse without ending the spool. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
