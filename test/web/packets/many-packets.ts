// A capture of many packets, quick to make: datagrams between a few hosts, each numbered by its payload.
import { writeFile } from "node:fs/promises";

const fileHeaderSizeBytes = 24;
const recordHeaderSizeBytes = 16;
const frameSizeBytes = 60;
const payloadAt = 42;

/** Writes a pcap file of so many packets, a millisecond apart. */
export async function writeManyPackets(path: string, packetCount: number): Promise<void> {
  const recordSizeBytes = recordHeaderSizeBytes + frameSizeBytes;
  const file = Buffer.alloc(fileHeaderSizeBytes + packetCount * recordSizeBytes);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(65_535, 16);
  file.writeUInt32LE(1, 20);
  const frame = datagram();
  for (let packet = 0; packet < packetCount; packet++) {
    const at = fileHeaderSizeBytes + packet * recordSizeBytes;
    file.writeUInt32LE(1_700_000_000 + Math.floor(packet / 1_000), at);
    file.writeUInt32LE((packet % 1_000) * 1_000, at + 4);
    file.writeUInt32LE(frameSizeBytes, at + 8);
    file.writeUInt32LE(frameSizeBytes, at + 12);
    frame.copy(file, at + recordHeaderSizeBytes);
    file[at + recordHeaderSizeBytes + 33] = 1 + (packet % 8); // the destination's last byte
    file.writeUInt32BE(packet + 1, at + recordHeaderSizeBytes + payloadAt);
  }
  await writeFile(path, file);
}

/** From 192.0.2.1:40000 to 198.51.100.x:9999, without checksums. */
function datagram(): Buffer {
  const frame = Buffer.alloc(frameSizeBytes);
  Buffer.from("0200000000020200000000010800450000260000000040110000c0000201c6336400", "hex").copy(
    frame,
  );
  frame.writeUInt16BE(40_000, 34);
  frame.writeUInt16BE(9_999, 36);
  frame.writeUInt16BE(18, 38);
  return frame;
}
