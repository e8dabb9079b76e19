import { stat, statfs } from "node:fs/promises";
import { type Clock, isoTime } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import { type DumpcapExit, type DumpcapProcess, startDumpcap } from "./dumpcap.ts";
import { listUsableInterfaces } from "./network-namespace.ts";
import type { RecorderProgress, RecordingEnd } from "./recorder.ts";
import type { RingFiles } from "./ring-files.ts";
import type { CoverageGap } from "./flight/coverage.ts";
import { agentWasAway, RecordingGaps, unwrittenMilliseconds } from "./recording-gaps.ts";
import type { CaptureErrorCode, CaptureRing, CaptureStopReason } from "./session.ts";

const tickMilliseconds = 100;
const restartPauseMilliseconds = 20;
/** A file is closed so many bytes before its limit, and a packet with all that offload joins still fits. */
const packetReserveBytes = 70_000;
/** dumpcap's own bound, for when the agent hangs: the agent itself deletes sooner. */
const spareFileCount = 2;

export interface RingRecorderOptions {
  /** Where dumpcap writes. */
  directory: string;
  ring: CaptureRing;
  files: RingFiles;
  interfaces: readonly string[];
  networkNamespace: string | null;
  filter: string;
  snapLengthBytes: number;
  packetsBefore: number;
  packetsDroppedBefore: number;
  /** From the moment of `startedAt`. */
  timeLimitMilliseconds: number;
  /** When an earlier run of this session began; null when this is the first. */
  startedAt: number | null;
  /** When it last wrote. */
  lastWriteAt: number;
  freeSpaceBytesMin: number;
  restartCountMax: number;
  /** The session is let go: what dumpcap was writing waits for the next opening. */
  signal: AbortSignal;
  clock: Clock;
  onStarted: (at: number) => void;
  onProgress: (progress: RecorderProgress) => void;
  /** A file was finished, or overwritten. */
  onFiles: () => void;
  onError: (code: CaptureErrorCode, message: string) => void;
  /** An interface was not recorded for a time. */
  onGap: (gap: CoverageGap) => void;
}

/** The size at which dumpcap begins the next file, so that none is larger than it was asked to be. */
export function ringFileKilobytes(fileSizeInBytes: number): number {
  const reserve = Math.min(packetReserveBytes, fileSizeInBytes / 10);
  return Math.max(1, Math.floor((fileSizeInBytes - reserve) / 1_000));
}

/**
 * Records all interfaces with one dumpcap into files one after the other, until a limit, `stop`, or
 * nothing is left to record. A dumpcap that dies is started again and the files go on.
 */
export class RingRecorder {
  readonly #options: RingRecorderOptions;
  readonly #ending = Promise.withResolvers<{ reason: CaptureStopReason; at: number }>();
  readonly #gaps: RecordingGaps;
  #end: { reason: CaptureStopReason; at: number } | null = null;
  #process: DumpcapProcess | null = null;
  /** The file being written. */
  #current: string | null = null;
  #work: Promise<void> = Promise.resolve();
  #startedAt: number | null;
  #packets: number;
  #drops: number;

  #timeLimitMilliseconds: number;

  constructor(options: RingRecorderOptions) {
    this.#options = options;
    this.#timeLimitMilliseconds = options.timeLimitMilliseconds;
    this.#startedAt = options.startedAt;
    this.#packets = options.packetsBefore;
    this.#drops = options.packetsDroppedBefore;
    this.#gaps = new RecordingGaps(options.onGap);
  }

  /** Ends the recording; packets up to `at` are kept. The first one to ask gives the reason. */
  stop(reason: CaptureStopReason, at: number): void {
    if (this.#end) return;
    this.#end = { reason, at };
    this.#ending.resolve(this.#end);
    // Its end is awaited by the loop that started it; the stop itself does not fail.
    this.#process?.stop(at).catch(() => {});
  }

  /** Lets it go on for longer, while it goes on. */
  extend(timeLimitMilliseconds: number): void {
    this.#timeLimitMilliseconds = Math.max(this.#timeLimitMilliseconds, timeLimitMilliseconds);
  }

  async run(): Promise<RecordingEnd> {
    await this.#checkSpace();
    const watching = this.#watch().catch((error: unknown) => {
      this.#options.onError("InternalError", describeError(error));
      this.stop("Failed", this.#options.clock.now() + 1);
    });
    await this.#record();
    await watching;
    const { reason, at } = await this.#ending.promise;
    this.#gaps.ended(at);
    if (!this.#options.signal.aborted) await this.#takeCurrent(at);
    await this.#work;
    return { ...this.#progress(), reason, endedAt: at };
  }

  async #record(): Promise<void> {
    const { clock, restartCountMax, onError, startedAt, lastWriteAt } = this.#options;
    if (startedAt !== null) {
      const from = Math.max(startedAt, lastWriteAt - unwrittenMilliseconds);
      this.#brokeOff(this.#options.interfaces, from, agentWasAway);
    }
    for (let failures = 0; !this.#end;) {
      const names = await this.#interfaces();
      if (names === null) return;
      const exit = await this.#runDumpcap(names);
      if (this.#end) return;
      if (exit === null) return this.stop("Failed", clock.now() + 1);
      if (exit.reason !== "sizeLimit") {
        const unwritten = exit.reason === "failed" ? unwrittenMilliseconds : 0;
        this.#brokeOff(names, clock.now() - unwritten, exit.message);
      }
      if (exit.reason === "sizeLimit") return this.stop("SizeExceeded", clock.now() + 1);
      if (exit.reason === "diskFull") {
        onError("LocalFileFailed", `disk full: ${exit.message}`);
        return this.stop("DiskFull", clock.now() + 1);
      }
      if (exit.reason === "failed" && ++failures > restartCountMax) {
        onError("CaptureFailed", `recording broke off: ${exit.message}; it is given up`);
        return this.stop("Failed", clock.now() + 1);
      }
      onError(
        "CaptureFailed",
        `recording broke off at ${isoTime(clock.now())}: ${exit.message}; it goes on in a new file`,
      );
      await this.#takeCurrent(Number.POSITIVE_INFINITY);
      await clock.sleep(restartPauseMilliseconds);
    }
  }

  #brokeOff(names: readonly string[], from: number, reason: string): void {
    for (const name of names) this.#gaps.brokeOff(name, from, reason);
  }

  /** Those that were asked for and are there; null when none is left, or no file may be begun. */
  async #interfaces(): Promise<string[] | null> {
    const { interfaces, networkNamespace, clock, ring, files, onError } = this.#options;
    if (!ring.overwrites && files.count >= ring.fileCount) {
      this.stop("SizeExceeded", clock.now() + 1);
      return null;
    }
    const present = new Set(await listUsableInterfaces(networkNamespace));
    const names = interfaces.filter((name) => present.has(name));
    if (names.length > 0) return names;
    onError("CaptureFailed", `none of the interfaces ${interfaces.join(", ")} is up any more`);
    this.stop(this.#startedAt === null ? "Failed" : "InterfaceGone", clock.now() + 1);
    return null;
  }

  async #runDumpcap(names: readonly string[]): Promise<DumpcapExit | null> {
    const { ring, files, onError } = this.#options;
    const [interfaceName = "", ...otherInterfaceNames] = names;
    const { fileCount, overwrites, fileSizeInBytes } = ring;
    try {
      const process = await startDumpcap({
        ...this.#options,
        interfaceName,
        otherInterfaceNames,
        filePath: await files.beginRun(),
        fileSizeKilobytesMax: null,
        ring: {
          fileSizeKilobytes: ringFileKilobytes(fileSizeInBytes),
          fileCountMax: overwrites ? fileCount + spareFileCount : null,
          endsAfterFileCount: overwrites ? null : fileCount - files.count,
        },
        onFile: (path) => this.#fileBegan(path),
      });
      this.#process = process;
      for (const name of names) this.#gaps.began(name, process.readyAt);
      if (this.#startedAt === null) {
        this.#startedAt = process.readyAt;
        this.#options.onStarted(process.readyAt);
      }
      if (this.#end) process.stop((this.#end as { at: number }).at).catch(() => {});
      const exit = await process.exited;
      this.#process = null;
      this.#packets += exit.packets;
      this.#drops += exit.drops;
      return exit;
    } catch (error) {
      onError("CaptureFailed", describeError(error));
      return null;
    }
  }

  /** The file before is whole; with the new one there may be one too many. */
  #fileBegan(path: string): void {
    const { files, ring } = this.#options;
    const before = this.#current;
    const endedAt = this.#endedAt();
    this.#current = path;
    this.#queue(async () => {
      if (before !== null) await files.take(before, { endedAt });
      // What dumpcap still begins after the end pushes nothing out.
      if (ring.overwrites && endedAt === null) await files.keepNewest(ring.fileCount - 1);
    });
  }

  /** From when on packets do not belong to the session; null while they do. */
  #endedAt(): number | null {
    const { clock } = this.#options;
    if (this.#end) return this.#end.at;
    const deadline = (this.#startedAt ?? Number.POSITIVE_INFINITY) + this.#timeLimitMilliseconds;
    return clock.now() >= deadline ? deadline : null;
  }

  async #takeCurrent(endedAt: number): Promise<void> {
    const { files, ring } = this.#options;
    const path = this.#current;
    this.#current = null;
    if (path !== null) {
      this.#queue(async () => {
        await files.take(path, { endedAt });
        if (ring.overwrites) await files.keepNewest(ring.fileCount);
      });
    }
    await this.#work;
  }

  #queue(work: () => Promise<void>): void {
    const { onError, onFiles } = this.#options;
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => onError("LocalFileFailed", describeError(error)))
      .then(onFiles);
  }

  /** Looks at the clock and the disk until the end. */
  async #watch(): Promise<void> {
    const { clock, onProgress } = this.#options;
    while (!this.#end) {
      const deadline =
        this.#startedAt === null
          ? Number.POSITIVE_INFINITY
          : this.#startedAt + this.#timeLimitMilliseconds;
      if (clock.now() >= deadline) return this.stop("TimeExceeded", deadline);
      onProgress(this.#progress());
      await this.#checkSpace();
      const pause = Math.max(1, Math.min(tickMilliseconds, deadline - clock.now()));
      await Promise.race([clock.sleep(pause), this.#ending.promise]);
    }
  }

  /** The last file is written once more at the end. */
  async #checkSpace(): Promise<void> {
    const { directory, freeSpaceBytesMin, clock, onError } = this.#options;
    const { bavail, bsize } = await statfs(directory);
    const current = this.#current === null ? null : await stat(this.#current).catch(() => null);
    const needed = freeSpaceBytesMin + (current?.size ?? 0);
    if (bavail * bsize >= needed || this.#end) return;
    onError(
      "LocalFileFailed",
      `disk full: ${bavail * bsize} bytes are free for ${directory}, at least ${needed} are needed`,
    );
    this.stop("DiskFull", clock.now() + 1);
  }

  #progress(): RecorderProgress {
    return {
      packets: this.#packets + (this.#process?.packets() ?? 0),
      packetsDropped: this.#drops,
      sizeBytes: this.#options.files.sizeBytes,
    };
  }
}
