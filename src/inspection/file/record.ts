/**
 * One packet of a capture file, in place: `bytes[offset .. offset + capturedLength)`. The reader owns
 * and reuses this object; it is valid until the next call to the reader.
 */
export interface PacketView {
  bytes: Uint8Array;
  offset: number;
  capturedLength: number;
  /** Length on the wire, bytes. */
  originalLength: number;
  /** Since the epoch; with `nanoseconds` (0 to 999,999,999) the exact time. */
  seconds: number;
  nanoseconds: number;
  /** False for simple packet blocks, which have none. */
  hasTime: boolean;
  /** Index into the reader's `interfaces`. */
  interfaceIndex: number;
  linkType: number;
  /** pcapng options of the packet, as they lie in the file; length 0 when there are none. */
  optionsOffset: number;
  optionsLength: number;
  littleEndian: boolean;
}

/** A pcapng option, its value in place copied out; numbers inside are in the section's byte order. */
export interface CaptureOption {
  code: number;
  value: Uint8Array;
}

/** What was recorded from: one interface description block, or the header of a pcap file. */
export interface CaptureInterface {
  linkType: number;
  /** Bytes kept of each packet; 0 is no limit. */
  snapLength: number;
  /** As in `if_tsresol`: below 128 a negative power of 10, from 128 on of 2. */
  timeResolution: number;
  timeOffsetSeconds: number;
  littleEndian: boolean;
  /** Name, description, filter and the like, bounded. */
  options: CaptureOption[];
  /** Packets read of it so far. */
  packets: number;
  /** What the recorder counted itself, from the latest interface statistics block; null where it does not say. */
  received: number | null;
  dropped: number | null;
}

/** A pcapng block that is no packet and describes none: `bytes[offset .. offset + sizeBytes)`, headers included. */
export interface BlockView {
  type: number;
  bytes: Uint8Array;
  offset: number;
  sizeBytes: number;
  littleEndian: boolean;
}

/** What a reader has found so far; the parsers of the formats write it. */
export interface ReaderState {
  packet: PacketView;
  interfaces: CaptureInterface[];
  /** Why the file cannot be read on; null while all is well. */
  problem: string | null;
  /** What the file said that was not read because of a bound. */
  interfacesIgnored: number;
  /** Comments of sections, in the order of the file; bounded. */
  comments: string[];
  /** Called with name resolution, decryption secrets and custom blocks that are not too large. */
  onBlock: ((block: BlockView) => void) | null;
}

export function newReaderState(): ReaderState {
  return {
    packet: {
      bytes: new Uint8Array(0),
      offset: 0,
      capturedLength: 0,
      originalLength: 0,
      seconds: 0,
      nanoseconds: 0,
      hasTime: false,
      interfaceIndex: 0,
      linkType: 0,
      optionsOffset: 0,
      optionsLength: 0,
      littleEndian: true,
    },
    interfaces: [],
    problem: null,
    interfacesIgnored: 0,
    comments: [],
    onBlock: null,
  };
}

/** What a parser made of the bytes at its offset. */
export const recordKind = { needMore: 0, packet: 1, other: 2, broken: 3 } as const;
export type RecordKind = (typeof recordKind)[keyof typeof recordKind];

/** Reads one record; `sizeBytes` is its size, which may reach past the end of what is there to skip. */
export interface RecordParser {
  read(bytes: Uint8Array, offset: number, end: number): RecordKind;
  readonly sizeBytes: number;
  /** True while the next bytes still belong to the record that began before. */
  readonly isInside?: boolean;
  /** Of a pcapng file, the section that was read last; another object for each. */
  readonly section?: PcapngSection;
}

/** What the blocks of one pcapng section share. */
export interface PcapngSection {
  littleEndian: boolean;
  /** Index of its first interface among all that the file describes. */
  firstInterface: number;
}

const mebibyte = 1_048_576;
const packetSizeMaxStandard = 262_144;

/** Length on the wire that is believed; damaged files have larger ones, and this is then told, as by Wireshark. */
export const wireLengthMax = 0x7fffffff;

/** Largest packet that is believed, as Wireshark bounds it: D-Bus and USBPcap have huge ones. */
export function packetSizeMax(linkType: number): number {
  switch (linkType) {
    case 231:
    case 249:
      return 128 * mebibyte;
    case 279:
      return 32 * mebibyte;
    default:
      return packetSizeMaxStandard;
  }
}
