import { NightcapError } from "../common/errors.ts";
import { partialPath } from "./finish.ts";
import type { RunnerContext, UploadAhead } from "./runner-context.ts";
import type { SessionJournal } from "./session-journal.ts";
import { finishedPath } from "./session-record.ts";

/** Sends a session's file: its beginning while it is being made, what is missing when it is whole. */
export class FinishedUpload {
  readonly #directory: string;
  readonly #journal: SessionJournal;
  readonly #context: RunnerContext;
  #ahead: UploadAhead | null = null;

  constructor(directory: string, journal: SessionJournal, context: RunnerContext) {
    this.#directory = directory;
    this.#journal = journal;
    this.#context = context;
  }

  /** The file is about to be made, perhaps again; what is returned hears how far it is written. */
  async begin(signal: AbortSignal): Promise<(sizeBytes: number) => void> {
    await this.#ahead?.close();
    const path = partialPath(finishedPath(this.#directory));
    const ahead = this.#context.uploadAhead?.(path, this.#journal.record.spec, signal) ?? null;
    this.#ahead = ahead;
    return (sizeBytes) => ahead?.written(sizeBytes);
  }

  async send(signal: AbortSignal): Promise<void> {
    const { spec, observation } = this.#journal.record;
    const ahead = (await this.#ahead?.close()) ?? [];
    const path = finishedPath(this.#directory);
    const { sha256 } = observation;
    const before = sha256 === null ? undefined : { sha256, ahead };
    const sent = await this.#context.upload(path, spec, signal, before);
    if (sent.sha256 === sha256) return;
    throw new NightcapError(
      "HashMismatch",
      `the uploaded file's SHA-256 is ${sent.sha256}, the recorded one ${sha256}`,
    );
  }

  async close(): Promise<void> {
    await this.#ahead?.close();
  }
}
