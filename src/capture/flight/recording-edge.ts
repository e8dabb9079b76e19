import { createReadStream } from "node:fs";
import type { PacketView } from "../../inspection/file/record.ts";
import { PacketCursor } from "../../inspection/tools/packet-cursor.ts";
import type { EdgePacket } from "./edge.ts";

/** Longer than it takes a recorder to open its socket and to set its filter, on a busy machine too. */
const edgeNanoseconds = 250_000_000;
const edgePacketCountMax = 16_384;
/** Of the packets as they were sent: as many are kept of the ring meanwhile. */
const edgeSizeBytesMax = 16 << 20;
const comparedBytesMax = 512;

/** Where a recording begins: its first packets, with times that count from the first. */
export interface RecordingEdge {
  seconds: number;
  nanoseconds: number;
  packets: EdgePacket[];
}

/** Nanoseconds from the edge's beginning to a packet; exact for a hundred days. */
export const sinceEdge = (
  { seconds, nanoseconds }: Pick<RecordingEdge, "seconds" | "nanoseconds">,
  packet: Pick<PacketView, "seconds" | "nanoseconds">,
): number => (packet.seconds - seconds) * 1e9 + (packet.nanoseconds - nanoseconds);

/** The first packets of a recording that may still go on; null: it has none yet, or is not there. */
export async function readEdge(path: string): Promise<RecordingEdge | null> {
  const cursor = new PacketCursor(createReadStream(path));
  let edge: RecordingEdge | null = null;
  let sizeBytes = 0;
  try {
    while (cursor.next() || (await cursor.fill())) {
      const { packet } = cursor;
      edge ??= { seconds: packet.seconds, nanoseconds: packet.nanoseconds, packets: [] };
      const time = sinceEdge(edge, packet);
      sizeBytes += packet.originalLength;
      if (time > edgeNanoseconds || sizeBytes > edgeSizeBytesMax) break;
      edge.packets.push(edgePacket(packet, time));
      if (edge.packets.length >= edgePacketCountMax) break;
    }
  } catch {
    return edge; // a file that has no header yet is no capture
  } finally {
    await cursor.close();
  }
  return edge;
}

export function edgePacket(packet: PacketView, time: number): EdgePacket {
  const { bytes, offset, capturedLength, originalLength } = packet;
  const size = Math.min(capturedLength, comparedBytesMax);
  return { time, originalLength, bytes: bytes.slice(offset, offset + size) };
}
