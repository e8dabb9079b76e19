import { uint16In, uint32In } from "./bytes.ts";
import type { CaptureInterface, CaptureOption } from "./record.ts";

/** pcapng option codes of an interface description block. */
export const interfaceOption = {
  comment: 1,
  name: 2,
  description: 3,
  speed: 8,
  timeResolution: 9,
  filter: 11,
  operatingSystem: 12,
  timeOffset: 14,
  hardware: 15,
} as const;

/** Options kept of one block, and bytes of each; more are passed over. */
const optionCountMax = 32;
const optionSizeMax = 65_535;

/** Reads an interface description block of `size` bytes at `at`; at least 20 bytes are there. */
export function readInterface(
  bytes: Uint8Array,
  at: number,
  size: number,
  little: boolean,
): CaptureInterface {
  const options = readOptions(bytes, at + 16, at + size - 4, little);
  const valueOf = (code: number): Uint8Array | undefined =>
    options.find((option) => option.code === code)?.value;
  const offset = valueOf(interfaceOption.timeOffset);
  return {
    linkType: uint16In(bytes, at + 8, little),
    snapLength: uint32In(bytes, at + 12, little),
    timeResolution: valueOf(interfaceOption.timeResolution)?.[0] ?? 6,
    timeOffsetSeconds: offset?.length === 8 ? signedSeconds(offset, little) : 0,
    littleEndian: little,
    options,
  };
}

/** The options between two offsets; stops at the end mark and where one does not fit. */
export function readOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
): CaptureOption[] {
  const options: CaptureOption[] = [];
  let at = start;
  while (at + 4 <= end && options.length < optionCountMax) {
    const code = uint16In(bytes, at, little);
    const length = uint16In(bytes, at + 2, little);
    if (code === 0 || at + 4 + length > end || length > optionSizeMax) break;
    options.push({ code, value: bytes.slice(at + 4, at + 4 + length) });
    at += 4 + ((length + 3) & ~3);
  }
  return options;
}

function signedSeconds(value: Uint8Array, little: boolean): number {
  const high = uint32In(value, little ? 4 : 0, little) | 0;
  return high * 4_294_967_296 + uint32In(value, little ? 0 : 4, little);
}
