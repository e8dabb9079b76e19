import type { ReadProblem } from "../file/capture-reader.ts";
import type { PacketView } from "../file/record.ts";
import { captureWriter, type CaptureFormat } from "./capture-writer.ts";
import { PacketCursor, type ReadOptions } from "./packet-cursor.ts";

export interface RewriteOptions extends ReadOptions {
  format: CaptureFormat;
}

/** How many bytes of a packet to keep; -1 leaves it out. Packets are numbered from 1. */
export type PacketRule = (packet: PacketView, number: number) => number;

export interface RewriteResult {
  packets: number;
  packetsLeftOut: number;
  sizeBytes: number;
  /** Name resolution, secrets and custom blocks that the output cannot hold. */
  blocksLeftOut: number;
  problem: ReadProblem | null;
}

/** Writes the packets that a rule keeps, as much of them as it says; everything else stays as it is. */
export async function* rewriteCapture(
  source: AsyncIterable<Uint8Array>,
  rule: PacketRule,
  options: RewriteOptions,
): AsyncGenerator<Uint8Array, RewriteResult> {
  const cursor = new PacketCursor(source, options);
  const writer = captureWriter(options.format, cursor.reader);
  const result = { packets: 0, packetsLeftOut: 0, blocksLeftOut: 0 };
  cursor.reader.takeBlocks((block) => {
    if (!writer.putBlock(block)) result.blocksLeftOut++;
  });
  try {
    while (cursor.next() || (await cursor.fill())) {
      const { packet } = cursor;
      const kept = rule(packet, cursor.number);
      if (kept < 0) {
        result.packetsLeftOut++;
        continue;
      }
      writer.putPacket(packet, Math.min(kept, packet.capturedLength));
      result.packets++;
      if (writer.isFull) yield writer.take();
    }
    writer.finish();
    yield writer.take();
  } finally {
    await cursor.close();
  }
  return { ...result, sizeBytes: writer.sizeBytes, problem: cursor.problem };
}
