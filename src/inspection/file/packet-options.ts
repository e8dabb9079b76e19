import { uint16In, uint32In } from "./bytes.ts";
import type { PacketView } from "./record.ts";

/** Options of one packet that are carried over. */
const optionCountMax = 32;

/** Sizes of the numbers in packet options whose value is one: flags, lost packets, packet id, queue. */
const numberSizes: Readonly<Record<number, number>> = { 2: 4, 4: 8, 5: 8, 6: 4 };

const noOptions = new Uint8Array(0);

/** A packet's options in little-endian, with their end mark; empty when there are none that fit. */
export function littleEndianOptions(packet: PacketView): Uint8Array {
  const { bytes, optionsOffset, optionsLength, littleEndian } = packet;
  const size = wholeOptionsSize(packet);
  if (size === 0 || optionsLength === 0) return noOptions;
  const options = new Uint8Array(size + 4);
  options.set(bytes.subarray(optionsOffset, optionsOffset + size));
  if (!littleEndian) turnOptions(options, size);
  return options;
}

/** Size of the options that lie whole before the end mark or the first one that does not fit. */
function wholeOptionsSize(packet: PacketView): number {
  const { bytes, optionsOffset, optionsLength, littleEndian } = packet;
  const end = optionsOffset + optionsLength;
  let at = optionsOffset;
  for (let count = 0; at + 4 <= end && count < optionCountMax; count++) {
    const next = at + 4 + ((uint16In(bytes, at + 2, littleEndian) + 3) & ~3);
    if (uint16In(bytes, at, littleEndian) === 0 || next > end) break;
    at = next;
  }
  return at - optionsOffset;
}

/** Turns codes, lengths and the numbers that are known to be numbers round. */
function turnOptions(options: Uint8Array, size: number): void {
  const view = new DataView(options.buffer);
  for (let at = 0; at < size;) {
    const code = view.getUint16(at);
    const length = view.getUint16(at + 2);
    view.setUint16(at, code, true);
    view.setUint16(at + 2, length, true);
    if (numberSizes[code] === length) options.subarray(at + 4, at + 4 + length).reverse();
    // Custom options begin with the number of an enterprise.
    else if (isCustom(code) && length >= 4)
      view.setUint32(at + 4, uint32In(options, at + 4, false), true);
    at += 4 + ((length + 3) & ~3);
  }
}

function isCustom(code: number): boolean {
  return (code & 0x7fff) === 2_988 || (code & 0x7fff) === 2_989;
}
