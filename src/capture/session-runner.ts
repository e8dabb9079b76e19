import { rm } from "node:fs/promises";
import { backoffDelay } from "../common/backoff.ts";
import { isoTime } from "../common/clock.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { compileFilters } from "./filter.ts";
import { finishFile } from "./finish.ts";
import { placeLocalFile, prepareLocalFile } from "./local-file.ts";
import { listUsableInterfaces } from "./network-namespace.ts";
import { listParts, removeWorkFiles } from "./parts.ts";
import { Recorder, type RecordingEnd } from "./recorder.ts";
import { type JournalContext, SessionJournal } from "./session-journal.ts";
import { finishedPath, recordPath, type SessionRecord, withError } from "./session-record.ts";
import {
  type CaptureErrorCode,
  type CaptureObservation,
  type CaptureSpec,
  type CaptureStatus,
  type CaptureStopReason,
  interfaceCountMax,
  timeLimitInSecondsMax,
} from "./session.ts";

const retryBackoff = { minimumMilliseconds: 500, maximumMilliseconds: 60_000 };
const finishAttemptCountMax = 5;

/** Sends the finished file to `spec.uploadUrl`; called again after a failure, so it must be idempotent. */
export type Upload = (
  path: string,
  spec: CaptureSpec,
  signal: AbortSignal,
  onProgress: (sentBytes: number, totalBytes: number) => void,
) => Promise<{ sha256: string; sizeBytes: number }>;

export interface RunnerContext extends JournalContext {
  networkNamespace: string | null;
  fileRoots: readonly string[];
  freeSpaceBytesMin: number;
  restartCountMax: number;
  upload: Upload;
}

interface Ending {
  reason: CaptureStopReason;
  at: number;
}

/** Brings one session from its record to its end, from wherever it stands; every step may run twice. */
export class SessionRunner {
  readonly #directory: string;
  readonly #context: RunnerContext;
  readonly #journal: SessionJournal;
  readonly #abort = new AbortController();
  #recorder: Recorder | null = null;
  #running: Promise<void> | null = null;
  /** Asked for before there was a recorder. */
  #asked: Ending | null = null;
  #leaving = false;
  #closing = false;
  #renewed = new AbortController();

  constructor(directory: string, record: SessionRecord, context: RunnerContext) {
    this.#directory = directory;
    this.#context = context;
    this.#journal = new SessionJournal(directory, record, context);
  }

  get observation(): CaptureObservation {
    return this.#journal.observation;
  }

  get isFinished(): boolean {
    return this.observation.phase === "finished";
  }

  /** Begins, or goes on where the record stands; `close` waits for the work. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Asks for the end; recorded on disk before it resolves. Nothing happens when it has ended. */
  async stop(): Promise<void> {
    const ended = this.observation.phase !== "waiting" && this.observation.phase !== "recording";
    if (ended || this.#journal.record.stopRequestedAt !== null) return;
    const at = this.#context.clock.now();
    await this.#journal.amend({ stopRequestedAt: at });
    this.#ask({ reason: "Manual", at });
  }

  /** Takes a renewed upload URL; an upload under way begins again with it. */
  async refreshUploadUrl(uploadUrl: string | null): Promise<void> {
    const { spec } = this.#journal.record;
    if (uploadUrl === null || uploadUrl === spec.uploadUrl || this.isFinished) return;
    await this.#journal.amend({ spec: { ...spec, uploadUrl } });
    this.#renewed.abort();
  }

  /**
   * Lets go of the session. `leave`: the recording breaks off and goes on when the session is opened
   * again. `stop`: it ends as `AgentStopped` and its file is finished. An upload goes on at the next
   * opening.
   */
  async close(mode: "leave" | "stop"): Promise<void> {
    this.#closing = true;
    const recorded = !["waiting", "recording", "finishing"].includes(this.observation.phase);
    if (mode === "leave" || recorded) {
      this.#leaving = true;
      this.#abort.abort();
    }
    this.#ask({ reason: "AgentStopped", at: this.#context.clock.now() });
    await this.#running;
    await this.#journal.settle();
  }

  /** Ends all work on the session and removes its directory; a file placed at `filePath` stays. */
  async forget(): Promise<void> {
    await this.close("leave");
    // Without its record the directory is nobody's: a crash from here on is tidied at the next opening.
    await rm(recordPath(this.#directory), { force: true });
    await rm(this.#directory, { recursive: true, force: true });
  }

  #ask(ending: Ending): void {
    this.#asked ??= ending;
    this.#recorder?.stop(ending.reason, ending.at);
  }

  async #run(): Promise<void> {
    try {
      if (this.#is("waiting") || this.#is("recording")) await this.#recordPhase();
      if (this.#is("finishing")) await this.#finishPhase();
      if (this.#is("uploading") && !this.#closing) await this.#uploadPhase();
      if (this.#is("finished")) await removeWorkFiles(this.#directory);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const reason = describeError(error);
      const { sessionId } = this.observation;
      this.#context.log.error({ sessionId, reason }, "capture session failed");
      this.#giveUp("InternalError", reason);
    }
  }

  #is(phase: CaptureObservation["phase"]): boolean {
    return this.observation.phase === phase && !this.#abort.signal.aborted;
  }

  async #recordPhase(): Promise<void> {
    const { spec, stopRequestedAt, observation } = this.#journal.record;
    const startedAt =
      observation.captureStartTime === null ? null : Date.parse(observation.captureStartTime);
    if (stopRequestedAt !== null) return this.#recorded({ reason: "Manual", at: stopRequestedAt });
    const parts = await listParts(this.#directory);
    const lastWriteAt = Math.max(
      startedAt ?? 0,
      ...parts.map(({ modifiedAt }) => Math.ceil(modifiedAt)),
    );
    if (startedAt !== null) {
      const over = this.#endedWhileAway(startedAt + timeLimit(spec), lastWriteAt);
      if (over) return this.#recorded(over);
      this.#noteGap(lastWriteAt);
    }
    const interfaces = await this.#prepare();
    if (!interfaces) return;
    const recorder = new Recorder({
      directory: this.#directory,
      interfaces,
      networkNamespace: this.#context.networkNamespace,
      filter: compileFilters(spec.filters),
      snapLengthBytes: spec.bytesToCapturePerPacket,
      sizeBytesMax: spec.totalBytesPerSession,
      sizeBytesBefore: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
      packetsDroppedBefore: observation.packetsDropped,
      timeLimitMilliseconds: timeLimit(spec),
      startedAt,
      freeSpaceBytesMin: this.#context.freeSpaceBytesMin,
      restartCountMax: this.#context.restartCountMax,
      clock: this.#context.clock,
      onStarted: (at) =>
        this.#journal.post({
          status: "Running",
          phase: "recording",
          captureStartTime: isoTime(at),
        }),
      onProgress: (progress) => {
        if (this.observation.phase === "recording") this.#journal.progress(progress);
      },
      onError: (code, message) => this.#journal.postError(code, message),
    });
    this.#recorder = recorder;
    if (this.#asked) recorder.stop(this.#asked.reason, this.#asked.at);
    const end = await recorder.run();
    await this.#journal.settle();
    if (!this.#leaving) await this.#recorded({ reason: end.reason, at: end.endedAt }, end);
  }

  /** What ended the session while the agent was not there; null when its time is not over. */
  #endedWhileAway(deadline: number, lastWriteAt: number): Ending | null {
    if (this.#context.clock.now() < deadline) return null;
    if (lastWriteAt >= deadline) return { reason: "TimeExceeded", at: deadline };
    this.#journal.postError(
      "AgentStopped",
      `the agent was not running from ${isoTime(lastWriteAt)} to the end of the session's time at ${isoTime(deadline)}; packets of that time are missing`,
    );
    return { reason: "AgentStopped", at: deadline };
  }

  #noteGap(lastWriteAt: number): void {
    this.#journal.postError(
      "AgentStopped",
      `the agent was not running: packets between ${isoTime(lastWriteAt)} and ${isoTime(this.#context.clock.now())} may be missing`,
    );
  }

  /** The interfaces to record, once the place of the finished file is known to be good; null: it ended here. */
  async #prepare(): Promise<string[] | null> {
    const { spec } = this.#journal.record;
    if (spec.filePath !== null) {
      const { filePath, sessionId } = spec;
      const preparing = prepareLocalFile({ filePath, sessionId }, this.#context.fileRoots);
      const failure = await failureOf(preparing);
      // With an upload as well the recording is still worth it; the file is tried again at the end.
      if (failure !== null && spec.uploadUrl === null) {
        return this.#failedToStart("LocalFileFailed", failure);
      }
    }
    try {
      const interfaces =
        spec.interfaces.length > 0
          ? [...new Set(spec.interfaces)]
          : await listUsableInterfaces(this.#context.networkNamespace);
      if (interfaces.length > 0 && interfaces.length <= interfaceCountMax) return interfaces;
      const message = `${interfaces.length} interfaces are up; a session records 1 to ${interfaceCountMax}`;
      return await this.#failedToStart("CaptureFailed", message);
    } catch (error) {
      return this.#failedToStart("CaptureFailed", describeError(error));
    }
  }

  async #failedToStart(code: CaptureErrorCode, message: string): Promise<null> {
    this.#journal.postError(code, message);
    await this.#recorded({ reason: "Failed", at: this.#context.clock.now() });
    return null;
  }

  /** The recording is over: from here on only its files are worked on. */
  async #recorded({ reason, at }: Ending, end?: RecordingEnd): Promise<void> {
    const change: Partial<CaptureObservation> = {
      status: statusOf(reason),
      stopReason: reason,
      phase: "finishing",
      captureEndTime: isoTime(at),
      ...(end ? { packets: end.packets, packetsDropped: end.packetsDropped } : {}),
      ...(end ? { sizeBytes: end.sizeBytes } : {}),
    };
    // A full disk must not end the session here: an older record leads to the same place again.
    await this.#journal.advance(change).catch(() => {});
  }

  async #finishPhase(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const failure = await failureOf(this.#finish());
      if (failure === null || this.#abort.signal.aborted) return;
      if (attempt >= finishAttemptCountMax) return this.#giveUp("LocalFileFailed", failure);
      await this.#pause(attempt);
    }
  }

  async #finish(): Promise<void> {
    const { spec, observation } = this.#journal.record;
    const parts = await listParts(this.#directory);
    if (parts.length === 0) return this.#journal.advance({ phase: "finished", sizeBytes: 0 });
    const endedAt = Date.parse(observation.captureEndTime ?? "");
    const file = await finishFile({
      parts,
      filePath: finishedPath(this.#directory),
      endedAt,
      sizeBytesMax: spec.totalBytesPerSession,
      comment: `Nightcap packet capture ${spec.name}, session ${spec.sessionId}`,
      packetsDropped: observation.packetsDropped,
      signal: this.#abort.signal,
    });
    const { packets, sizeBytes, sha256 } = file;
    const place = await this.#place(sha256);
    const phase = spec.uploadUrl === null ? "finished" : "uploading";
    await this.#journal.advance({ packets, sizeBytes, sha256, phase, ...place });
  }

  /** Leaves the file where the session wants it; a failure ends as an error, the upload still goes on. */
  async #place(
    sha256: string,
  ): Promise<Partial<Pick<CaptureObservation, "filePath" | "status" | "errors">>> {
    const { filePath, sessionId } = this.#journal.record.spec;
    if (filePath === null) return {};
    const source = finishedPath(this.#directory);
    try {
      await prepareLocalFile({ filePath, sessionId }, this.#context.fileRoots);
      return { filePath: await placeLocalFile({ source, sha256, filePath, sessionId }) };
    } catch (error) {
      if (this.#journal.record.spec.uploadUrl === null) throw error;
      const errors = withError(this.observation.errors, "LocalFileFailed", describeError(error));
      return { status: "Error", errors };
    }
  }

  /** Tries until it is uploaded or the manager is closed. */
  async #uploadPhase(): Promise<void> {
    for (let attempt = 0; !this.#abort.signal.aborted; attempt++) {
      this.#renewed = new AbortController();
      const failure = await failureOf(this.#upload());
      const others = this.observation.errors.filter(({ code }) => code !== "StorageFailed");
      if (failure === null) {
        // The parts are removed after this: it must be on disk.
        return this.#journal.advance({ uploaded: true, phase: "finished", errors: others });
      }
      if (this.#abort.signal.aborted) return;
      if (this.#renewed.signal.aborted) continue;
      const { sessionId } = this.observation;
      this.#context.log.warn({ sessionId, attempt, reason: failure }, "upload failed");
      this.#journal.post({ errors: withError(others, "StorageFailed", failure) });
      await this.#pause(attempt);
    }
  }

  async #upload(): Promise<void> {
    const { spec, observation } = this.#journal.record;
    const signal = AbortSignal.any([this.#abort.signal, this.#renewed.signal]);
    const sent = await this.#context.upload(
      finishedPath(this.#directory),
      spec,
      signal,
      () => {}, // the control plane sees the blocks arrive
    );
    if (sent.sha256 === observation.sha256) return;
    throw new NightcapError(
      "HashMismatch",
      `the uploaded file's SHA-256 is ${sent.sha256}, the recorded one ${observation.sha256}`,
    );
  }

  async #pause(attempt: number): Promise<void> {
    const signal = AbortSignal.any([this.#abort.signal, this.#renewed.signal]);
    await this.#context.clock.sleep(backoffDelay(retryBackoff, attempt), signal).catch(() => {});
  }

  /** A final state that is true although something could not be done; the parts stay until forgotten. */
  #giveUp(code: CaptureErrorCode, message: string): void {
    this.#journal.post({
      status: "Error",
      stopReason: this.observation.stopReason ?? "Failed",
      phase: "finished",
      errors: withError(this.observation.errors, code, message),
    });
  }
}

/** The error as text, or null when the work is done. */
function failureOf(work: Promise<void>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => describeError(error),
  );
}

function timeLimit({ timeLimitInSeconds }: CaptureSpec): number {
  return (timeLimitInSeconds === 0 ? timeLimitInSecondsMax : timeLimitInSeconds) * 1_000;
}

/** `Error` when the recording could not go on as it was asked for; what there is, is kept all the same. */
const errorReasons: ReadonlySet<CaptureStopReason> = new Set([
  "InterfaceGone",
  "DiskFull",
  "Failed",
]);

const statusOf = (reason: CaptureStopReason): CaptureStatus =>
  errorReasons.has(reason) ? "Error" : "Stopped";
