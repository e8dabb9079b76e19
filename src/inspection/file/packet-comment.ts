import { uint16In } from "./bytes.ts";
import type { PacketView } from "./record.ts";

const optionCountMax = 64;
const endOfOptions = 0;
const comment = 1;

/** True when the packet carries a comment, which pcapng can keep beside it. */
export function hasComment({
  bytes,
  optionsOffset,
  optionsLength,
  littleEndian,
}: PacketView): boolean {
  const end = optionsOffset + optionsLength;
  let at = optionsOffset;
  for (let count = 0; count < optionCountMax && at + 4 <= end; count++) {
    const code = uint16In(bytes, at, littleEndian);
    if (code === comment) return true;
    if (code === endOfOptions) return false;
    at += 4 + ((uint16In(bytes, at + 2, littleEndian) + 3) & ~3);
  }
  return false;
}
