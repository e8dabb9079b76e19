import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  truncate,
  unlink,
} from "node:fs/promises";
import { join } from "node:path";
import { secretDirectoryMode, secretFileMode, syncDirectory } from "../../../common/files.ts";
import type { Closable } from "../../../common/lifecycle.ts";
import type { Log } from "../../../common/log.ts";
import type { KeyRing } from "../../../storage/vault/key-ring.ts";
import {
  entrySizeBytesMax,
  firstFrameKeyId,
  frameOverheadBytes,
  frameSizeBytesMax,
  frameOf,
  type ReadEntry,
  readFrames,
} from "./frame.ts";

const segmentName = /^(\d{12})\.journal$/;
const segmentSizeBytesDefault = 16 << 20;
/** Entries that wait for one write. */
const pendingCountMax = 1_024;

/** A place between two entries. */
export interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

/** Why an entry was not taken: it may be tried again later. */
export class JournalFull extends Error {}

/**
 * Entries on disk in the order in which they came, in segments. What `append` resolved for survives a
 * crash at any moment. The first entry of each segment is `preamble`: what a reader must know that is in
 * older segments, which may be gone.
 */
export interface Journal extends Closable {
  /** Resolves when the entry is flushed to the disk. Rejects with `JournalFull`. */
  append(entry: Uint8Array): Promise<void>;
  /** Entries of one segment from a position on, about `sizeBytesMax` of them, one at least; the preamble is left out. */
  read(from: JournalPosition, limits: { sizeBytesMax: number; end?: number }): Promise<ReadEntry[]>;
  /** The first position of the oldest segment, and of that behind `segment`; null: there is none. */
  readonly first: JournalPosition;
  after(segment: number): JournalPosition | null;
  /** Behind the last entry. */
  readonly end: JournalPosition;
  readonly sizeBytes: number;
  /** The keys that segments were begun with, the oldest first; null: in plain text. */
  readonly keyIds: readonly (string | null)[];
  /** Begins a segment, so that those before it can go. */
  beginSegment(): Promise<void>;
  /** Removes the segments before this one. */
  removeBefore(segment: number): Promise<void>;
}

interface Segment {
  readonly id: number;
  readonly keyId: string | null;
  sizeBytes: number;
}

interface Pending {
  entry: Uint8Array;
  resolve(): void;
  reject(error: unknown): void;
}

export interface JournalOptions {
  directory: string;
  /** All segments together; more is refused until some can go. */
  sizeBytesMax: number;
  segmentSizeBytesMax?: number;
  /** What entries are sealed with; null: they are in plain text. */
  keys: KeyRing | null;
  /** Called when a segment begins. */
  preamble(): Uint8Array;
  /** Each entry of the newest segment, the preamble first, when the journal is opened. */
  onLoaded(entry: Uint8Array, isPreamble: boolean): void;
  /** Room is wanted: whoever can lets segments go. */
  onFull?(): Promise<void>;
  log: Log;
}

export async function openJournal(options: JournalOptions): Promise<Journal> {
  await mkdir(options.directory, { recursive: true, mode: secretDirectoryMode });
  const journal = new SegmentedJournal(options);
  await journal.load();
  return journal;
}

class SegmentedJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #segmentSizeBytesMax: number;
  #segments: Segment[] = [];
  #file: FileHandle | undefined;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#segmentSizeBytesMax = options.segmentSizeBytesMax ?? segmentSizeBytesDefault;
  }

  async load(): Promise<void> {
    const { directory, log } = this.#options;
    const ids = (await readdir(directory))
      .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
    for (const id of ids) {
      const { size } = await stat(this.#path(id));
      this.#segments.push({ id, keyId: await this.#keyIdOf(id), sizeBytes: size });
    }
    for (let last = this.#segments.at(-1); last; last = this.#segments.at(-1)) {
      const entries = readFrames(await readFile(this.#path(last.id)), 0, this.#options.keys);
      const whole = entries.at(-1)?.end ?? 0;
      if (whole < last.sizeBytes) {
        log.warn({ segment: last.id, bytes: last.sizeBytes - whole }, "a torn end is cut off");
        await truncate(this.#path(last.id), whole);
        last.sizeBytes = whole;
      }
      if (entries.length > 0) {
        entries.forEach(({ bytes }, index) => this.#options.onLoaded(bytes, index === 0));
        this.#file = await open(this.#path(last.id), "a", secretFileMode);
        return;
      }
      // Its preamble was never whole, so nothing in it was acknowledged.
      await unlink(this.#path(last.id));
      this.#segments.pop();
    }
    await this.#beginSegment();
  }

  append(entry: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new JournalFull("the journal is closed"));
      if (entry.length > entrySizeBytesMax) return reject(new Error("an entry is too large"));
      if (this.#pending.length >= pendingCountMax) {
        return reject(new JournalFull("too many entries wait for the disk"));
      }
      this.#pending.push({ entry, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Entries that wait are written and flushed together; those that come meanwhile are the next. */
  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#pending.splice(0);
      try {
        await this.#write(group);
        for (const each of group) each.resolve();
      } catch (error) {
        for (const each of group) each.reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #write(group: readonly Pending[]): Promise<void> {
    const { keys } = this.#options;
    const sizeBytes = group.reduce((sum, { entry }) => sum + entry.length + frameOverheadBytes, 0);
    await this.#makeRoom(sizeBytes);
    const last = this.#segments.at(-1);
    if (!last || last.sizeBytes >= this.#segmentSizeBytesMax) await this.#beginSegment();
    // Sealed only now: a segment has no entry under a key older than the one that it was begun with.
    const bytes = Buffer.concat(group.map(({ entry }) => frameOf(entry, keys)));
    const segment = this.#segments.at(-1);
    if (!segment || !this.#file) throw new Error("there is no segment to write to");
    try {
      await writeFully(this.#file, bytes);
      await this.#file.datasync();
      segment.sizeBytes += bytes.length;
    } catch (error) {
      // What was written of it must not lie before the next entry.
      await this.#file.truncate(segment.sizeBytes).catch(() => {});
      throw error;
    }
  }

  async #makeRoom(sizeBytes: number): Promise<void> {
    const { sizeBytesMax } = this.#options;
    if (this.sizeBytes + sizeBytes <= sizeBytesMax) return;
    await this.#options.onFull?.();
    if (this.sizeBytes + sizeBytes <= sizeBytesMax) return;
    throw new JournalFull(`the journal holds its ${sizeBytesMax} bytes`);
  }

  async #beginSegment(): Promise<void> {
    const id = (this.#segments.at(-1)?.id ?? 0) + 1;
    const { keys } = this.#options;
    const frame = frameOf(this.#options.preamble(), keys);
    const file = await open(this.#path(id), "ax", secretFileMode);
    try {
      await writeFully(file, frame);
      await file.datasync();
      await syncDirectory(this.#options.directory);
    } catch (error) {
      await file.close();
      await unlink(this.#path(id)).catch(() => {});
      throw error;
    }
    await this.#file?.close();
    this.#file = file;
    this.#segments.push({ id, keyId: firstFrameKeyId(frame), sizeBytes: frame.length });
  }

  async read(
    from: JournalPosition,
    { sizeBytesMax, end }: { sizeBytesMax: number; end?: number },
  ): Promise<ReadEntry[]> {
    const segment = this.#segments.find(({ id }) => id === from.segment);
    const until = Math.min(end ?? Number.MAX_SAFE_INTEGER, segment?.sizeBytes ?? 0);
    if (!segment || from.offset >= until) return [];
    const file = await open(this.#path(segment.id), "r");
    try {
      const read = async (size: number): Promise<ReadEntry[]> => {
        const bytes = Buffer.alloc(Math.min(size, until - from.offset));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, from.offset);
        return readFrames(bytes.subarray(0, bytesRead), from.offset, this.#options.keys);
      };
      const found = await read(sizeBytesMax);
      const entries = found.length > 0 ? found : await read(frameSizeBytesMax);
      if (entries.length === 0) {
        this.#options.log.error({ ...from }, "a segment of the journal is damaged");
      }
      return entries[0]?.offset === 0 ? entries.slice(1) : entries;
    } finally {
      await file.close();
    }
  }

  get first(): JournalPosition {
    return { segment: this.#segments[0]?.id ?? 1, offset: 0 };
  }

  after(segment: number): JournalPosition | null {
    const next = this.#segments.find(({ id }) => id > segment);
    return next ? { segment: next.id, offset: 0 } : null;
  }

  get end(): JournalPosition {
    const last = this.#segments.at(-1);
    return { segment: last?.id ?? 1, offset: last?.sizeBytes ?? 0 };
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  get keyIds(): readonly (string | null)[] {
    return this.#segments.map(({ keyId }) => keyId);
  }

  async beginSegment(): Promise<void> {
    while (this.#writing) await this.#writing;
    if (this.#closed) return;
    const beginning = this.#beginSegment();
    this.#writing = beginning.catch(() => {}).then(() => this.#writeAll());
    await beginning;
  }

  async #keyIdOf(id: number): Promise<string | null> {
    const file = await open(this.#path(id), "r");
    try {
      const bytes = Buffer.alloc(frameOverheadBytes);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return firstFrameKeyId(bytes.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  }

  async removeBefore(segment: number): Promise<void> {
    while (this.#segments.length > 1 && (this.#segments[0]?.id ?? segment) < segment) {
      const gone = this.#segments.shift();
      if (gone) await unlink(this.#path(gone.id)).catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  #path(id: number): string {
    return join(this.#options.directory, `${String(id).padStart(12, "0")}.journal`);
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}
