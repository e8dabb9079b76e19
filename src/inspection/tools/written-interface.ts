import { interfaceOption } from "../file/pcapng-interface.ts";
import type { WrittenInterface } from "../file/pcapng-writer.ts";
import type { CaptureInterface, CaptureOption } from "../file/record.ts";

const userApplicationOption = 4;
const textSizeMax = 4_096;
const nanosecondResolution = 9;

/** The options of a section that Nightcap writes: its comments, and who wrote it. */
export function sectionOptions(comments: readonly string[]): CaptureOption[] {
  return [
    ...comments.map((comment) => textOption(interfaceOption.comment, comment)),
    textOption(userApplicationOption, "Nightcap"),
  ];
}

function textOption(code: number, text: string): CaptureOption {
  return { code, value: new TextEncoder().encode(text).subarray(0, textSizeMax) };
}

/** The options that stay true in the output; times are written without offset, in decimal units. */
export function writtenInterface(source: CaptureInterface): WrittenInterface {
  return {
    linkType: source.linkType,
    snapLength: source.snapLength,
    timeResolution: Math.min(source.timeResolution, nanosecondResolution),
    options: source.options.filter(({ code }) => keptOptionCodes.has(code)),
  };
}

const keptOptionCodes: ReadonlySet<number> = new Set([
  interfaceOption.comment,
  interfaceOption.name,
  interfaceOption.description,
  interfaceOption.filter,
  interfaceOption.operatingSystem,
  interfaceOption.hardware,
]);

/** A time in units of 10^-resolution seconds, as a block holds it. */
export function toTicks(timeNanoseconds: bigint, resolution: number): bigint {
  const ticks = timeNanoseconds / 10n ** BigInt(nanosecondResolution - resolution);
  return BigInt.asUintN(64, ticks);
}
