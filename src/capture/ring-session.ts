import { RingFiles } from "./ring-files.ts";
import { type RequestFile, RingUploads } from "./ring-uploads.ts";
import type { SessionPrivacy } from "./session-privacy.ts";
import type { SessionJournal } from "./session-journal.ts";
import { withError } from "./session-record.ts";
import type { CaptureObservation, CaptureRing, CaptureSpec } from "./session.ts";
import type { Clock } from "../common/clock.ts";
import type { Log } from "../common/log.ts";

export interface RingSessionOptions {
  directory: string;
  spec: CaptureSpec & { ring: CaptureRing };
  journal: SessionJournal;
  fileRoots: readonly string[];
  privacy: SessionPrivacy | null;
  requestFile: RequestFile;
  /** Sends one file to a URL. */
  send: (path: string, uploadUrl: string, signal: AbortSignal) => Promise<{ sha256: string }>;
  signal: AbortSignal;
  clock: Clock;
  log: Log;
}

/** What a session into several files has besides its recorder: the finished files, and their uploads. */
export class RingSession {
  readonly files: RingFiles;
  readonly #options: RingSessionOptions;
  readonly #uploads: RingUploads | null;
  readonly #uploading: Promise<void>;

  private constructor(options: RingSessionOptions, files: RingFiles) {
    this.#options = options;
    this.files = files;
    this.#uploads = options.spec.ring.uploads ? this.#makeUploads() : null;
    this.#uploading = this.#uploads?.run() ?? Promise.resolve();
  }

  static async open(options: RingSessionOptions): Promise<RingSession> {
    return new RingSession(options, await RingFiles.open(options));
  }

  /** A file was finished or overwritten: it is told, and uploaded. */
  changed(): void {
    this.#options.journal.post(this.describe());
    this.#uploads?.wake();
  }

  describe(): Pick<CaptureObservation, "files" | "sizeBytes" | "origin"> {
    const { files } = this;
    const { origin } = files;
    return { files: files.describe(), sizeBytes: files.sizeBytes, ...(origin ? { origin } : {}) };
  }

  /** Resolves when every file that is kept was uploaded, or the signal came. */
  async drain(): Promise<void> {
    this.#uploads?.drain();
    await this.#uploading;
  }

  #makeUploads(): RingUploads {
    const { journal, log, spec } = this.#options;
    const { sessionId } = spec;
    const others = () => journal.observation.errors.filter(({ code }) => code !== "StorageFailed");
    return new RingUploads({
      ...this.#options,
      sessionId,
      files: this.files,
      onProgress: () => journal.post({ ...this.describe(), errors: others() }),
      onFailure: (reason) => {
        log.warn({ sessionId, reason }, "upload of a file failed");
        journal.post({ errors: withError(others(), "StorageFailed", reason) });
      },
    });
  }
}
