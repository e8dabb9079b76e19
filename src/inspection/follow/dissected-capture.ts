import { Analyses } from "../analysis/analyses.ts";
import { dissectFrame } from "../dissect/protocols.ts";
import { Frame } from "../dissect/frame.ts";
import { CaptureReader, type ReadProblem } from "../file/capture-reader.ts";
import { decompressed } from "../file/decompressed.ts";

export interface DissectOptions {
  /** Ends the reading with the signal's reason. */
  signal?: AbortSignal;
  /** Called with the bytes of the source read so far. */
  onProgress?: (bytes: number) => void;
}

/** A capture whose packets pass a frame, one after another. */
export class DissectedCapture {
  readonly reader = new CaptureReader();
  readonly analyses = new Analyses();
  readonly frame = new Frame(this.analyses);
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #options: DissectOptions;
  #packets = 0;
  #problem: ReadProblem | null = null;

  constructor(source: AsyncIterable<Uint8Array>, options: DissectOptions = {}) {
    this.#source = source;
    this.#options = options;
  }

  /** Where and why reading stopped early; known at the end. */
  get problem(): ReadProblem | null {
    return this.#problem;
  }

  /** Dissects every packet, and yields after each chunk so that what listeners gathered can be handed on. */
  async *run(): AsyncGenerator<void, void> {
    const compressed = { problem: null as string | null };
    const { signal, onProgress } = this.#options;
    for await (const chunk of decompressed(this.#source, { compressed, onProgress })) {
      signal?.throwIfAborted();
      this.#read(chunk);
      yield;
      if (this.reader.problem) break;
    }
    this.reader.end();
    this.#problem = this.reader.problemWith(compressed.problem);
  }

  #read(chunk: Uint8Array): void {
    const { reader, frame } = this;
    reader.push(chunk);
    while (reader.next()) {
      frame.start(reader.packet, ++this.#packets);
      dissectFrame(frame, reader.packet.offset, reader.packet.linkType);
    }
  }
}
