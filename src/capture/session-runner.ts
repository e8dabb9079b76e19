import { rm } from "node:fs/promises";
import { backoffDelay } from "../common/backoff.ts";
import { isoTime } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import { finishFile } from "./finish.ts";
import { FinishedUpload } from "./finished-upload.ts";
import { placeLocalFile, prepareLocalFile } from "./local-file.ts";
import { LookBack } from "./flight/look-back.ts";
import { isRingPart, listParts, removeWorkFiles } from "./parts.ts";
import type { Recorder, RecordingEnd } from "./recorder.ts";
import type { RingRecorder } from "./ring-recorder.ts";
import { RingSession } from "./ring-session.ts";
import type { RunnerContext } from "./runner-context.ts";
import { type Ending, failureOf, statusOf, timeLimitMilliseconds } from "./session-ending.ts";
import { SessionJournal } from "./session-journal.ts";
import { finishedPath, recordPath, type SessionRecord, withError } from "./session-record.ts";
import {
  chooseInterfaces,
  endedWhileAway,
  makeRecorder,
  noteMissingEnd,
  recordedBefore,
} from "./session-recording.ts";
import { sessionComments, sessionCoverage } from "./session-coverage.ts";
import { originOf, sessionPrivacy } from "./session-privacy.ts";
import { placeSides, uploadSides } from "./session-sides.ts";
import type { CaptureErrorCode, CaptureObservation, CaptureSpec } from "./session.ts";

const retryBackoff = { minimumMilliseconds: 500, maximumMilliseconds: 60_000 };
const finishAttemptCountMax = 5;

/** Brings one session from its record to its end, from wherever it stands; every step may run twice. */
export class SessionRunner {
  readonly #directory: string;
  readonly #context: RunnerContext;
  readonly #journal: SessionJournal;
  readonly #abort = new AbortController();
  readonly #lookBack: LookBack | null;
  readonly #upload: FinishedUpload;
  #recorder: Recorder | RingRecorder | null = null;
  #ring: RingSession | null = null;
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
    this.#upload = new FinishedUpload(directory, this.#journal, context);
    const { flightRecorder: recorder } = context;
    const { lookBack } = record.spec;
    const spec = lookBack && { ...record.spec, lookBack };
    this.#lookBack = spec ? new LookBack({ ...context, directory, spec, recorder }) : null;
  }

  /** Holds what the flight recorder has; the first thing of all, because the ring goes on. */
  hold(): void {
    this.#lookBack?.hold();
  }

  release(): void {
    this.#lookBack?.release();
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

  /** Takes what may change of a session that goes on: a later end, and a renewed upload URL. */
  async renew(spec: CaptureSpec): Promise<void> {
    await this.#extend(spec);
    await this.refreshUploadUrl(spec.uploadUrl);
  }

  /** A recording is made longer, never shorter; one that has ended or was asked to stays as it is. */
  async #extend(wanted: CaptureSpec): Promise<void> {
    const { spec, stopRequestedAt } = this.#journal.record;
    const goesOn = this.observation.phase === "waiting" || this.observation.phase === "recording";
    if (!goesOn || stopRequestedAt !== null || this.#asked) return;
    const timeLimitMs = timeLimitMilliseconds(wanted);
    if (timeLimitMs <= timeLimitMilliseconds(spec)) return;
    const { timeLimitInSeconds } = wanted;
    await this.#journal.amend({ spec: { ...spec, timeLimitInSeconds } });
    this.#recorder?.extend(timeLimitMs);
    await this.#journal.advance({ timeLimitInSeconds });
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
    this.#abort.abort();
    await this.#upload.close();
    await this.#ring?.drain();
    await this.#journal.settle();
  }

  /** Ends all work on the session and removes its directory; a file placed at `filePath` stays. */
  async forget(): Promise<void> {
    await this.close("leave");
    this.release();
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
      if (this.#is("finished") && this.#isPlaced()) await removeWorkFiles(this.#directory);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const reason = describeError(error);
      const { sessionId } = this.observation;
      this.#context.log.error({ sessionId, reason }, "capture session failed");
      this.#giveUp("InternalError", reason);
    } finally {
      // Also of one that was given up: the ring's files are wanted for others.
      if (this.isFinished) this.release();
    }
  }

  /** False for one that was given up: its work files are all there is. */
  #isPlaced(): boolean {
    const { spec, observation } = this.#journal.record;
    if (spec.ring) return observation.uploaded || spec.filePath !== null;
    return observation.sha256 !== null || observation.sizeBytes === 0;
  }

  get #sides(): { directory: string; journal: SessionJournal } {
    return { directory: this.#directory, journal: this.#journal };
  }

  #is(phase: CaptureObservation["phase"]): boolean {
    return this.observation.phase === phase && !this.#abort.signal.aborted;
  }

  async #recordPhase(): Promise<void> {
    const { stopRequestedAt, spec } = this.#journal.record;
    const before = await recordedBefore(this.#directory, this.#journal);
    const over =
      stopRequestedAt === null
        ? endedWhileAway(this.#journal, before, this.#context.clock.now())
        : { reason: "Manual" as const, at: stopRequestedAt };
    if (over) {
      await noteMissingEnd(this.#sides, before, over.at);
      return this.#recorded(over);
    }
    const interfaces = await chooseInterfaces(spec, this.#context);
    if (!Array.isArray(interfaces)) return this.#failedToStart(interfaces);
    const parts = { directory: this.#directory, journal: this.#journal };
    const ring = await this.#openRing();
    const signal = this.#abort.signal;
    const lookBack = this.#lookBack;
    const recorder = makeRecorder(
      { ...parts, ring, lookBack, signal },
      interfaces,
      before,
      this.#context,
    );
    this.#recorder = recorder;
    if (this.#asked) recorder.stop(this.#asked.reason, this.#asked.at);
    // Awaited when the file is finished; what fails now is tried again then.
    lookBack?.cut(interfaces, signal).catch(() => {});
    const end = await recorder.run();
    await this.#journal.settle();
    if (!this.#leaving) return this.#recorded({ reason: end.reason, at: end.endedAt }, end);
    // The files of a ring are not read again: what was counted is all that is known.
    const { packets, packetsDropped } = end;
    if (spec.ring) await this.#journal.advance({ packets, packetsDropped });
  }

  /** The files of a session into several, opened once; null for one file. */
  async #openRing(): Promise<RingSession | null> {
    const { spec } = this.#journal.record;
    const { ring } = spec;
    if (!ring) return null;
    if (this.#ring) return this.#ring;
    const privacy = await sessionPrivacy(spec, this.#context);
    if (privacy) this.#journal.post({ privacy: privacy.policy });
    this.#ring = await RingSession.open({
      ...this.#context,
      privacy,
      directory: this.#directory,
      spec: { ...spec, ring },
      journal: this.#journal,
      send: (path, uploadUrl, signal) => this.#context.upload(path, { ...spec, uploadUrl }, signal),
      signal: this.#abort.signal,
    });
    return this.#ring;
  }

  async #failedToStart(why: { code: CaptureErrorCode; message: string }): Promise<void> {
    this.#journal.postError(why.code, why.message);
    await this.#recorded({ reason: "Failed", at: this.#context.clock.now() });
  }

  /** The recording is over: from here on only its files are worked on. */
  async #recorded({ reason, at }: Ending, end?: RecordingEnd): Promise<void> {
    this.#lookBack?.recorded();
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
    this.#lookBack?.recorded();
    const ring = await this.#openRing();
    if (ring) {
      const phase = spec.ring?.uploads ? "uploading" : "finished";
      const { filePath } = spec;
      const covered = await sessionCoverage(this.#sides, null, this.#context);
      const sides = await placeSides(this.#sides, filePath, this.#context);
      return this.#journal.advance({ ...ring.describe(), ...covered, ...sides, phase, filePath });
    }
    const lookBack = (await this.#lookBack?.cut(spec.interfaces, this.#abort.signal)) ?? null;
    const parts = await listParts(this.#directory);
    if (parts.length === 0) {
      const covered = await sessionCoverage(this.#sides, lookBack, this.#context);
      return this.#journal.advance({ ...covered, phase: "finished", sizeBytes: 0 });
    }
    const endedAt = Date.parse(observation.captureEndTime ?? "");
    const privacy = await sessionPrivacy(spec, this.#context);
    const file = await finishFile({
      parts,
      filePath: finishedPath(this.#directory),
      endedAt,
      sizeBytesMax: spec.totalBytesPerSession,
      comments: sessionComments(spec, lookBack, this.#context),
      privacy,
      packetsDropped: observation.packetsDropped,
      countedPartCount: parts.filter(isRingPart).length,
      onWritten: await this.#upload.begin(this.#abort.signal),
      signal: this.#abort.signal,
    });
    const { packets, sizeBytes, sha256 } = file;
    const place = await this.#place(sha256);
    const applied = privacy &&
      file.before && { privacy: privacy.policy, origin: originOf(privacy, file.before) };
    await this.#journal.advance({ packets, sizeBytes, sha256, ...applied, ...place });
    const covered = await sessionCoverage(this.#sides, lookBack, this.#context);
    const sides = await placeSides(this.#sides, place.filePath ?? null, this.#context);
    const phase = spec.uploadUrl === null ? "finished" : "uploading";
    await this.#journal.advance({ ...covered, ...sides, phase });
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
    const ring = await this.#openRing();
    if (ring) return this.#uploadRing(ring);
    for (let attempt = 0; !this.#abort.signal.aborted; attempt++) {
      this.#renewed = new AbortController();
      const failure = await failureOf(this.#send());
      const others = this.observation.errors.filter(({ code }) => code !== "StorageFailed");
      if (failure === null) {
        await this.#journal.advance({ uploaded: true, errors: others });
        const sides = await uploadSides(this.#sides, this.#context, this.#abort.signal);
        if (this.#abort.signal.aborted) return;
        // The parts are removed after this: it must be on disk.
        return this.#journal.advance({ ...sides, phase: "finished" });
      }
      if (this.#abort.signal.aborted) return;
      if (this.#renewed.signal.aborted) continue;
      const { sessionId } = this.observation;
      this.#context.log.warn({ sessionId, attempt, reason: failure }, "upload failed");
      this.#journal.post({ errors: withError(others, "StorageFailed", failure) });
      await this.#pause(attempt);
    }
  }

  async #uploadRing(ring: RingSession): Promise<void> {
    await ring.drain();
    if (this.#abort.signal.aborted) return;
    const errors = this.observation.errors.filter(({ code }) => code !== "StorageFailed");
    await this.#journal.advance({ ...ring.describe(), uploaded: true, errors });
    const sides = await uploadSides(this.#sides, this.#context, this.#abort.signal);
    if (!this.#abort.signal.aborted) await this.#journal.advance({ ...sides, phase: "finished" });
  }

  #send(): Promise<void> {
    return this.#upload.send(AbortSignal.any([this.#abort.signal, this.#renewed.signal]));
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
