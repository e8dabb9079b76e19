// An index as bytes, so that a capture that is opened again is not read from end to end for it.
import { crc32 } from "../deflate/crc32.ts";
import type { PcapKind } from "../file/pcap.ts";
import type { CaptureInterface, PcapngSection } from "../file/record.ts";
import { base64 } from "./base64.ts";
import { PacketIndex } from "./packet-index.ts";

/** Whatever changes what is written here, or what is noted of a packet, takes the next number. */
const version = 1;
/** "NCPI"; behind it the CRC of all that follows, the version and the size of the head. */
const magic = [0x4e, 0x43, 0x50, 0x49];
const checkedOffset = 8;
const prefixSizeBytes = 16;
/** Indexes of more packets are not kept: some 2 bytes for each are read whenever the file is opened. */
export const keptPacketCountMax = 40_000_000;
const headSizeBytesMax = 16_777_216;

/** What an index is of: any other bytes need another. */
export interface IndexedFile {
  sizeBytes: number;
  sha256: string;
}

interface Head extends IndexedFile {
  packetCount: number;
  endOffset: number;
  firstTime: string | null;
  problem: string | null;
  layout:
    | { format: "pcap"; kind: PcapKind; header: string }
    | { format: "pcapng"; interfaces: Omit<CaptureInterface, "options">[] }
    | null;
  sections: { from: number; section: PcapngSection }[];
}

/** Null where the index is not finished, or too large to be kept. */
export function keepIndex(index: PacketIndex, file: IndexedFile): Uint8Array<ArrayBuffer> | null {
  if (!index.isComplete || index.packetCount > keptPacketCountMax) return null;
  const head = new TextEncoder().encode(JSON.stringify(headOf(index, file)));
  if (head.length > headSizeBytesMax) return null;
  const steps = stepsOf(index);
  const bytes = new Uint8Array(prefixSizeBytes + head.length + steps.length);
  bytes.set(head, prefixSizeBytes);
  bytes.set(steps, prefixSizeBytes + head.length);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint32(8, version, true);
  view.setUint32(12, head.length, true);
  view.setUint32(4, crc32(bytes.subarray(checkedOffset), 0), true);
  return bytes;
}

/** Null where the bytes are damaged, of another version, or of another file. */
export function keptIndex(bytes: Uint8Array, file: IndexedFile): PacketIndex | null {
  const head = headIn(bytes);
  if (head?.sha256 !== file.sha256 || head.sizeBytes !== file.sizeBytes) return null;
  const index = new PacketIndex();
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  takeSteps(index, bytes.subarray(prefixSizeBytes + size), head);
  index.layout = layoutOf(head);
  index.firstTime = head.firstTime === null ? null : BigInt(head.firstTime);
  index.endOffset = head.endOffset;
  index.problem = head.problem;
  index.isComplete = true;
  return index.packetCount === head.packetCount ? index : null;
}

function headOf(index: PacketIndex, file: IndexedFile): Head {
  const { packetCount, endOffset, firstTime, problem, sections } = index;
  return {
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    packetCount,
    endOffset,
    firstTime: firstTime === null ? null : String(firstTime),
    problem,
    layout: toldLayout(index),
    sections: [...sections],
  };
}

function toldLayout({ layout }: PacketIndex): Head["layout"] {
  if (layout?.format === "pcap") return { ...layout, header: base64(layout.header) };
  if (!layout) return null;
  // Names and descriptions of interfaces are not what packets are read by.
  const interfaces = layout.interfaces.map(({ options: _options, ...rest }) => rest);
  return { format: "pcapng", interfaces };
}

function layoutOf({ layout }: Head): PacketIndex["layout"] {
  if (layout?.format === "pcap") {
    const header = Uint8Array.from(atob(layout.header), (character) => character.charCodeAt(0));
    return { ...layout, header };
  }
  if (!layout) return null;
  const interfaces = layout.interfaces.map((each) => ({ ...each, options: [] }));
  return { format: "pcapng", interfaces };
}

function headIn(bytes: Uint8Array): Head | null {
  if (bytes.length < prefixSizeBytes || magic.some((byte, at) => bytes[at] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(4, true) !== crc32(bytes.subarray(checkedOffset), 0)) return null;
  if (view.getUint32(8, true) !== version) return null;
  const size = view.getUint32(12, true);
  const text = new TextDecoder().decode(bytes.subarray(prefixSizeBytes, prefixSizeBytes + size));
  return JSON.parse(text) as Head;
}

/** By how much each packet begins behind the one before: seven bits a byte, the lowest first. */
function stepsOf(index: PacketIndex): Uint8Array {
  let bytes = new Uint8Array(Math.max(64, index.packetCount * 2 + 64));
  let length = 0;
  let before = 0;
  for (let place = 0; place < index.packetCount; place++) {
    if (length + 10 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    const offset = index.offsetOf(place);
    let step = offset - before;
    for (; step > 127; step = Math.floor(step / 128)) bytes[length++] = (step % 128) | 128;
    bytes[length++] = step;
    before = offset;
  }
  return bytes.subarray(0, length);
}

function takeSteps(index: PacketIndex, steps: Uint8Array, { sections }: Head): void {
  let offset = 0;
  let section = 0;
  for (let at = 0; at < steps.length; at++) {
    for (let scale = 1; ; scale *= 128) {
      const byte = steps[at] ?? 0;
      offset += (byte & 127) * scale;
      if (byte < 128) break;
      at++;
    }
    while ((sections[section + 1]?.from ?? Infinity) <= index.packetCount) section++;
    index.add(offset, sections[section]?.section ?? null);
  }
}
