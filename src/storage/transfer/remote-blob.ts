import { backoffDelay } from "../../common/backoff.ts";
import { systemClock } from "../../common/clock.ts";

/** A blob or object as its service lists it. */
export interface RemoteBlob {
  readonly name: string;
  readonly sizeBytes: number;
  /** Another one after each change, as the service gives it. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface RemoteBlock {
  readonly id: string;
  readonly sizeBytes: number;
}

export interface ByteRange {
  readonly start: number;
  /** Excluded. */
  readonly end: number;
}

/** Blobs below one prefix of a service, for reading only. */
export interface RemoteContainer {
  list(signal: AbortSignal): AsyncIterable<RemoteBlob>;
  /** The bytes of that version; throws `PreconditionFailed` when the blob has changed since. */
  read(blob: RemoteBlob, range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The committed blocks in order; null where the service has none. */
  blocks: ((blob: RemoteBlob, signal: AbortSignal) => Promise<readonly RemoteBlock[]>) | null;
}

/** Tries without a new byte in between before a read counts as failed. */
const fruitlessTryCountMax = 6;
const backoff = { minimumMilliseconds: 200, maximumMilliseconds: 10_000 };
/** A connection that stays silent for so long is taken for cut. */
const silenceMilliseconds = 60_000;

export interface ResumedRead {
  readonly range: ByteRange;
  readonly signal: AbortSignal;
  /** Starts to read at `start`. */
  open(start: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  isTransient(error: unknown): boolean;
}

/** Reads a range whose connection may be cut: goes on behind the last byte that came. */
export async function* readResumed(read: ResumedRead): AsyncGenerator<Uint8Array> {
  const { range, signal } = read;
  let at = range.start;
  for (let attempt = 0; at < range.end; attempt++) {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error("no answer")), silenceMilliseconds);
    let isOpen = false;
    try {
      const bytes = await read.open(at, AbortSignal.any([signal, silence.signal]));
      isOpen = true;
      for await (const part of bytes) {
        timer.refresh();
        at += part.byteLength;
        attempt = 0;
        yield part;
        timer.refresh();
      }
      if (at < range.end) throw new Error("the connection ended before all bytes had come");
    } catch (error) {
      signal.throwIfAborted();
      // What fails once the answer has begun is the connection, whatever the error is called.
      const isCut = isOpen || silence.signal.aborted || read.isTransient(error);
      if (attempt + 1 >= fruitlessTryCountMax || !isCut) throw error;
      await systemClock.sleep(backoffDelay(backoff, attempt), signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
