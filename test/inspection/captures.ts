// Captures written by hand, for tests: bytes in, bytes out.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const fixtureDirectory = join(import.meta.dirname, "..", "fixtures", "captures");

export const fixtureNames: readonly string[] = readdirSync(fixtureDirectory)
  .filter((name) => /\.pcap(?:ng)?$/.test(name))
  .toSorted();

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(fixtureDirectory, name)));
}

export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

/** The bytes in chunks of a size, as a file is read. */
export async function* chunksOf(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.slice(at, at + size));
  }
}

export interface PcapOptions {
  little?: boolean;
  nanoseconds?: boolean;
  linkType?: number;
}

/** A pcap file of packets a second apart, the first one at 1 s. */
export function pcap(packets: readonly Uint8Array[], options: PcapOptions = {}): Uint8Array {
  const { little = true, nanoseconds = false, linkType = 1 } = options;
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, little);
  header.setUint16(4, 2, little);
  header.setUint16(6, 4, little);
  header.setUint32(16, 262_144, little);
  header.setUint32(20, linkType, little);
  const records = packets.map((packet, index) => {
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(0, index + 1, little);
    record.setUint32(4, 7, little);
    record.setUint32(8, packet.length, little);
    record.setUint32(12, packet.length, little);
    return Buffer.concat([Buffer.from(record.buffer), packet]);
  });
  return new Uint8Array(Buffer.concat([Buffer.from(header.buffer), ...records]));
}

/** A pcapng block around a body, which is padded. */
export function block(type: number, body: Uint8Array, little = true): Uint8Array {
  const size = 12 + ((body.length + 3) & ~3);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, little);
  view.setUint32(4, size, little);
  view.setUint32(size - 4, size, little);
  bytes.set(body, 8);
  return bytes;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
