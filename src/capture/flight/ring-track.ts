import { mkdir } from "node:fs/promises";
import { backoffDelay } from "../../common/backoff.ts";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { secretDirectoryMode } from "../../common/files.ts";
import { type DumpcapExit, type DumpcapProcess, startDumpcap } from "../dumpcap.ts";
import { unwrittenMilliseconds } from "../recording-gaps.ts";
import { nextRun, ringBasePath } from "./ring-file.ts";

const retryBackoff = { minimumMilliseconds: 200, maximumMilliseconds: 10_000 };
/** One that ran this long was well: the next start is quick again. */
const steadyMilliseconds = 10_000;

export interface RingTrackOptions {
  directory: string;
  interfaceName: string;
  networkNamespace: string | null;
  filter: string;
  snapLengthBytes: number;
  fileSizeBytes: number;
  /** dumpcap's own bound, for when the agent hangs: the agent itself deletes sooner. */
  fileCountMax: number;
  fileSecondsMax: number | null;
  kernelBufferBytes: number;
  /** The start of dumpcap before this one, of an earlier agent too. */
  lastRun: number;
  /** When the recording before this one ended, and why; null: there was none. */
  endedBefore: { at: number; reason: string } | null;
  clock: Clock;
  /** A file was begun, and the one before it is whole. */
  onFile: () => void;
  onGap: (from: number, to: number, reason: string) => void;
  /** It does not record now, and why; null: it does again. */
  onTrouble: (reason: string | null) => void;
  /** The file system is full: something must go before it is tried again. */
  onFull: () => void;
}

/** Keeps one interface recorded into its files of the ring, until it is closed or the interface is gone. */
export class RingTrack {
  readonly #options: RingTrackOptions;
  readonly #abort = new AbortController();
  #process: DumpcapProcess | null = null;
  #current: string | null = null;
  #run: number;
  #startedAt: number | null = null;
  #endedBefore: RingTrackOptions["endedBefore"];
  #drops: number | null = 0;
  #packets = 0;
  #restart: { reason: string; pauseMilliseconds: number } | null = null;

  constructor(options: RingTrackOptions) {
    this.#options = options;
    this.#run = options.lastRun;
    this.#endedBefore = options.endedBefore;
  }

  get interfaceName(): string {
    return this.#options.interfaceName;
  }

  get lastRun(): number {
    return this.#run;
  }

  get snapLengthBytes(): number {
    return this.#options.snapLengthBytes;
  }

  /** The file being written. */
  get current(): string | null {
    return this.#current;
  }

  /** The run that records now, and since when; null: none does. */
  get recording(): { run: number; startedAt: number } | null {
    const startedAt = this.#startedAt;
    return this.#process && startedAt !== null ? { run: this.#run, startedAt } : null;
  }

  /** When it last recorded, and why no longer; null while it records. */
  get ended(): RingTrackOptions["endedBefore"] {
    return this.recording ? null : this.#endedBefore;
  }

  /**
   * Lost by recorders that have ended. Null: not known, because one was killed before it could say, or
   * none has ended and the one that runs says it at its end.
   */
  get drops(): number | null {
    return this.#drops === 0 && this.#process ? null : this.#drops;
  }

  get packets(): number {
    return this.#packets + (this.#process?.packets() ?? 0);
  }

  /** Resolves when it was closed, or the interface is gone. */
  async run(): Promise<void> {
    const { clock, onTrouble } = this.#options;
    for (let attempt = 0; !this.#abort.signal.aborted; attempt++) {
      const begun = clock.now();
      const exit = await this.#runOnce();
      if (this.#abort.signal.aborted || exit === "gone") return;
      if (clock.now() - begun > steadyMilliseconds) attempt = 0;
      const restart = this.#restart;
      this.#restart = null;
      if (restart?.pauseMilliseconds === 0) continue;
      onTrouble(restart?.reason ?? exit);
      const pause = restart?.pauseMilliseconds ?? backoffDelay(retryBackoff, attempt);
      await clock.sleep(pause, this.#abort.signal).catch(() => {});
    }
  }

  /** The process that records now. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Ends the recorder, and begins another after a pause. */
  restart(reason: string, pauseMilliseconds = 0): void {
    if (!this.#process) return;
    this.#restart = { reason, pauseMilliseconds };
    this.#process.terminate().catch(() => {});
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#process?.terminate();
  }

  /** One dumpcap from start to end; why it ended. */
  async #runOnce(): Promise<string> {
    const started = await this.#start().catch((error: unknown) => describeError(error));
    if (typeof started === "string") return started;
    if (this.#abort.signal.aborted) void started.terminate();
    const exit = await started.exited;
    this.#ended(exit);
    if (exit.reason === "interfaceGone") return "gone";
    if (exit.reason === "diskFull") this.#options.onFull();
    return exit.message;
  }

  async #start(): Promise<DumpcapProcess> {
    const options = this.#options;
    await mkdir(options.directory, { recursive: true, mode: secretDirectoryMode });
    this.#run = nextRun(this.#run);
    const process = await startDumpcap({
      ...options,
      filePath: ringBasePath(options.directory, options.interfaceName, this.#run),
      fileSizeKilobytesMax: null,
      ring: {
        fileSizeKilobytes: Math.max(1, Math.floor(options.fileSizeBytes / 1_000)),
        fileCountMax: options.fileCountMax,
        endsAfterFileCount: null,
        durationSecondsMax: options.fileSecondsMax,
      },
      onFile: (path) => {
        this.#current = path;
        options.onFile();
      },
    });
    this.#process = process;
    this.#startedAt = process.readyAt;
    if (this.#endedBefore) {
      options.onGap(this.#endedBefore.at, process.readyAt, this.#endedBefore.reason);
    }
    options.onTrouble(null);
    return process;
  }

  #ended(exit: DumpcapExit): void {
    // One that is ended in order writes what it has.
    const unwritten = exit.reason === "failed" ? unwrittenMilliseconds : 0;
    const now = this.#options.clock.now();
    const at = Math.max(now - unwritten, Math.min(now, this.#startedAt ?? now));
    const reason = this.#restart?.reason ?? exit.message;
    this.#process = null;
    this.#current = null;
    this.#endedBefore = { at, reason };
    this.#packets += exit.packets;
    // One that was killed has not said what it lost.
    const isKnown = this.#drops !== null && exit.signal !== "SIGKILL";
    this.#drops = isKnown ? (this.#drops ?? 0) + exit.drops : null;
  }
}
