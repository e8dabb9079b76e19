import { backoffDelay } from "../common/backoff.ts";
import type { Clock } from "../common/clock.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import type { RingFiles } from "./ring-files.ts";
import type { RingFile } from "./ring-list.ts";

const retryBackoff = { minimumMilliseconds: 500, maximumMilliseconds: 60_000 };
/** Overwritten files that one question to the control plane names. */
const overwrittenNamesMax = 100;

/** What a host asks of its control plane about the files of one session. */
export interface FileRequest {
  sessionId: string;
  /** The file that is to be uploaded now; null: none. */
  name: string | null;
  /** Files whose blobs are to go. */
  overwritten: readonly string[];
}

/** Where the named file is uploaded, with a token: a secret. Done when the overwritten blobs are gone. */
export type RequestFile = (request: FileRequest, signal: AbortSignal) => Promise<string | null>;

export interface RingUploadsOptions {
  sessionId: string;
  files: RingFiles;
  requestFile: RequestFile;
  send: (path: string, uploadUrl: string, signal: AbortSignal) => Promise<{ sha256: string }>;
  signal: AbortSignal;
  clock: Clock;
  /** Something was uploaded: all is well again. */
  onProgress: () => void;
  onFailure: (message: string) => void;
}

/** Uploads finished files one after the other while the recording goes on; tries until it is closed. */
export class RingUploads {
  readonly #options: RingUploadsOptions;
  #woken = Promise.withResolvers<void>();
  #draining = false;

  constructor(options: RingUploadsOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#woken.resolve());
  }

  /** There is something new to do. */
  wake(): void {
    this.#woken.resolve();
  }

  /** No more files come: `run` ends when all is done. */
  drain(): void {
    this.#draining = true;
    this.wake();
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    for (let attempt = 0; !signal.aborted;) {
      this.#woken = Promise.withResolvers();
      if (signal.aborted) return;
      const outcome = await this.#step().catch((error: unknown) => describeError(error));
      if (outcome === "idle" && this.#draining) return;
      if (outcome === "idle") await this.#woken.promise;
      else if (outcome === "done") attempt = 0;
      else if (!signal.aborted) {
        this.#options.onFailure(outcome);
        await clock.sleep(backoffDelay(retryBackoff, attempt++), signal).catch(() => {});
      }
    }
  }

  async #step(): Promise<string> {
    const { files, requestFile, sessionId, signal } = this.#options;
    const next = files.nextUpload;
    const overwritten = files.overwritten.slice(0, overwrittenNamesMax).map(({ name }) => name);
    if (next === null && overwritten.length === 0) return "idle";
    const name = next?.name ?? null;
    const uploadUrl = await requestFile({ sessionId, name, overwritten }, signal);
    await files.forget(overwritten);
    if (next !== null && uploadUrl !== null) await this.#upload(next, uploadUrl);
    return "done";
  }

  async #upload(file: RingFile, uploadUrl: string): Promise<void> {
    const { files, send, signal, onProgress } = this.#options;
    await files.note(file.name, { sent: true });
    if (file.overwritten) return;
    try {
      const sent = await send(file.path, uploadUrl, signal);
      if (sent.sha256 !== file.sha256) {
        throw new NightcapError(
          "HashMismatch",
          `the uploaded file's SHA-256 is ${sent.sha256}, the recorded one ${file.sha256}`,
        );
      }
    } catch (error) {
      // It was overwritten meanwhile: what was sent of it is nobody's loss.
      if (file.overwritten) return;
      throw error;
    }
    await files.note(file.name, { uploaded: true });
    onProgress();
  }
}
