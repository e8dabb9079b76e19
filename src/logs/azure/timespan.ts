import { NightcapError } from "../../common/errors.ts";
import type { TimeRange } from "../log-query.ts";

const textLengthMax = 200;

/**
 * The rows that a `timespan` leaves: an ISO 8601 duration up to now, or an interval of two of start, end and duration
 * (https://learn.microsoft.com/azure/azure-monitor/logs/api/timeouts and .../api/request-format). One that ends now has
 * no end here, so that a host whose clock is ahead is not cut off.
 */
export function parseTimespan(text: string, nowMs: number): TimeRange {
  const parts = text.trim().split("/");
  const [first = "", second] = parts;
  if (text.length > textLengthMax || parts.length > 2) throw invalid(text);
  if (second === undefined) return { startMs: shift(nowMs, first, -1, text), endMs: null };
  if (isDuration(first)) {
    const endMs = readMoment(second, text);
    return { startMs: shift(endMs, first, -1, text), endMs };
  }
  const startMs = readMoment(first, text);
  const endMs = isDuration(second) ? shift(startMs, second, 1, text) : readMoment(second, text);
  if (endMs < startMs) throw invalid(text);
  return { startMs, endMs };
}

const isDuration = (text: string): boolean => /^p/i.test(text);

const amount = String.raw`(\d+(?:[.,]\d+)?)`;
const durationPattern = new RegExp(
  `^P(?:${amount}Y)?(?:${amount}M)?(?:${amount}W)?(?:${amount}D)?(?:T(?:${amount}H)?(?:${amount}M)?(?:${amount}S)?)?$`,
  "i",
);
const dayMs = 86_400_000;
/** Years and months count as in .NET's reader of these texts: 365 and 30 days. */
const unitsMs = [365 * dayMs, 30 * dayMs, 7 * dayMs, dayMs, 3_600_000, 60_000, 1_000];
/** Moments that JavaScript and the engine both know. */
const momentMsMax = Date.UTC(2262, 0);

function shift(fromMs: number, duration: string, sign: 1 | -1, whole: string): number {
  const amounts = durationPattern.exec(duration)?.slice(1);
  if (!amounts || amounts.every((each) => each === undefined)) throw invalid(whole);
  const numbers = amounts.map((each) => Number((each ?? "0").replace(",", ".")));
  const lengthMs = numbers.reduce((sum, each, index) => sum + each * (unitsMs[index] ?? 0), 0);
  const moment = fromMs + sign * Math.round(lengthMs);
  return Math.min(Math.max(moment, 0), momentMsMax);
}

const momentPattern =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** A moment without a zone is in UTC, and so is a date. */
function readMoment(text: string, whole: string): number {
  const found = momentPattern.exec(text);
  const isDate = text.length === "2026-01-01".length;
  const moment = found ? Date.parse(found[1] || isDate ? text : `${text}Z`) : Number.NaN;
  if (!(moment >= 0 && moment <= momentMsMax)) throw invalid(whole);
  return moment;
}

const invalid = (text: string): NightcapError =>
  new NightcapError(
    "InvalidParameter",
    `timespan "${text.slice(0, textLengthMax)}" is no ISO 8601 duration or interval such as PT1H, P7D or 2026-11-01T00:00:00Z/P1D`,
  );
