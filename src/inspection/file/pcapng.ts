import { uint16In, uint32, uint32In } from "./bytes.ts";
import { commentsOf, readInterface, readOptions, readStatistics } from "./pcapng-interface.ts";
import { TickClock } from "./time.ts";
import {
  packetSizeMax,
  recordKind,
  wireLengthMax,
  type CaptureInterface,
  type CaptureOption,
  type PcapngSection,
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
  decryptionSecrets: 10,
  custom: 0x0bad,
} as const;

const byteOrderMagic = 0x1a2b3c4d;
const blockOverheadSizeBytes = 12;
/** Larger blocks are not believed. */
const blockSizeMax = 128 * 1_048_576 + 131_104;
/** Other blocks that somebody may want are read up to this size, and passed over beyond it. */
const keptBlockSizeMax = 1_048_576;
/** Interfaces of one file; packets of further ones end the reading. */
const interfaceCountMax = 4_096;
/** Comments of sections that are kept. */
const commentCountMax = 100;

/** Reads the blocks of a pcapng file, any number of sections in either byte order; from within a section where one is given. */
export function pcapngParser(
  state: ReaderState,
  within: PcapngSection | null = null,
): RecordParser {
  const { packet } = state;
  const clock = new TickClock();
  let little = within?.littleEndian ?? true;
  let section: PcapngSection = within ?? { littleEndian: true, firstInterface: 0 };
  /** Index of the section's first interface in `state.interfaces`. */
  let sectionStart = section.firstInterface;
  let inSection = within !== null;
  /** Size of the block that is being passed over, of which only the closing length is left. */
  let closing = 0;

  function broken(reason: string): RecordKind {
    state.problem = reason;
    return recordKind.broken;
  }

  function setPacket(
    source: CaptureInterface,
    chunk: Uint8Array,
    at: number,
    captured: number,
  ): void {
    source.packets++;
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
    setPacket(source, chunk, at + 28, captured);
    packet.originalLength = Math.min(uint32In(chunk, at + 24, little), wireLengthMax);
    packet.hasTime = true;
    clock.read(packet, uint32In(chunk, at + 12, little), uint32In(chunk, at + 16, little), source);
    packet.optionsOffset = at + 28 + ((captured + 3) & ~3);
    packet.optionsLength = Math.max(0, at + size - 4 - packet.optionsOffset);
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
    setPacket(source, chunk, at + 12, captured);
    packet.originalLength = Math.min(original, wireLengthMax);
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

  function countInterface(chunk: Uint8Array, at: number, size: number): RecordKind {
    if (size < 24) return broken(`statistics block of ${size} bytes, at least 24 are needed`);
    const source = state.interfaces[sectionStart + uint32In(chunk, at + 8, little)];
    if (source) readStatistics(source, readOptions(chunk, at + 20, at + size - 4, little), little);
    return recordKind.other;
  }

  function startSection(chunk: Uint8Array, at: number, size: number): RecordKind {
    const major = uint16In(chunk, at + 12, little);
    const minor = uint16In(chunk, at + 14, little);
    if (major !== 1 || (minor !== 0 && minor !== 2))
      return broken(`pcapng version ${major}.${minor} is not known`);
    noteComments(state, readOptions(chunk, at + 24, at + size - 4, little));
    inSection = true;
    sectionStart = state.interfaces.length;
    section = { littleEndian: little, firstInterface: sectionStart };
    return recordKind.other;
  }

  function readBlock(type: number, chunk: Uint8Array, at: number, size: number): RecordKind {
    switch (type) {
      case blockType.sectionHeader:
        return startSection(chunk, at, size);
      case blockType.interfaceDescription:
        return describeInterface(chunk, at, size);
      case blockType.enhancedPacket:
        return timedPacket(chunk, at, size, true);
      case blockType.obsoletePacket:
        return timedPacket(chunk, at, size, false);
      case blockType.simplePacket:
        return simplePacket(chunk, at, size);
      case blockType.interfaceStatistics:
        return countInterface(chunk, at, size);
      default:
        state.onBlock?.({ type, bytes: chunk, offset: at, sizeBytes: size, littleEndian: little });
        return recordKind.other;
    }
  }

  /** The length that closes a block which was passed over. */
  function close(chunk: Uint8Array, at: number, end: number): RecordKind {
    if (end - at < 4) return recordKind.needMore;
    const size = closing;
    const told = uint32In(chunk, at, little);
    parser.sizeBytes = 4;
    closing = 0;
    return padded(told) === size ? recordKind.other : broken(unequalLengths(size, told));
  }

  /** Sets the section's byte order, which its header says itself. */
  function readByteOrder(chunk: Uint8Array, at: number): boolean {
    little = uint32In(chunk, at + 8, true) === byteOrderMagic;
    return little || uint32(chunk, at + 8) === byteOrderMagic;
  }

  function readWhole(type: number, chunk: Uint8Array, at: number, end: number): RecordKind {
    const size = parser.sizeBytes;
    if (end - at < size) return recordKind.needMore;
    const told = uint32In(chunk, at + size - 4, little);
    if (padded(told) !== size) return broken(unequalLengths(size, told));
    return readBlock(type, chunk, at, size);
  }

  const parser = {
    sizeBytes: 0,
    get isInside(): boolean {
      return closing > 0;
    },
    get section(): PcapngSection {
      return section;
    },
    read(chunk: Uint8Array, at: number, end: number): RecordKind {
      if (closing > 0) return close(chunk, at, end);
      if (end - at < blockOverheadSizeBytes) return recordKind.needMore;
      const isSection = uint32(chunk, at) === blockType.sectionHeader;
      if (isSection && !readByteOrder(chunk, at))
        return broken("section header without a byte-order magic");
      const type = isSection ? blockType.sectionHeader : uint32In(chunk, at, little);
      // Some writers give a length without the padding, which is there all the same.
      const size = padded(uint32In(chunk, at + 4, little));
      const sizeMin = isSection ? 28 : blockOverheadSizeBytes;
      if (size < sizeMin) return broken(`block of ${size} bytes, at least ${sizeMin} are needed`);
      if (!inSection && !isSection) return broken("block before the first section header");
      if (size > blockSizeMax) return broken(`block of ${size} bytes, at most ${blockSizeMax}`);
      parser.sizeBytes = size;
      if (isRead(type) || (isKept(type, state) && size <= keptBlockSizeMax))
        return readWhole(type, chunk, at, end);
      parser.sizeBytes = size - 4;
      closing = size;
      return recordKind.other;
    },
  };
  return parser;
}

/** To 32 bits; a length near 2^32 becomes 0, which is none. */
function padded(size: number): number {
  return ((size + 3) & ~3) >>> 0;
}

function unequalLengths(first: number, last: number): string {
  return `block begins with length ${first} and ends with ${last}`;
}

function isRead(type: number): boolean {
  return type === blockType.sectionHeader || (type > 0 && type <= 6 && type !== 4);
}

/** Blocks that are read only when somebody takes them. */
function isKept(type: number, { onBlock }: ReaderState): boolean {
  if (onBlock === null) return false;
  return (
    type === blockType.nameResolution ||
    type === blockType.decryptionSecrets ||
    type === blockType.custom
  );
}

function noteComments(state: ReaderState, options: readonly CaptureOption[]): void {
  for (const text of commentsOf(options)) {
    if (state.comments.length < commentCountMax) state.comments.push(text);
  }
}
