import type { ReadProblem } from "../file/capture-reader.ts";
import { toNanoseconds } from "../file/time.ts";
import { statisticsSizeBytes } from "../file/pcapng-writer.ts";
import { captureWriter, type CaptureWriter } from "./capture-writer.ts";
import { KeptBlocks } from "./kept-blocks.ts";
import { PacketCursor } from "./packet-cursor.ts";
import type { RewriteOptions } from "./rewrite-capture.ts";

/** What one part holds at most. */
export type SplitEvery =
  | { kind: "bytes"; count: number }
  | { kind: "packets"; count: number }
  | { kind: "time"; nanoseconds: bigint };

export interface SplitOptions extends RewriteOptions {
  every: SplitEvery;
}

export interface SplitPart {
  /** From 1. */
  number: number;
  /** The part's bytes; read them to their end before asking for the next part. */
  chunks: AsyncGenerator<Uint8Array, void>;
}

export interface SplitResult {
  parts: number;
  packets: number;
  problem: ReadProblem | null;
}

/** Room for what a packet has besides its bytes. */
const recordOverheadSizeBytes = 48;

/**
 * Cuts a capture into parts, each a file of its own with the names and secrets known so far. Times are cut into windows from the first packet on;
 * a packet that is older than its window stays in it, and a window without packets makes no part.
 */
export async function* splitCapture(
  source: AsyncIterable<Uint8Array>,
  options: SplitOptions,
): AsyncGenerator<SplitPart, SplitResult> {
  const cursor = new PacketCursor(source, options);
  const splitter = new Splitter(cursor, options);
  try {
    await splitter.start();
    for (let number = 1; number === 1 || !splitter.isDone; number++)
      yield { number, chunks: splitter.part() };
  } finally {
    await cursor.close();
  }
  return { parts: splitter.parts, packets: splitter.packets, problem: cursor.problem };
}

class Splitter {
  parts = 0;
  packets = 0;
  isDone = false;
  readonly #cursor: PacketCursor;
  readonly #options: SplitOptions;
  readonly #blocks: KeptBlocks;
  #writer: CaptureWriter | null = null;
  #windowEnd: bigint | null = null;

  constructor(cursor: PacketCursor, options: SplitOptions) {
    this.#cursor = cursor;
    this.#options = options;
    this.#blocks = new KeptBlocks(cursor.reader, (block) => this.#writer?.putBlock(block));
  }

  async start(): Promise<void> {
    this.isDone = !(await this.#cursor.fill());
  }

  /** The packets from where the cursor stands to the part's end. */
  async *part(): AsyncGenerator<Uint8Array, void> {
    const cursor = this.#cursor;
    const writer = captureWriter(this.#options.format, cursor.reader);
    this.#writer = writer;
    this.parts++;
    this.#openWindow();
    for (const block of this.#blocks.all) writer.putBlock(block);
    for (let count = 0; !this.isDone && (count === 0 || this.#fits(writer, count)); count++) {
      writer.putPacket(cursor.packet, cursor.packet.capturedLength);
      this.packets++;
      if (writer.isFull) yield writer.take();
      if (!cursor.next()) this.isDone = !(await cursor.fill());
    }
    writer.finish();
    yield writer.take();
  }

  #fits(writer: CaptureWriter, count: number): boolean {
    const { every } = this.#options;
    if (every.kind === "packets") return count < every.count;
    if (every.kind === "time") return this.#timeNow() < (this.#windowEnd ?? 0n);
    const { packet, reader } = this.#cursor;
    const end = reader.interfaces.length * statisticsSizeBytes;
    const size = packet.capturedLength + packet.optionsLength + recordOverheadSizeBytes + end;
    return writer.sizeBytes + size <= every.count;
  }

  /** Moves the window on to the one that the packet is in. */
  #openWindow(): void {
    const { every } = this.#options;
    if (every.kind !== "time" || this.isDone) return;
    const time = this.#timeNow();
    const start = this.#windowEnd ?? time;
    const passed = time > start ? (time - start) / every.nanoseconds : 0n;
    this.#windowEnd = start + (passed + 1n) * every.nanoseconds;
  }

  #timeNow(): bigint {
    return toNanoseconds(this.#cursor.packet);
  }
}
