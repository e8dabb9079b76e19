import { uint16In, uint32In } from "./bytes.ts";
import {
  packetSizeMax,
  recordKind,
  type ReaderState,
  type RecordKind,
  type RecordParser,
} from "./record.ts";

export const pcapHeaderSizeBytes = 24;
const recordHeaderSizeBytes = 16;
/** "Modified" pcap (Kuznetzov's patch) adds interface, protocol and packet type to each record. */
const modifiedRecordHeaderSizeBytes = 24;

export interface PcapKind {
  littleEndian: boolean;
  nanoseconds: boolean;
  modified: boolean;
}

/** The kind of pcap file that begins so, or null: the magic number decides, in both byte orders. */
export function pcapKind(bytes: Uint8Array, at: number): PcapKind | null {
  for (const littleEndian of [true, false]) {
    const magic = uint32In(bytes, at, littleEndian);
    if (magic === 0xa1b2c3d4) return { littleEndian, nanoseconds: false, modified: false };
    if (magic === 0xa1b23c4d) return { littleEndian, nanoseconds: true, modified: false };
    if (magic === 0xa1b2cd34) return { littleEndian, nanoseconds: false, modified: true };
  }
  return null;
}

/** Reads the records of a pcap file whose header of 24 bytes lies at `headerAt`. */
export function pcapParser(
  state: ReaderState,
  kind: PcapKind,
  bytes: Uint8Array,
  headerAt: number,
): RecordParser {
  const little = kind.littleEndian;
  const headerSizeBytes = kind.modified ? modifiedRecordHeaderSizeBytes : recordHeaderSizeBytes;
  // The upper half holds the length of a frame check sequence, not the link type.
  const linkType = uint32In(bytes, headerAt + 20, little) & 0xffff;
  // Before version 2.3 the two lengths were the other way round.
  const swapped =
    uint16In(bytes, headerAt + 4, little) === 2 && uint16In(bytes, headerAt + 6, little) < 3;
  const sizeMax = packetSizeMax(linkType);
  const { packet } = state;
  state.interfaces.push({
    linkType,
    snapLength: uint32In(bytes, headerAt + 16, little),
    timeResolution: kind.nanoseconds ? 9 : 6,
    timeOffsetSeconds: 0,
    littleEndian: little,
    options: [],
  });
  packet.linkType = linkType;
  packet.hasTime = true;
  packet.littleEndian = little;

  const parser = {
    sizeBytes: 0,
    read(chunk: Uint8Array, offset: number, end: number): RecordKind {
      if (end - offset < headerSizeBytes) return recordKind.needMore;
      const captured = uint32In(chunk, offset + (swapped ? 12 : 8), little);
      if (captured > sizeMax) {
        state.problem = `packet of ${captured} bytes is larger than ${sizeMax}, the most that is believed`;
        return recordKind.broken;
      }
      parser.sizeBytes = headerSizeBytes + captured;
      if (end - offset < parser.sizeBytes) return recordKind.needMore;
      packet.bytes = chunk;
      packet.offset = offset + headerSizeBytes;
      packet.capturedLength = captured;
      packet.originalLength = uint32In(chunk, offset + (swapped ? 8 : 12), little);
      packet.seconds = uint32In(chunk, offset, little);
      const fraction = uint32In(chunk, offset + 4, little);
      packet.nanoseconds = kind.nanoseconds ? fraction : fraction * 1_000;
      if (packet.nanoseconds >= 1_000_000_000) carrySeconds(state);
      return recordKind.packet;
    },
  };
  return parser;
}

/** Damaged records have fractions over a second; the sum is what they say. */
function carrySeconds({ packet }: ReaderState): void {
  packet.seconds += Math.floor(packet.nanoseconds / 1_000_000_000);
  packet.nanoseconds %= 1_000_000_000;
}
