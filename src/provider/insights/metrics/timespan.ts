import { NightcapError } from "../../../common/errors.ts";
import { parseDurationSeconds } from "../../../metric/duration.ts";

/** What is asked for; seconds since the epoch, the first of them whole minutes. */
export interface Timespan {
  fromSecond: number;
  toSecond: number;
}

const textLengthMax = 200;
const defaultSeconds = 3_600;
const minuteSeconds = 60;
const instantPattern =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?)?(?:Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * Azure's `timespan`: two instants, an instant and a duration in either order, or a duration that ends
 * now; the last hour when there is none. az encodes it twice and leaves the Z out: then it is UTC.
 */
export function readTimespan(raw: string | undefined, nowMilliseconds: number): Timespan {
  const now = nowMilliseconds / 1_000;
  if (raw === undefined || raw === "") return timespanOf(now - defaultSeconds, now, "");
  const text = decodeAgain(raw);
  const [first = "", second, ...more] = text.split("/");
  if (text.length > textLengthMax || more.length > 0) throw invalidTimespan(text);
  const begin = readPart(first);
  const end = second === undefined ? null : readPart(second);
  if (!begin || (second !== undefined && !end)) throw invalidTimespan(text);
  if (end === null) {
    if (begin.kind !== "duration") throw invalidTimespan(text);
    return timespanOf(now - begin.seconds, now, text);
  }
  if (begin.kind === "instant" && end.kind === "instant") {
    return timespanOf(begin.seconds, end.seconds, text);
  }
  if (begin.kind === "instant") {
    return timespanOf(begin.seconds, begin.seconds + end.seconds, text);
  }
  if (end.kind !== "instant") throw invalidTimespan(text);
  return timespanOf(end.seconds - begin.seconds, end.seconds, text);
}

/** `2026-11-21T10:00:00Z/2026-11-21T11:00:00Z`, as Azure repeats it. */
export const timespanText = ({ fromSecond, toSecond }: Timespan): string =>
  `${secondText(fromSecond)}/${secondText(toSecond)}`;

export const secondText = (second: number): string =>
  `${new Date(second * 1_000).toISOString().slice(0, 19)}Z`;

/** An instant in UTC unless it says another zone; null for what is none. */
export function readInstantSeconds(text: string): number | null {
  if (!instantPattern.test(text)) return null;
  const dated = text.includes("T") || text.includes("t") ? text : `${text}T00:00:00Z`;
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(dated) ? dated : `${dated}Z`;
  const milliseconds = Date.parse(zoned);
  return Number.isNaN(milliseconds) ? null : milliseconds / 1_000;
}

type Part = { kind: "instant" | "duration"; seconds: number };

function readPart(text: string): Part | null {
  const instant = readInstantSeconds(text);
  if (instant !== null) return { kind: "instant", seconds: instant };
  const seconds = parseDurationSeconds(text.toUpperCase());
  return seconds === null ? null : { kind: "duration", seconds };
}

function timespanOf(from: number, to: number, text: string): Timespan {
  const fromSecond = Math.floor(from / minuteSeconds) * minuteSeconds;
  const toSecond = Math.floor(to);
  if (to > from && fromSecond >= 0) return { fromSecond, toSecond: Math.max(toSecond, fromSecond) };
  throw invalidTimespan(text, "the end is not after the start");
}

function decodeAgain(text: string): string {
  try {
    return text.includes("%") ? decodeURIComponent(text) : text;
  } catch {
    throw invalidTimespan(text);
  }
}

/** In Azure's words. */
function invalidTimespan(text: string, why?: string): NightcapError {
  return new NightcapError(
    "BadRequest",
    `Detected invalid time interval input: ${text.slice(0, textLengthMax)}, supported Iso 8601 time interval format: (Datetime/Datetime, Datetime/Duration, Duration/Datetime, Duration)${why === undefined ? "" : `; ${why}`}`,
  );
}
