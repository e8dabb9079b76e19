import { stat } from "node:fs/promises";
import type { Clock } from "./clock.ts";
import { describeError } from "./errors.ts";
import { type Closable, startLoop } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import {
  findNext,
  findRenamed,
  type FilePlace,
  isAt,
  type OpenFile,
  openIfThere,
  placeOf,
} from "./file-place.ts";
import { lineSizeBytesMax, readLines } from "./line-reader.ts";

const intervalMillisecondsDefault = 500;
const repeatMilliseconds = 60_000;
/** A writer that was told of a rotation late still has this long to write its last lines to the renamed file. */
const renamedGraceMilliseconds = 5_000;

export interface FollowOptions {
  path: string;
  /** Where the place is kept over restarts; null before the first one. */
  place: { get(): Promise<FilePlace | null>; put(place: FilePlace): Promise<void> };
  /** Acts on lines; while it throws, they come again. */
  take: (lines: readonly string[]) => Promise<void>;
  /** Called when lines may have been lost: the file was emptied or is gone with a part that was not read, or a line was too long. */
  onGap: (what: "emptied" | "gone" | "lineTooLong") => void;
  clock: Clock;
  log: Log;
  intervalMilliseconds?: number;
}

/**
 * Follows a file as it grows and is rotated, each line at least once: the place is written after the lines were acted on.
 * A file that is there when it is first followed is read from its end; all that comes later from its beginning.
 */
export function followFile(options: FollowOptions): Closable & { wake(): void } {
  const { path, clock, log } = options;
  const follower = new Follower(options);
  let told = { reason: "", at: 0 };
  /** A failure that lasts is told once a minute. */
  const tell = (error: unknown): void => {
    const reason = describeError(error);
    if (reason === told.reason && clock.now() - told.at < repeatMilliseconds) return;
    told = { reason, at: clock.now() };
    log.warn({ path, reason }, "file is not read on");
  };
  const loop = startLoop({
    intervalMilliseconds: options.intervalMilliseconds ?? intervalMillisecondsDefault,
    work: (signal) => follower.step(signal),
    onError: tell,
  });
  return {
    wake: () => loop.wake(),
    async close() {
      await loop.close();
      await follower.close();
    },
  };
}

class Follower {
  readonly #options: FollowOptions;
  readonly #buffer = Buffer.allocUnsafe(lineSizeBytesMax);
  #file: OpenFile | null = null;
  #inLongLine = false;
  /** When the file under the path was first seen to be another one. */
  #renamedAt: number | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Reads all that there is now. */
  async step(signal: AbortSignal): Promise<void> {
    this.#file ??= await this.#open();
    if (this.#file !== null) await this.#checkStart(this.#file);
    while (this.#file !== null && !signal.aborted) {
      if (await this.#readOn(this.#file)) continue;
      if (!(await this.#turn(this.#file))) return;
    }
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
    this.#file = null;
  }

  /** The file in which the place is; null while there is none. */
  async #open(): Promise<OpenFile | null> {
    const { path } = this.#options;
    const place = await this.#options.place.get();
    const handle = await openIfThere(path);
    if (handle === null) {
      if (place === null) await this.#keep(beginning);
      return place === null || place.inode === "" ? null : this.#openRenamed(place);
    }
    if (place === null) {
      const { size } = await handle.stat();
      const end = await placeOf(handle, size);
      await this.#keep(end);
      return { handle, place: end };
    }
    if (place.inode === "") return { handle, place: await placeOf(handle, 0) };
    if (await isAt(handle, place)) return { handle, place };
    const { ino } = await handle.stat({ bigint: true });
    const renamed = await this.#openRenamed(place);
    if (renamed !== null) {
      await handle.close();
      return renamed;
    }
    this.#options.onGap(String(ino) === place.inode ? "emptied" : "gone");
    return { handle, place: await placeOf(handle, 0) };
  }

  async #openRenamed(place: FilePlace): Promise<OpenFile | null> {
    const handle = await findRenamed(this.#options.path, place);
    return handle && { handle, place };
  }

  /** A file that was emptied and filled again is read from its beginning. */
  async #checkStart(file: OpenFile): Promise<void> {
    if (await isAt(file.handle, file.place)) return;
    this.#options.onGap("emptied");
    this.#inLongLine = false;
    file.place = await placeOf(file.handle, 0);
  }

  /** True when there was something to read. */
  async #readOn(file: OpenFile): Promise<boolean> {
    const { offset } = file.place;
    const from = { offset, inLongLine: this.#inLongLine };
    const chunk = await readLines(file.handle, from, this.#buffer);
    if (chunk.lines.length > 0) await this.#options.take(chunk.lines);
    if (chunk.inLongLine && !this.#inLongLine) this.#options.onGap("lineTooLong");
    this.#inLongLine = chunk.inLongLine;
    if (chunk.offset === offset) return false;
    file.place = await placeOf(file.handle, chunk.offset);
    await this.#keep(file.place);
    return true;
  }

  /** At the file's end: goes on in the next one when there is one. True when there is more to read. */
  async #turn(file: OpenFile): Promise<boolean> {
    const { path, clock } = this.#options;
    const named = await stat(path, { bigint: true }).catch(() => null);
    if (named === null) return false; // the next one is yet to come
    if (String(named.ino) === file.place.inode) {
      this.#renamedAt = null;
      return false;
    }
    this.#renamedAt ??= clock.now();
    if (clock.now() - this.#renamedAt < renamedGraceMilliseconds) return false;
    this.#renamedAt = null;
    this.#inLongLine = false;
    const between = await findNext(path, file, () => this.#options.onGap("gone"));
    await file.handle.close();
    const handle = between ?? (await openIfThere(path));
    this.#file = handle && { handle, place: await placeOf(handle, 0) };
    await this.#keep(this.#file?.place ?? beginning);
    return true;
  }

  async #keep(place: FilePlace): Promise<void> {
    await this.#options.place.put(place);
  }
}

/** Whatever comes is read from its beginning. */
const beginning: FilePlace = { inode: "", offset: 0, head: "", headSizeBytes: 0 };
