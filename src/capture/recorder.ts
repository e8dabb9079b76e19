import { stat, statfs } from "node:fs/promises";
import { type Clock, isoTime } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import { type DumpcapExit, type DumpcapProcess, startDumpcap } from "./dumpcap.ts";
import { nextPartNumber, partCountMax, partPath } from "./parts.ts";
import type { CoverageGap } from "./flight/coverage.ts";
import { agentWasAway, RecordingGaps, unwrittenMilliseconds } from "./recording-gaps.ts";
import type { CaptureErrorCode, CaptureStopReason } from "./session.ts";

const tickMilliseconds = 100;
const restartPauseMilliseconds = 20;
/**
 * Recorded beyond the session's size, so that the finished file, trimmed to it, is full although the
 * parts' own headers and statistics are left away.
 */
const sizeReserveBytes = 65_536;

export interface RecorderOptions {
  /** Where the parts go. */
  directory: string;
  interfaces: readonly string[];
  networkNamespace: string | null;
  filter: string;
  snapLengthBytes: number;
  /** Of all interfaces and earlier parts together; 0 is no limit. */
  sizeBytesMax: number;
  /** Already in other parts: earlier ones, and what came out of the flight recorder's ring. */
  sizeBytesBefore: () => number;
  packetsDroppedBefore: number;
  /** From the moment of `startedAt`. */
  timeLimitMilliseconds: number;
  /** When an earlier run of this session began; null when this is the first. */
  startedAt: number | null;
  /** When it last wrote. */
  lastWriteAt: number;
  freeSpaceBytesMin: number;
  restartCountMax: number;
  clock: Clock;
  onStarted: (at: number) => void;
  onProgress: (progress: RecorderProgress) => void;
  onError: (code: CaptureErrorCode, message: string) => void;
  /** An interface was not recorded for a time. */
  onGap: (gap: CoverageGap) => void;
}

export interface RecorderProgress {
  packets: number;
  packetsDropped: number;
  sizeBytes: number;
}

export interface RecordingEnd extends RecorderProgress {
  reason: CaptureStopReason;
  /** Nothing after it belongs to the session; milliseconds since the epoch. */
  endedAt: number;
}

/** How the recording of one interface ended: as the session wanted it, or because it had to. */
type TrackEnd = "stopped" | "interfaceGone" | "failed";

/** Records several interfaces at once, one dumpcap each, until a limit, `stop`, or nothing is left to record. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #ending = Promise.withResolvers<{ reason: CaptureStopReason; at: number }>();
  readonly #running = new Set<DumpcapProcess>();
  readonly #files: string[] = [];
  readonly #gaps: RecordingGaps;
  #end: { reason: CaptureStopReason; at: number } | null = null;
  #startedAt: number | null;
  #packets = 0;
  #drops = 0;
  #partNumber = 0;

  #timeLimitMilliseconds: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#timeLimitMilliseconds = options.timeLimitMilliseconds;
    this.#startedAt = options.startedAt;
    this.#drops = options.packetsDroppedBefore;
    this.#gaps = new RecordingGaps(options.onGap);
  }

  /** Ends the recording; packets up to `at` are kept. The first one to ask gives the reason. */
  stop(reason: CaptureStopReason, at: number): void {
    if (this.#end) return;
    this.#end = { reason, at };
    this.#ending.resolve(this.#end);
    for (const process of this.#running) this.#stopProcess(process, at);
  }

  /** Lets it go on for longer, while it goes on. */
  extend(timeLimitMilliseconds: number): void {
    this.#timeLimitMilliseconds = Math.max(this.#timeLimitMilliseconds, timeLimitMilliseconds);
  }

  async run(): Promise<RecordingEnd> {
    this.#partNumber = await nextPartNumber(this.#options.directory);
    await this.#checkSpace(0);
    const tracks = this.#options.interfaces.map((name) => this.#track(name));
    const watching = this.#watch().catch((error: unknown) => {
      this.#options.onError("InternalError", describeError(error));
      this.stop("Failed", this.#options.clock.now() + 1);
    });
    const ends = await Promise.all(tracks);
    this.stop(reasonOf(ends), this.#options.clock.now() + 1);
    await watching;
    const { reason, at } = await this.#ending.promise;
    this.#gaps.ended(at);
    return { ...(await this.#progress()), reason, endedAt: at };
  }

  /** One interface from its first dumpcap to its last. */
  async #track(name: string): Promise<TrackEnd> {
    const { startedAt, lastWriteAt, clock } = this.#options;
    if (startedAt !== null) {
      const from = Math.max(startedAt, lastWriteAt - unwrittenMilliseconds);
      this.#gaps.brokeOff(name, from, agentWasAway);
    }
    for (let attempt = 0; !this.#end; attempt++) {
      const process = await this.#startPart(name);
      if (process === null) {
        this.#gaps.brokeOff(name, this.#startedAt ?? clock.now(), "it could not be recorded");
        return "failed";
      }
      const exit = await process.exited;
      this.#running.delete(process);
      this.#packets += exit.packets;
      this.#drops += exit.drops;
      const end = this.#judge(name, exit);
      if (end !== "stopped") {
        const unwritten = end === "failed" ? unwrittenMilliseconds : 0;
        const from = Math.max(process.readyAt, clock.now() - unwritten);
        this.#gaps.brokeOff(name, from, exit.message);
      }
      if (end !== "failed") return end;
      if (this.#end) return "stopped";
      const again = attempt < this.#options.restartCountMax;
      const outcome = again ? "recording goes on in a new part" : "it is given up";
      this.#options.onError(
        "CaptureFailed",
        `recording of interface ${name} broke off at ${isoTime(this.#options.clock.now())}: ${exit.message}; ${outcome}`,
      );
      if (!again) return "failed";
      await clock.sleep(restartPauseMilliseconds);
    }
    return "stopped";
  }

  async #startPart(name: string): Promise<DumpcapProcess | null> {
    const options = this.#options;
    if (this.#partNumber > partCountMax) {
      options.onError(
        "CaptureFailed",
        `interface ${name} is not recorded any more: the session has ${partCountMax} parts, the most allowed`,
      );
      return null;
    }
    const filePath = partPath(options.directory, this.#partNumber++, name);
    try {
      const process = await startDumpcap({
        ...options,
        interfaceName: name,
        filePath,
        fileSizeKilobytesMax: this.#fileSizeKilobytesMax(),
      });
      this.#files.push(filePath);
      this.#running.add(process);
      this.#began(process.readyAt);
      this.#gaps.began(name, process.readyAt);
      if (this.#end) this.#stopProcess(process, this.#end.at);
      return process;
    } catch (error) {
      options.onError("CaptureFailed", describeError(error));
      return null;
    }
  }

  #stopProcess(process: DumpcapProcess, at: number): void {
    // Its end is awaited by its track; the stop itself does not fail.
    process.stop(at).catch(() => {});
  }

  #began(at: number): void {
    if (this.#startedAt !== null) return;
    this.#startedAt = at;
    this.#options.onStarted(at);
  }

  #fileSizeKilobytesMax(): number | null {
    const { sizeBytesMax } = this.#options;
    return sizeBytesMax === 0 ? null : Math.ceil((sizeBytesMax + sizeReserveBytes) / 1_000);
  }

  /** What one dumpcap's end means for its interface, and for the session. */
  #judge(name: string, exit: DumpcapExit): TrackEnd {
    const { clock, onError } = this.#options;
    if (exit.reason === "failed" || exit.reason === "stopped") return exit.reason;
    if (exit.reason === "interfaceGone") {
      const at = isoTime(clock.now());
      onError("CaptureFailed", `interface ${name} disappeared at ${at}: ${exit.message}`);
      return "interfaceGone";
    }
    const full = exit.reason === "diskFull";
    if (full) onError("LocalFileFailed", `disk full, recording interface ${name}: ${exit.message}`);
    this.stop(full ? "DiskFull" : "SizeExceeded", clock.now() + 1);
    return "stopped";
  }

  /** Looks at the clock, the sizes and the disk until the end. */
  async #watch(): Promise<void> {
    const { clock, onProgress, sizeBytesMax } = this.#options;
    while (!this.#end) {
      const deadline =
        this.#startedAt === null
          ? Number.POSITIVE_INFINITY
          : this.#startedAt + this.#timeLimitMilliseconds;
      if (clock.now() >= deadline) return this.stop("TimeExceeded", deadline);
      const progress = await this.#progress();
      onProgress(progress);
      if (sizeBytesMax > 0 && progress.sizeBytes >= sizeBytesMax + sizeReserveBytes) {
        return this.stop("SizeExceeded", clock.now() + 1);
      }
      await this.#checkSpace(progress.sizeBytes);
      const pause = Math.max(1, Math.min(tickMilliseconds, deadline - clock.now()));
      await Promise.race([clock.sleep(pause), this.#ending.promise]);
    }
  }

  /** Finishing needs the recording's size once more. */
  async #checkSpace(sizeBytes: number): Promise<void> {
    const { directory, freeSpaceBytesMin, clock, onError } = this.#options;
    const { bavail, bsize } = await statfs(directory);
    const needed = freeSpaceBytesMin + sizeBytes;
    if (bavail * bsize >= needed || this.#end) return;
    onError(
      "LocalFileFailed",
      `disk full: ${bavail * bsize} bytes are free for ${directory}, at least ${needed} are needed`,
    );
    this.stop("DiskFull", clock.now() + 1);
  }

  async #progress(): Promise<RecorderProgress> {
    const sizes = await Promise.all(
      this.#files.map((path) =>
        stat(path).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    const running = [...this.#running].reduce((sum, process) => sum + process.packets(), 0);
    return {
      packets: this.#packets + running,
      packetsDropped: this.#drops,
      sizeBytes: this.#options.sizeBytesBefore() + sizes.reduce((sum, size) => sum + size, 0),
    };
  }
}

/** Why a session ended whose interfaces all ended by themselves. */
function reasonOf(ends: readonly TrackEnd[]): CaptureStopReason {
  return ends.includes("interfaceGone") && !ends.includes("failed") ? "InterfaceGone" : "Failed";
}
