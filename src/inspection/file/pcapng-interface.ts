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
  const resolution = valueOf(interfaceOption.timeResolution);
  const offset = valueOf(interfaceOption.timeOffset);
  return {
    linkType: uint16In(bytes, at + 8, little),
    snapLength: uint32In(bytes, at + 12, little),
    timeResolution: resolution?.length === 1 ? (resolution[0] ?? 6) : 6,
    timeOffsetSeconds: offset?.length === 8 ? signedSeconds(offset, little) : 0,
    littleEndian: little,
    options,
    packets: 0,
    received: null,
    dropped: null,
  };
}

/** pcapng option codes of an interface statistics block. */
export const statisticsOption = { received: 4, dropped: 5 } as const;

/** Notes what the recorder counted; a later block counts from the same beginning and replaces an earlier. */
export function readStatistics(
  source: CaptureInterface,
  options: readonly CaptureOption[],
  little: boolean,
): void {
  for (const { code, value } of options) {
    if (value.length !== 8) continue;
    const high = uint32In(value, little ? 4 : 0, little);
    const count = high * 4_294_967_296 + uint32In(value, little ? 0 : 4, little);
    if (code === statisticsOption.received) source.received = count;
    if (code === statisticsOption.dropped) source.dropped = count;
  }
}

/** Characters kept of a text of the file. */
const textLengthMax = 4_096;

/** The comments among options. */
export function commentsOf(options: readonly CaptureOption[]): string[] {
  return options
    .filter(({ code }) => code === interfaceOption.comment)
    .map(({ value }) => optionText(value));
}

/** UTF-8, without the closing zero that some writers add. */
export function optionText(value: Uint8Array): string {
  return new TextDecoder().decode(value).replace(/\0+$/, "").slice(0, textLengthMax);
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
