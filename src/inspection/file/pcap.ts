import { uint16In, uint32In } from "./bytes.ts";
import {
  packetSizeMax,
  recordKind,
  wireLengthMax,
  type ReaderState,
  type RecordKind,
  type RecordParser,
} from "./record.ts";

export const pcapHeaderSizeBytes = 24;
const ixiaHeaderSizeBytes = 28;

/** Sizes of record headers. "Modified" pcap (Kuznetzov's patch) adds interface, protocol and packet type. */
const recordHeader = { standard: 16, nokia: 20, modified: 24, modifiedLater: 28 } as const;

export interface PcapKind {
  littleEndian: boolean;
  nanoseconds: boolean;
  /** Layouts that share the magic number, the usual one first. */
  recordHeaderSizes: readonly number[];
  headerSizeBytes: number;
}

interface MagicNumber {
  magic: number;
  nanoseconds?: true;
  recordHeaderSizes: readonly number[];
  headerSizeBytes?: number;
}

const { standard, nokia, modified, modifiedLater } = recordHeader;
const magicNumbers: readonly MagicNumber[] = [
  { magic: 0xa1b2c3d4, recordHeaderSizes: [standard, modified, nokia] },
  { magic: 0xa1b23c4d, recordHeaderSizes: [standard], nanoseconds: true },
  { magic: 0xa1b2cd34, recordHeaderSizes: [modified, modifiedLater] },
  // Ixia's hardware and software captures: the size of all records follows the header.
  { magic: 0x1c0001ac, recordHeaderSizes: [standard], headerSizeBytes: ixiaHeaderSizeBytes },
  { magic: 0x1c0001ab, recordHeaderSizes: [standard], headerSizeBytes: ixiaHeaderSizeBytes },
];

/** The kind of pcap file that begins so, or null: the magic number decides, in both byte orders. */
export function pcapKind(bytes: Uint8Array, at: number): PcapKind | null {
  for (const littleEndian of [true, false]) {
    const magic = uint32In(bytes, at, littleEndian);
    const found = magicNumbers.find((known) => known.magic === magic);
    if (!found) continue;
    const { nanoseconds = false, recordHeaderSizes } = found;
    const headerSizeBytes = found.headerSizeBytes ?? pcapHeaderSizeBytes;
    return { littleEndian, nanoseconds, recordHeaderSizes, headerSizeBytes };
  }
  return null;
}

/** True when so few bytes may still be the beginning of a pcap file. */
export function mayBePcap(bytes: Uint8Array): boolean {
  return magicNumbers.some(({ magic }) =>
    [0, 24].some((start) =>
      bytes.every((byte, index) => byte === ((magic >>> Math.abs(start - index * 8)) & 0xff)),
    ),
  );
}

/** Reads the records of a pcap file whose header lies at `headerAt`. */
export function pcapParser(
  state: ReaderState,
  kind: PcapKind,
  bytes: Uint8Array,
  headerAt: number,
): RecordParser {
  const little = kind.littleEndian;
  // Where only one layout is left there is nothing to choose.
  const [onlySize = 0, another] = kind.recordHeaderSizes;
  let headerSizeBytes = another === undefined ? onlySize : 0;
  // The upper half holds the length of a frame check sequence, not the link type.
  const linkType = uint32In(bytes, headerAt + 20, little) & 0xffff;
  const major = uint16In(bytes, headerAt + 4, little);
  const minor = uint16In(bytes, headerAt + 6, little);
  // Before version 2.3 the two lengths were the other way round, and in 2.3 with some writers.
  const swapped = major === 2 && minor < 3;
  const maybeSwapped = major === 2 && minor === 3;
  const sizeMax = packetSizeMax(linkType);
  const { packet } = state;
  const source = {
    linkType,
    snapLength: uint32In(bytes, headerAt + 16, little),
    timeResolution: kind.nanoseconds ? 9 : 6,
    timeOffsetSeconds: 0,
    littleEndian: little,
    options: [],
    packets: 0,
    received: null,
    dropped: null,
  };
  state.interfaces.push(source);
  packet.linkType = linkType;
  packet.hasTime = true;
  packet.littleEndian = little;

  let seen = bytes;
  let view = viewOf(bytes);

  const parser = {
    sizeBytes: 0,
    read(chunk: Uint8Array, offset: number, end: number): RecordKind {
      if (chunk !== seen) {
        seen = chunk;
        view = viewOf(chunk);
      }
      if (end - offset < (headerSizeBytes || recordHeader.standard)) return recordKind.needMore;
      if (major < 2) return broken(state, `pcap version ${major}.${minor} is not known`);
      let captured = view.getUint32(offset + (swapped ? 12 : 8), little);
      let original = view.getUint32(offset + (swapped ? 8 : 12), little);
      if (maybeSwapped && captured > original) [captured, original] = [original, captured];
      if (captured > sizeMax)
        return broken(
          state,
          `packet of ${captured} bytes is larger than ${sizeMax}, the most that is believed`,
        );
      if (headerSizeBytes === 0) headerSizeBytes = chooseLayout(kind, chunk, offset, end);
      parser.sizeBytes = headerSizeBytes + captured;
      if (end - offset < parser.sizeBytes) return recordKind.needMore;
      // Writing a reference costs more than comparing it.
      if (packet.bytes !== chunk) packet.bytes = chunk;
      packet.offset = offset + headerSizeBytes;
      packet.capturedLength = captured;
      packet.originalLength = Math.min(original, wireLengthMax);
      packet.seconds = view.getUint32(offset, little);
      const fraction = view.getUint32(offset + 4, little);
      packet.nanoseconds = kind.nanoseconds ? fraction : fraction * 1_000;
      if (packet.nanoseconds >= 1_000_000_000) carrySeconds(state);
      source.packets++;
      return recordKind.packet;
    },
  };
  return parser;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function broken(state: ReaderState, reason: string): RecordKind {
  state.problem = reason;
  return recordKind.broken;
}

/**
 * Of the layouts that share a magic number: the usual one, unless no record can follow the first one
 * in it and a credible one does in another. Told only when the second record has come with the first.
 */
function chooseLayout(kind: PcapKind, chunk: Uint8Array, offset: number, end: number): number {
  const [usual = recordHeader.standard, ...others] = kind.recordHeaderSizes;
  const little = kind.littleEndian;
  const nextOf = (size: number): number => offset + size + uint32In(chunk, offset + 8, little);
  const hasNext = (size: number): boolean => nextOf(size) + recordHeader.standard <= end;
  if (!hasNext(usual) || isPossibleRecord(chunk, nextOf(usual), little)) return usual;
  const seconds = uint32In(chunk, offset, little);
  const isNear = (at: number): boolean =>
    Math.abs(uint32In(chunk, at, little) - seconds) < secondsApartMax;
  const isCredible = (size: number): boolean =>
    hasNext(size) && isCredibleRecord(chunk, nextOf(size), little) && isNear(nextOf(size));
  return others.find(isCredible) ?? usual;
}

/** Records that follow each other are not years apart. */
const secondsApartMax = 100_000_000;

/** What a damaged record may still be. */
function isPossibleRecord(chunk: Uint8Array, at: number, little: boolean): boolean {
  const captured = uint32In(chunk, at + 8, little);
  return captured <= packetSizeMax(0) && uint32In(chunk, at + 4, little) < 1_000_000;
}

function isCredibleRecord(chunk: Uint8Array, at: number, little: boolean): boolean {
  const captured = uint32In(chunk, at + 8, little);
  const original = uint32In(chunk, at + 12, little);
  return (
    isPossibleRecord(chunk, at, little) &&
    captured > 0 &&
    captured <= original &&
    original <= packetSizeMax(0)
  );
}

/** Damaged records have fractions over a second; the sum is what they say. */
function carrySeconds({ packet }: ReaderState): void {
  packet.seconds += Math.floor(packet.nanoseconds / 1_000_000_000);
  packet.nanoseconds %= 1_000_000_000;
}
