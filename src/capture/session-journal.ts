import type { Clock } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import type { CoverageGap } from "./flight/coverage.ts";
import { type SessionRecord, withError, withObservation, writeRecord } from "./session-record.ts";
import type { CaptureErrorCode, CaptureObservation } from "./session.ts";

const progressIntervalMilliseconds = 1_000;
const recordingGapCountMax = 64;

export interface JournalContext {
  clock: Clock;
  log: Log;
  onObserved: (observation: CaptureObservation) => void;
}

/** One session's record: each change is on disk before anybody is told; only progress may be told first. */
export class SessionJournal {
  readonly #directory: string;
  readonly #context: JournalContext;
  #record: SessionRecord;
  #writing: Promise<void> = Promise.resolve();
  #shownAt = 0;

  constructor(directory: string, record: SessionRecord, context: JournalContext) {
    this.#directory = directory;
    this.#record = record;
    this.#context = context;
  }

  get record(): SessionRecord {
    return this.#record;
  }

  get observation(): CaptureObservation {
    return this.#record.observation;
  }

  /** Changes what is not observed: the request to stop, the upload URL. Throws when it cannot be written. */
  async amend(change: Partial<Pick<SessionRecord, "spec" | "stopRequestedAt">>): Promise<void> {
    this.#record = { ...this.#record, ...change };
    await this.#write();
  }

  /** Changes the observation, writes it, and tells it. Throws when it cannot be written. */
  async advance(change: Partial<CaptureObservation>): Promise<void> {
    this.#record = withObservation(this.#record, change).record;
    await this.#write();
    this.#show();
  }

  /** As `advance`, in the background; a record that cannot be written now is written with the next change. */
  post(change: Partial<CaptureObservation>): void {
    this.advance(change).catch((error: unknown) => this.#unwritten(error));
  }

  postError(code: CaptureErrorCode, message: string): void {
    const { sessionId } = this.observation;
    this.#context.log.warn({ sessionId, code, reason: message }, "capture session has an error");
    this.post({ errors: withError(this.observation.errors, code, message) });
  }

  /** Written with the next change, in the background; the gaps of a session that never rests are bounded. */
  noteGap(gap: CoverageGap): void {
    const recordingGaps = [...this.#record.recordingGaps, gap].slice(0, recordingGapCountMax);
    this.#record = { ...this.#record, recordingGaps };
    this.#write().catch((error: unknown) => this.#unwritten(error));
  }

  /** Tells progress, at most once a second. */
  progress(change: Pick<CaptureObservation, "packets" | "packetsDropped" | "sizeBytes">): void {
    const now = this.#context.clock.now();
    if (now - this.#shownAt < progressIntervalMilliseconds && now >= this.#shownAt) return;
    this.#shownAt = now;
    const { record, reserved } = withObservation(this.#record, change);
    if (reserved) return this.post(change);
    this.#record = record;
    this.#show();
  }

  /** Resolves when nothing is being written any more. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  /** One write at a time; each writes what is newest when it begins. */
  #write(): Promise<void> {
    const write = this.#writing
      .catch(() => {})
      .then(() => writeRecord(this.#directory, this.#record));
    this.#writing = write;
    write.catch(() => {}); // whoever asked is told
    return write;
  }

  #show(): void {
    this.#context.onObserved(this.observation);
  }

  #unwritten(error: unknown): void {
    const { sessionId } = this.observation;
    this.#context.log.error(
      { sessionId, reason: describeError(error) },
      "session record was not written",
    );
    this.#show();
  }
}
