import { NightcapError } from "../common/errors.ts";
import type { CutTime } from "../inspection/tools/cut-capture.ts";
import type { SplitEvery } from "../inspection/tools/split-capture.ts";

const nanosecondsPerSecond = 1_000_000_000n;

const secondsOf: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, min: 60, h: 3_600 };
const bytesOf: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/**
 * A moment for a cut: `+10s` or `+1.5m` from the first packet, or ISO 8601 with up to nanoseconds, in
 * UTC where it names no zone.
 */
export function parseCutTime(text: string): CutTime {
  const relative = /^\+(\d+(?:\.\d+)?)(ms|s|m|min|h)?$/.exec(text);
  if (relative) {
    const seconds = Number(relative[1]) * (secondsOf[relative[2] ?? "s"] ?? 1);
    return { kind: "relative", nanoseconds: BigInt(Math.round(seconds * 1e9)) };
  }
  const absolute =
    /^(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const [, moment = "", fraction = "", zone = "Z"] = absolute ?? [];
  const withTime = moment.includes(":") ? moment.replace(" ", "T") : `${moment}T00:00`;
  const milliseconds = Date.parse(`${withTime}${zone}`);
  if (!absolute || Number.isNaN(milliseconds))
    throw new NightcapError(
      "InvalidParameter",
      `"${text}" is no time: give ISO 8601 such as 2026-11-21T07:30:00.5Z, or +10s from the first packet`,
    );
  const nanoseconds = BigInt(fraction.slice(1).padEnd(9, "0"));
  return {
    kind: "absolute",
    nanoseconds: (BigInt(milliseconds) / 1_000n) * nanosecondsPerSecond + nanoseconds,
  };
}

/** Bytes as a number, or with a unit (`50MB`, `1GiB`); null when it is neither. */
export function parseBytes(text: string): number | null {
  const [, number = "", unit = "B"] = /^(\d{1,12}(?:\.\d{1,6})?) ?([a-zA-Z]+)?$/.exec(text) ?? [];
  const factor = bytesOf[unit];
  return number === "" || factor === undefined ? null : Math.floor(Number(number) * factor);
}

/** Whole seconds as a number, or with a unit (`60s`, `5m`, `1h`); null when it is neither. */
export function parseSeconds(text: string): number | null {
  const [, number = "", unit = "s"] = /^(\d{1,6}) ?(s|m|min|h)?$/.exec(text) ?? [];
  return number === "" ? null : Number(number) * (secondsOf[unit] ?? 1);
}

/** What a part holds: `100MB`, `60s` or `10000packets`. */
export function parseEvery(text: string): SplitEvery {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([a-zA-Z]+)$/.exec(text) ?? [];
  const amount = Number(number);
  const bytes = bytesOf[unit];
  const seconds = secondsOf[unit];
  if (bytes !== undefined && amount * bytes >= 1)
    return { kind: "bytes", count: Math.floor(amount * bytes) };
  if (seconds !== undefined && amount * seconds >= 1e-3)
    return { kind: "time", nanoseconds: BigInt(Math.round(amount * seconds * 1e9)) };
  if (/^packets?$/.test(unit) && Number.isSafeInteger(amount) && amount >= 1)
    return { kind: "packets", count: amount };
  throw new NightcapError(
    "InvalidParameter",
    `"${text}" is no size of a part: give bytes (100MB), time (60s) or packets (10000packets)`,
  );
}
