import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { NightcapError } from "../common/errors.ts";
import { secretDirectoryMode } from "../common/files.ts";
import { holdLock } from "../common/lock-file.ts";
import { parseSettings } from "../common/settings.ts";
import { compileFilters } from "../arm/capture-filter.ts";
import { endLeftovers } from "./leftover-processes.ts";
import { assertFilePath } from "./local-file.ts";
import { assertInterfaceName, namespaceCommand } from "./network-namespace.ts";
import { newRecord, readRecords, reviveRecord, writeRecord } from "./session-record.ts";
import type { RunnerContext } from "./runner-context.ts";
import { sessionPrivacy } from "./session-privacy.ts";
import { SessionRunner } from "./session-runner.ts";
import type { CaptureObservation, CaptureSpec } from "./session.ts";
import { type CaptureSettings, captureSettings } from "./settings.ts";

/** Records kept, finished ones included; as many as an agent reports to its control plane. */
const recordCountMax = 10_000;

export interface SessionManagerOptions
  extends
    Pick<
      RunnerContext,
      "networkNamespace" | "upload" | "requestFile" | "ownersOf" | "clock" | "log" | "onObserved"
    >,
    Partial<Pick<RunnerContext, "flightRecorder" | "clockOffsetMilliseconds" | "uploadAhead">>,
    Partial<CaptureSettings> {
  /** State and work files; parts are written here, so it wants room. */
  directory: string;
}

/** All capture sessions of a host. */
export interface SessionManager {
  /**
   * Begins a session; it is on disk when this resolves. A known sessionId is not begun again, but its
   * new `uploadUrl` is taken, and a longer `timeLimitInSeconds` while it records. Throws `CaptureFilterInvalid`, `InvalidParameter`, `CaptureLimitReached`.
   */
  start(spec: CaptureSpec): Promise<void>;
  /** Ends the recording, keeping what was recorded. Throws `CaptureNotFound`. */
  stop(sessionId: string): Promise<void>;
  /** Ends all work and removes the session's record and parts; an unknown one is forgotten already. */
  forget(sessionId: string): Promise<void>;
  observations(): CaptureObservation[];
  /** `leave`: recordings go on when the directory is opened again; `stop`: they end as `AgentStopped`. */
  close(how: { mode: "leave" | "stop" }): Promise<void>;
}

/**
 * Opens the sessions kept in `directory` and goes on with each from where it stood, also after kill -9:
 * recorders that were left running are ended first. Throws `Conflict` when another process has it open.
 */
export async function openSessionManager(options: SessionManagerOptions): Promise<SessionManager> {
  const { directory: path, ...given } = options;
  const { networkNamespace, upload, requestFile, clock, log, onObserved, ...others } = given;
  const { flightRecorder = null, clockOffsetMilliseconds = () => null, ...more } = others;
  const { ownersOf, uploadAhead, ...rest } = more;
  const settings = parseSettings(captureSettings, rest, "capture");
  const directory = resolve(path);
  await mkdir(directory, { recursive: true, mode: secretDirectoryMode });
  await namespaceCommand(networkNamespace);
  const lock = await holdLock(join(directory, "lock"), "the capture directory");
  const context: RunnerContext = {
    ...settings,
    networkNamespace,
    upload,
    ...(uploadAhead && { uploadAhead }),
    requestFile,
    ...(ownersOf && { ownersOf }),
    clock,
    log,
    onObserved,
    flightRecorder,
    clockOffsetMilliseconds,
  };
  try {
    const ended = await endLeftovers(directory, clock);
    if (ended > 0) log.warn({ count: ended }, "recorders left by a killed agent were ended");
    const manager = new Manager(join(directory, "sessions"), settings, context);
    await manager.resume();
    return {
      start: (spec) => manager.start(spec),
      stop: (sessionId) => manager.stop(sessionId),
      forget: (sessionId) => manager.forget(sessionId),
      observations: () => manager.observations(),
      close: async ({ mode }) => {
        await manager.close(mode);
        await lock.close();
      },
    };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

class Manager {
  readonly #directory: string;
  readonly #settings: CaptureSettings;
  readonly #context: RunnerContext;
  readonly #runners = new Map<string, SessionRunner>();
  /** Starts and forgets under way, so that two of the same session follow each other. */
  readonly #busy = new Map<string, Promise<void>>();
  #closed = false;

  constructor(directory: string, settings: CaptureSettings, context: RunnerContext) {
    this.#directory = directory;
    this.#settings = settings;
    this.#context = context;
  }

  async resume(): Promise<void> {
    for (const kept of await readRecords(this.#directory)) {
      const record = reviveRecord(kept);
      const { sessionId } = record.spec;
      await writeRecord(this.#directoryOf(sessionId), record);
      this.#add(sessionId, new SessionRunner(this.#directoryOf(sessionId), record, this.#context));
    }
    const unfinished = [...this.#runners].filter(([, { isFinished }]) => !isFinished);
    this.#context.flightRecorder?.keepHolds(unfinished.map(([sessionId]) => sessionId));
  }

  start(spec: CaptureSpec): Promise<void> {
    return this.#inTurn(spec.sessionId, async () => {
      const known = this.#runners.get(spec.sessionId);
      if (known) return known.renew(spec);
      this.#assertOpen();
      this.#assertAllowed(spec);
      const privacy = await sessionPrivacy(spec, this.#context);
      const record = newRecord(privacy ? { ...spec, privacy: privacy.policy } : spec);
      const directory = this.#directoryOf(spec.sessionId);
      const runner = new SessionRunner(directory, record, this.#context);
      this.#runners.set(spec.sessionId, runner); // counted from here on
      runner.hold();
      try {
        await writeRecord(directory, record);
      } catch (cause) {
        this.#runners.delete(spec.sessionId);
        runner.release();
        await rm(directory, { recursive: true, force: true });
        throw new NightcapError("CaptureFileFailed", `cannot record the session in ${directory}`, {
          cause,
        });
      }
      this.#add(spec.sessionId, runner);
    });
  }

  stop(sessionId: string): Promise<void> {
    return this.#inTurn(sessionId, async () => {
      const runner = this.#runners.get(sessionId);
      if (!runner) {
        throw new NightcapError(
          "CaptureNotFound",
          `no capture session "${sessionId}" on this host`,
        );
      }
      await runner.stop();
    });
  }

  forget(sessionId: string): Promise<void> {
    return this.#inTurn(sessionId, async () => {
      await this.#runners.get(sessionId)?.forget();
      this.#runners.delete(sessionId);
    });
  }

  observations(): CaptureObservation[] {
    return [...this.#runners.values()].map(({ observation }) => observation);
  }

  async close(mode: "leave" | "stop"): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#busy.values());
    await Promise.all([...this.#runners.values()].map((runner) => runner.close(mode)));
  }

  #add(sessionId: string, runner: SessionRunner): void {
    this.#runners.set(sessionId, runner);
    this.#context.onObserved(runner.observation);
    if (!this.#closed) runner.start();
  }

  #directoryOf(sessionId: string): string {
    return join(this.#directory, sessionId.toLowerCase());
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new NightcapError("ServiceUnavailable", "the host's capture sessions are being closed");
  }

  #assertAllowed(spec: CaptureSpec): void {
    compileFilters(spec.filters);
    spec.interfaces.forEach(assertInterfaceName);
    if (spec.filePath !== null) assertFilePath(spec.filePath, this.#settings.fileRoots);
    if (spec.filePath === null && spec.uploadUrl === null && !spec.ring?.uploads) {
      throw new NightcapError(
        "InvalidParameter",
        `session "${spec.name}" has neither filePath nor uploadUrl; its file would be lost`,
      );
    }
    if (spec.lookBack && spec.ring) {
      throw new NightcapError(
        "InvalidParameter",
        `session "${spec.name}" has several files and look-back, which is joined with one`,
      );
    }
    const running = [...this.#runners.values()].filter(({ isFinished }) => !isFinished).length;
    this.#assertRoom("sessions at once", running, this.#settings.sessionCountMax);
    this.#assertRoom("session records", this.#runners.size, recordCountMax);
  }

  #assertRoom(what: string, count: number, countMax: number): void {
    if (count < countMax) return;
    throw new NightcapError(
      "CaptureLimitReached",
      `this host has ${count} ${what}; at most ${countMax} are allowed`,
    );
  }

  async #inTurn(sessionId: string, work: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(sessionId) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(work);
    this.#busy.set(sessionId, turn);
    try {
      await turn;
    } finally {
      if (this.#busy.get(sessionId) === turn) this.#busy.delete(sessionId);
    }
  }
}
