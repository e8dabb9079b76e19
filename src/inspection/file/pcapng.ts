import { uint16In, uint32, uint32In } from "./bytes.ts";
import { readInterface } from "./pcapng-interface.ts";
import { ticksToTime } from "./time.ts";
import {
  packetSizeMax,
  recordKind,
  type CaptureInterface,
  type ReaderState,
  type RecordKind,
  type RecordParser,
} from "./record.ts";

export const blockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

const byteOrderMagic = 0x1a2b3c4d;
const blockOverheadSizeBytes = 12;
/** Blocks that are read whole (packets, interfaces) may not be larger; others are skipped. */
const blockSizeMax = 128 * 1_048_576 + 131_072;
/** Interfaces of one file; packets of further ones end the reading. */
const interfaceCountMax = 4_096;

/** Reads the blocks of a pcapng file, any number of sections in either byte order. */
export function pcapngParser(state: ReaderState): RecordParser {
  const { packet } = state;
  let little = true;
  /** Index of the section's first interface in `state.interfaces`. */
  let sectionStart = 0;
  let inSection = false;

  function broken(reason: string): RecordKind {
    state.problem = reason;
    return recordKind.broken;
  }

  function setPacket(chunk: Uint8Array, at: number, captured: number): void {
    packet.bytes = chunk;
    packet.offset = at;
    packet.capturedLength = captured;
    packet.littleEndian = little;
    packet.optionsLength = 0;
  }

  function useInterface(id: number): CaptureInterface | null {
    const found = state.interfaces[sectionStart + id];
    if (!found) {
      state.problem = `packet of interface ${id}, which is not described`;
      return null;
    }
    packet.interfaceIndex = sectionStart + id;
    packet.linkType = found.linkType;
    return found;
  }

  /** Enhanced and obsolete packet blocks are alike but for the interface id. */
  function timedPacket(chunk: Uint8Array, at: number, size: number, enhanced: boolean): RecordKind {
    if (size < 32) return broken(`packet block of ${size} bytes, at least 32 are needed`);
    const source = useInterface(
      enhanced ? uint32In(chunk, at + 8, little) : uint16In(chunk, at + 8, little),
    );
    if (!source) return recordKind.broken;
    const captured = uint32In(chunk, at + 20, little);
    const sizeMax = packetSizeMax(source.linkType);
    if (captured > sizeMax) return broken(`packet of ${captured} bytes is larger than ${sizeMax}`);
    if (captured > size - 32)
      return broken(`packet of ${captured} bytes in a block of ${size} bytes`);
    setPacket(chunk, at + 28, captured);
    packet.originalLength = uint32In(chunk, at + 24, little);
    packet.hasTime = true;
    ticksToTime(packet, uint32In(chunk, at + 12, little), uint32In(chunk, at + 16, little), source);
    packet.optionsOffset = at + 28 + ((captured + 3) & ~3);
    packet.optionsLength = enhanced ? Math.max(0, at + size - 4 - packet.optionsOffset) : 0;
    return recordKind.packet;
  }

  function simplePacket(chunk: Uint8Array, at: number, size: number): RecordKind {
    if (size < 16) return broken(`simple packet block of ${size} bytes, at least 16 are needed`);
    const source = useInterface(0);
    if (!source) return recordKind.broken;
    const original = uint32In(chunk, at + 8, little);
    const captured = source.snapLength > 0 ? Math.min(original, source.snapLength) : original;
    if (captured > size - 16)
      return broken(`packet of ${captured} bytes in a block of ${size} bytes`);
    setPacket(chunk, at + 12, captured);
    packet.originalLength = original;
    packet.hasTime = false;
    packet.seconds = 0;
    packet.nanoseconds = 0;
    return recordKind.packet;
  }

  function describeInterface(chunk: Uint8Array, at: number, size: number): RecordKind {
    if (size < 20) return broken(`interface block of ${size} bytes, at least 20 are needed`);
    if (state.interfaces.length >= interfaceCountMax) state.interfacesIgnored++;
    else state.interfaces.push(readInterface(chunk, at, size, little));
    return recordKind.other;
  }

  function startSection(chunk: Uint8Array, at: number): RecordKind {
    const major = uint16In(chunk, at + 12, little);
    const minor = uint16In(chunk, at + 14, little);
    if (major !== 1 || (minor !== 0 && minor !== 2))
      return broken(`pcapng version ${major}.${minor} is not known`);
    inSection = true;
    sectionStart = state.interfaces.length;
    return recordKind.other;
  }

  function readBlock(type: number, chunk: Uint8Array, at: number, size: number): RecordKind {
    switch (type) {
      case blockType.sectionHeader:
        return startSection(chunk, at);
      case blockType.interfaceDescription:
        return describeInterface(chunk, at, size);
      case blockType.enhancedPacket:
        return timedPacket(chunk, at, size, true);
      case blockType.obsoletePacket:
        return timedPacket(chunk, at, size, false);
      default:
        return simplePacket(chunk, at, size);
    }
  }

  const parser = {
    sizeBytes: 0,
    read(chunk: Uint8Array, at: number, end: number): RecordKind {
      if (end - at < blockOverheadSizeBytes) return recordKind.needMore;
      const isSection = uint32(chunk, at) === blockType.sectionHeader;
      if (isSection) {
        little = uint32In(chunk, at + 8, true) === byteOrderMagic;
        if (!little && uint32(chunk, at + 8) !== byteOrderMagic)
          return broken("section header without a byte-order magic");
      }
      const type = isSection ? blockType.sectionHeader : uint32In(chunk, at, little);
      const size = uint32In(chunk, at + 4, little);
      const sizeMin = isSection ? 28 : blockOverheadSizeBytes;
      if (size < sizeMin) return broken(`block of ${size} bytes, at least ${sizeMin} are needed`);
      if (!inSection && !isSection) return broken("block before the first section header");
      // Blocks are padded to 32 bits; a length that is not says how much to pass over all the same.
      parser.sizeBytes = size;
      if (!isRead(type)) return recordKind.other;
      if (size > blockSizeMax) return broken(`block of ${size} bytes, at most ${blockSizeMax}`);
      if (end - at < size) return recordKind.needMore;
      const trailing = uint32In(chunk, at + size - 4, little);
      if (trailing !== size)
        return broken(`block begins with length ${size} and ends with ${trailing}`);
      return readBlock(type, chunk, at, size);
    },
  };
  return parser;
}

function isRead(type: number): boolean {
  return (
    type === blockType.sectionHeader ||
    type === blockType.interfaceDescription ||
    type === blockType.enhancedPacket ||
    type === blockType.obsoletePacket ||
    type === blockType.simplePacket
  );
}
