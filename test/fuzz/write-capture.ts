import type { CorpusPacket } from "./corpus.ts";

const microsecondsPerSecond = 1_000_000;
const snapLength = 262_144;

/** The packets as a pcap file when they share a link type, otherwise as pcapng with one interface for each. */
export function writeCapture(packets: readonly CorpusPacket[], asPcapng: boolean): Buffer {
  const linkTypes = [...new Set(packets.map(({ linkType }) => linkType))];
  if (linkTypes.length > 1 || asPcapng) return writePcapng(packets, linkTypes);
  const header = numbers([0xa1b2c3d4, 0x00040002, 0, 0, snapLength, linkTypes[0] ?? 1]);
  const records = packets.flatMap(({ bytes, originalLength, microseconds }) => {
    const seconds = Math.floor(microseconds / microsecondsPerSecond);
    const rest = microseconds - seconds * microsecondsPerSecond;
    return [numbers([seconds, rest, bytes.length, originalLength]), bytes];
  });
  return Buffer.concat([header, ...records]);
}

function writePcapng(packets: readonly CorpusPacket[], linkTypes: readonly number[]): Buffer {
  const section = numbers([0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28]);
  const interfaces = linkTypes.map((linkType) => numbers([1, 20, linkType, snapLength, 20]));
  const blocks = packets.flatMap(({ bytes, originalLength, linkType, microseconds }) => {
    const padding = Buffer.alloc(-bytes.length & 3);
    const size = 32 + bytes.length + padding.length;
    const high = Math.floor(microseconds / 2 ** 32);
    const times = [high, microseconds - high * 2 ** 32];
    const lengths = [bytes.length, originalLength];
    const head = numbers([6, size, linkTypes.indexOf(linkType), ...times, ...lengths]);
    return [head, bytes, padding, numbers([size])];
  });
  return Buffer.concat([section, ...interfaces, ...blocks]);
}

function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
}
