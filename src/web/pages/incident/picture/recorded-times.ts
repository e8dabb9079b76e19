import type { CaptureCoverage } from "../../../api/capture.ts";
import type { IncidentThings, Recording } from "../incident-things.ts";

/** The time that a recording was asked to cover; milliseconds since the epoch. */
export interface RecordedTime {
  name: string;
  from: number;
  to: number;
  /** What of it is there; null while it is not known. */
  coverage: CaptureCoverage | null;
  isUnderWay: boolean;
}

/** Of each recording that has begun, from where its look-back begins. */
export function recordedTimes({ recordings, again }: IncidentThings, now: number): RecordedTime[] {
  const made = again.map((capture) => ({ asked: null, capture }));
  return [...recordings, ...made].flatMap(
    ({ asked, capture }) => timeOf(asked, capture, now) ?? [],
  );
}

function timeOf(
  asked: Recording["asked"] | null,
  capture: Recording["capture"],
  now: number,
): RecordedTime | null {
  const known = capture?.properties.nightcap;
  const coverage = known?.coverage ?? null;
  const begun = timeOr(known?.captureStartTime, null);
  if (begun === null && asked?.endsAt == null) return null;
  const secondsBefore = coverage?.asked.beforeSeconds ?? capture?.properties.lookBackInSeconds ?? 0;
  const moment = timeOr(coverage?.moment ?? asked?.moment, begun ?? now);
  const ended = timeOr(known?.captureEndTime, null);
  const start = begun ?? moment;
  return {
    name: capture?.name ?? asked?.captureName ?? asked?.rule ?? "",
    from: Math.min(start, moment - secondsBefore * 1_000),
    to: Math.max(start, ended ?? Math.min(timeOr(asked?.endsAt, now), now)),
    coverage,
    isUnderWay: ended === null && asked?.state !== "ended",
  };
}

function timeOr<Else>(text: string | null | undefined, other: Else): number | Else {
  const time = text == null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? other : time;
}

/** A part of a time that is missing, and why. */
export interface Missing {
  from: number;
  to: number;
  interfaceName: string;
  reason: string;
}

/** What was asked for before and is not there, and the gaps of the recording itself. */
export function missingParts({ from, coverage }: RecordedTime, shortRing: string): Missing[] {
  if (!coverage) return [];
  const gaps = coverage.gaps.map(({ interfaceName, reason, ...gap }) => ({
    from: Date.parse(gap.from),
    to: Date.parse(gap.to),
    interfaceName,
    reason,
  }));
  const covered = Date.parse(coverage.moment) - coverage.got.beforeSeconds * 1_000;
  const isTold = gaps.some((gap) => gap.from <= from && gap.to >= covered);
  if (covered <= from || isTold) return gaps;
  const reason = coverage.warnings.find(({ code }) => code === "RingTooShort")?.message;
  return [{ from, to: covered, interfaceName: "", reason: reason ?? shortRing }, ...gaps];
}
