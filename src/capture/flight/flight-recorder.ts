import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, Lifecycle, startLoop } from "../../common/lifecycle.ts";
import { holdLock } from "../../common/lock-file.ts";
import type { RecorderState } from "../../common/host-state.ts";
import type { Log } from "../../common/log.ts";
import { endLeftovers } from "../leftover-processes.ts";
import { listUsableInterfaces } from "../network-namespace.ts";
import { unwrittenMilliseconds } from "../recording-gaps.ts";
import { ClockSteps, type ClockStep } from "./clock-steps.ts";
import { CpuLimit } from "./cpu-limit.ts";
import type { CoverageGap } from "./coverage.ts";
import { Gaps } from "./gaps.ts";
import { type HoldFacts, Holds } from "./holds.ts";
import { RecorderLoadMeter } from "./recorder-load.ts";
import { recorderStateOf } from "./recorder-state.ts";
import { listRingFiles, namedMilliseconds, namedTime } from "./ring-file.ts";
import { openRingFolder, type RingFolder } from "./ring-folder.ts";
import { RingRoom } from "./ring-room.ts";
import { RingTrack } from "./ring-track.ts";
import type { FlightRecorderSettings } from "./settings.ts";

/** In another namespace a program is run to list its interfaces. */
const lookMilliseconds = { own: 1_000, other: 2_000 };
const spareFileCount = 4;
const kernelBufferBytesMin = 2 << 20;
/** After it used too much of the processors. */
const restMilliseconds = 60_000;
const holdAttemptCountMax = 8;

export interface FlightRecorderOptions {
  settings: FlightRecorderSettings;
  /** Whose ring it is: the agent's own folder. */
  owner: string;
  networkNamespace: string | null;
  clock: Clock;
  log: Log;
}

/** How the recorder stands, for people. */
export interface FlightRecorderState {
  directory: string;
  sizeBytesMax: number;
  sizeBytes: number;
  heldBytes: number;
  interfaces: {
    name: string;
    isRecorded: boolean;
    /** The run that records now, and since when; milliseconds since the epoch. */
    recording: { run: number; startedAt: number } | null;
    packets: number;
    trouble: string | null;
  }[];
  /** Interfaces that are up and not watched, because there are more than allowed. */
  unwatched: string[];
}

/** Keeps the last of the host's traffic, and lets sessions hold it. */
export interface FlightRecorder extends Closable {
  /** Holds all that is in the ring now, before it returns; nothing older than `neededFrom` is wanted. Throws when it cannot. */
  hold(sessionId: string, neededFrom: number): HoldFacts;
  /** The holds of sessions; for whoever cuts. */
  readonly holds: Holds;
  /** Removes the holds of all other sessions. */
  keepHolds(sessionIds: readonly string[]): void;
  gapsWithin(interfaceName: string, from: number, to: number): CoverageGap[];
  clockStepsSince(from: number): ClockStep[];
  /** Lost by the recorders of an interface that have ended; null: not known. */
  dropsOf(interfaceName: string): number | null;
  state(): FlightRecorderState;
  /** How it stands, for people; what it does a second is since the last time that this was asked. */
  standing(): RecorderState;
}

/**
 * Opens the recorder: what an earlier agent left running is ended, its files are taken over, and from
 * then on every interface is recorded, whatever comes and goes. Throws `Conflict` when another process
 * has the folder, `CaptureFileFailed` when there is none.
 */
export async function openFlightRecorder(options: FlightRecorderOptions): Promise<FlightRecorder> {
  const { settings, owner, clock, log } = options;
  const folder = await openRingFolder(settings.directory, owner);
  const life = new Lifecycle();
  try {
    life.add(await holdLock(join(folder.directory, "lock"), "the flight recorder's ring"));
    const ended = await endLeftovers(folder.directory, clock);
    if (ended > 0) log.warn({ count: ended }, "flight recorders left by a killed agent were ended");
    const gaps = life.add(await Gaps.open(folder.directory));
    const recorder = life.add(new Recorder(options, folder, gaps));
    const { networkNamespace } = options;
    const loop = life.add(
      startLoop({
        intervalMilliseconds:
          networkNamespace === null ? lookMilliseconds.own : lookMilliseconds.other,
        work: () => recorder.look(),
        onError: (error) => recorder.failedToLook(describeError(error)),
      }),
    );
    recorder.onChange = () => loop.wake();
    const { directory, isInMemory } = folder;
    const { sizeBytesMax } = recorder.state();
    log.info({ directory, isInMemory, sizeBytesMax }, "flight recorder is on");
    return {
      hold: (sessionId, neededFrom) => recorder.hold(sessionId, neededFrom),
      holds: recorder.holds,
      keepHolds: (sessionIds) => recorder.keepHolds(sessionIds),
      gapsWithin: (name, from, to) => recorder.gapsWithin(name, from, to),
      clockStepsSince: (from) => recorder.clockSteps.since(from),
      dropsOf: (name) => recorder.dropsOf(name),
      state: () => recorder.state(),
      standing: () => recorder.standing(),
      close: () => life.close(),
    };
  } catch (error) {
    await life.close().catch(() => {});
    throw error;
  }
}

class Recorder implements Closable {
  readonly holds: Holds;
  readonly clockSteps: ClockSteps;
  /** Something happened that is worth a look. */
  onChange: () => void = () => {};
  readonly #options: FlightRecorderOptions;
  readonly #directory: string;
  readonly #isInMemory: boolean;
  readonly #loadMeter = new RecorderLoadMeter();
  readonly #gaps: Gaps;
  readonly #room: RingRoom;
  readonly #tracks = new Map<string, RingTrack>();
  readonly #running = new Set<Promise<void>>();
  readonly #trouble = new Map<string, string>();
  /** Of interfaces that were recorded before and are not now. */
  readonly #ended = new Map<string, { at: number; reason: string }>();
  readonly #lastRuns = new Map<string, number>();
  #unwatched: string[] = [];
  #lookFailure: string | null = null;
  readonly #cpuLimit: CpuLimit | null;
  #closed = false;

  constructor(options: FlightRecorderOptions, folder: RingFolder, gaps: Gaps) {
    this.#options = options;
    this.#directory = folder.directory;
    this.#isInMemory = folder.isInMemory;
    this.#gaps = gaps;
    this.holds = new Holds(folder.directory);
    this.clockSteps = new ClockSteps(options.clock);
    const { cpuShareMax } = options.settings;
    this.#cpuLimit = cpuShareMax === null ? null : new CpuLimit(cpuShareMax);
    this.#room = new RingRoom({ ...options, folder, holds: this.holds });
    this.#adopt();
  }

  /** Compares what is with what should be, and changes what differs. */
  async look(): Promise<void> {
    const { settings, networkNamespace, log } = this.#options;
    const step = this.clockSteps.look();
    if (step) log.warn({ ...step }, "the clock jumped; packets are stamped by it");
    const up = await listUsableInterfaces(networkNamespace);
    if (this.#closed) return;
    const { interfaces } = settings;
    const wanted = interfaces.length === 0 ? up : up.filter((name) => interfaces.includes(name));
    await this.#closeOthers(wanted);
    this.#startMissing(wanted);
    for (const track of this.#tracks.values()) {
      if (track.current !== null && !existsSync(track.current)) {
        track.restart("its file was removed from the ring's folder");
      }
    }
    this.#room.trim(this.#currents());
    this.#room.enforce();
    this.#restBusiest();
    this.#lookFailure = null;
  }

  /** Said once, not each second. */
  failedToLook(reason: string): void {
    if (reason === this.#lookFailure) return;
    this.#lookFailure = reason;
    this.#options.log.warn({ reason }, "flight recorder cannot look");
  }

  /** In a full folder the ring's oldest files make room for the hold. */
  hold(sessionId: string, neededFrom: number): HoldFacts {
    const heldAt = this.#options.clock.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#hold(sessionId, { heldAt, neededFrom });
      } catch (error) {
        const isFull = (error as NodeJS.ErrnoException).code === "ENOSPC";
        if (!isFull || attempt >= holdAttemptCountMax) throw error;
        this.#room.trim(this.#currents(), 2 ** attempt);
      }
    }
  }

  #hold(sessionId: string, when: { heldAt: number; neededFrom: number }): HoldFacts {
    const { settings } = this.#options;
    return this.holds.take(sessionId, {
      ...when,
      filter: settings.filter,
      interfaces: Array.from(this.#tracks.values(), (track) => ({
        name: track.interfaceName,
        snapLengthBytes: track.snapLengthBytes,
        recording: track.recording,
        troubleReason: this.#trouble.get(track.interfaceName) ?? null,
      })),
    });
  }

  keepHolds(sessionIds: readonly string[]): void {
    const kept = new Set(sessionIds.map((id) => id.toLowerCase()));
    for (const sessionId of this.holds.sessionIds) {
      if (kept.has(sessionId)) this.holds.reopen(sessionId);
      else this.holds.release(sessionId);
    }
  }

  /** Those that ended, and the one that goes on now. */
  gapsWithin(name: string, from: number, to: number): CoverageGap[] {
    const track = this.#tracks.get(name);
    const ended = track ? track.ended : this.#ended.get(name);
    const open = ended && ended.at < to ? [{ ...ended, to: this.#options.clock.now() }] : [];
    return [
      ...this.#gaps.within(name, from, to),
      ...open.map((gap) => ({
        interfaceName: name,
        from: new Date(Math.max(gap.at, from)).toISOString(),
        to: new Date(Math.min(gap.to, to)).toISOString(),
        reason: gap.reason,
      })),
    ];
  }

  dropsOf(name: string): number | null {
    return this.#tracks.get(name)?.drops ?? null;
  }

  state(): FlightRecorderState {
    const files = listRingFiles(this.#directory);
    return {
      directory: this.#directory,
      sizeBytesMax: this.#room.sizeBytesMax,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      heldBytes: this.holds.heldBytes(),
      interfaces: Array.from(this.#tracks.values(), ({ interfaceName, recording, packets }) => ({
        name: interfaceName,
        isRecorded: recording !== null,
        recording,
        packets,
        trouble: this.#trouble.get(interfaceName) ?? null,
      })),
      unwatched: this.#unwatched,
    };
  }

  standing(): RecorderState {
    const { settings, clock } = this.#options;
    const files = listRingFiles(this.#directory);
    const tracks = [...this.#tracks.values()];
    const parts = tracks.map((track) => ({
      track,
      files: files.filter(({ interfaceName }) => interfaceName === track.interfaceName),
      trouble: this.#trouble.get(track.interfaceName) ?? null,
      gaps: (from: number, to: number) => this.gapsWithin(track.interfaceName, from, to),
    }));
    return {
      directory: this.#directory,
      isInMemory: this.#isInMemory,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      sizeBytesMax: this.#room.sizeBytesMax,
      heldBytes: this.holds.heldBytes(),
      heldSizeBytesMax: this.#room.heldSizeBytesMax,
      kernelBufferBytes: settings.kernelBufferBytes,
      snapLengthBytes: settings.snapLengthBytes,
      filter: settings.filter,
      cpuShareMax: settings.cpuShareMax,
      unwatched: this.#unwatched,
      ...recorderStateOf(parts, this.#loadMeter.measure(files, tracks), clock.now()),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#tracks.values(), (track) => track.close()));
    await Promise.all(this.#running);
  }

  /**
   * Files of an agent that is gone: they stay, and what is missing after them is a gap. So is what is missing
   * between two runs, which that agent had perhaps no time to note.
   */
  #adopt(): void {
    const files = listRingFiles(this.#directory);
    for (const [at, file] of files.entries()) {
      const { interfaceName, run } = file;
      const from = file.modifiedAt - unwrittenMilliseconds;
      const endedAt = Math.max(this.#ended.get(interfaceName)?.at ?? 0, from);
      this.#ended.set(interfaceName, { at: endedAt, reason: "the agent was not running" });
      this.#lastRuns.set(interfaceName, Math.max(this.#lastRuns.get(interfaceName) ?? 0, run));
      const next = files[at + 1];
      if (next?.interfaceName !== interfaceName || next.run === run) continue;
      const to = namedTime(next) + namedMilliseconds;
      if (from >= to || this.#gaps.within(interfaceName, from, to).length > 0) continue;
      this.#gaps.add(interfaceName, from, to, "the recorder broke off");
    }
  }

  async #closeOthers(wanted: readonly string[]): Promise<void> {
    for (const [name, track] of this.#tracks) {
      if (wanted.includes(name)) continue;
      await track.close();
      this.#forget(name, track, "the interface is gone or not up");
    }
  }

  #startMissing(wanted: readonly string[]): void {
    const { interfaceCountMax } = this.#options.settings;
    const missing = wanted.filter((name) => !this.#tracks.has(name));
    const room = Math.max(0, interfaceCountMax - this.#tracks.size);
    this.#unwatched = missing.slice(room);
    const count = this.#tracks.size + Math.min(room, missing.length);
    for (const name of missing.slice(0, room)) {
      const running = this.#record(name, count);
      this.#running.add(running);
      void running.then(() => this.#running.delete(running));
    }
  }

  async #record(name: string, interfaceCount: number): Promise<void> {
    const { settings, log, clock, networkNamespace } = this.#options;
    const { kernelBufferBytes, timeSecondsMax, filter } = settings;
    const fileSizeBytes = this.#room.fileSizeBytes(interfaceCount);
    const track = new RingTrack({
      directory: this.#directory,
      interfaceName: name,
      networkNamespace,
      filter,
      snapLengthBytes: settings.snapLengthBytes,
      fileSizeBytes,
      fileCountMax: Math.ceil(this.#room.sizeBytesMax / fileSizeBytes) + spareFileCount,
      fileSecondsMax: timeSecondsMax === null ? null : Math.ceil(timeSecondsMax / 4),
      kernelBufferBytes: Math.max(kernelBufferBytesMin, kernelBufferBytes / interfaceCount),
      lastRun: this.#lastRuns.get(name) ?? 0,
      endedBefore: this.#ended.get(name) ?? null,
      clock,
      onFile: () => this.#room.fileBegan(this.#currents()),
      onGap: (from, to, reason) => this.#gaps.add(name, from, to, reason),
      onTrouble: (reason) => this.#told(name, reason),
      onFull: () => this.#room.trim(this.#currents(), 1),
    });
    this.#tracks.set(name, track);
    await track.run().catch((error: unknown) => {
      log.error({ interfaceName: name, reason: describeError(error) }, "flight recorder ended");
    });
    if (this.#tracks.get(name) === track) this.#forget(name, track, "the interface disappeared");
    if (!this.#closed) this.onChange();
  }

  #forget(name: string, track: RingTrack, reason: string): void {
    this.#tracks.delete(name);
    this.#trouble.delete(name);
    this.#lastRuns.set(name, track.lastRun);
    const { ended } = track;
    if (ended) this.#ended.set(name, { at: ended.at, reason });
  }

  #restBusiest(): void {
    const { cpuShareMax } = this.#options.settings;
    const recording = [...this.#tracks.values()].flatMap(({ interfaceName, pid }) =>
      pid === null ? [] : [[interfaceName, pid] as const],
    );
    const over = this.#cpuLimit?.check(new Map(recording));
    if (!over) return;
    const used = `the recorders used ${over.share.toFixed(2)} processors, ${cpuShareMax} are allowed`;
    this.#tracks.get(over.name)?.restart(`it rests: ${used}`, restMilliseconds);
  }

  #told(name: string, reason: string | null): void {
    const before = this.#trouble.get(name);
    if (reason === null) this.#trouble.delete(name);
    else this.#trouble.set(name, reason);
    if (reason !== null && reason !== before) {
      this.#options.log.warn(
        { interfaceName: name, reason },
        "interface is not recorded; it is tried again",
      );
    }
  }

  #currents(): Set<string> {
    return new Set([...this.#tracks.values()].flatMap(({ current }) => current ?? []));
  }
}
