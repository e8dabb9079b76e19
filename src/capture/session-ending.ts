import { describeError } from "../common/errors.ts";
import {
  type CaptureSpec,
  type CaptureStatus,
  type CaptureStopReason,
  sessionTimeLimitInSecondsMax,
  timeLimitInSecondsMax,
} from "./session.ts";

/** Why a recording ended, and from when on packets do not belong to it. */
export interface Ending {
  reason: CaptureStopReason;
  at: number;
}

/** `Error` when the recording could not go on as it was asked for; what there is, is kept all the same. */
const errorReasons: ReadonlySet<CaptureStopReason> = new Set([
  "InterfaceGone",
  "DiskFull",
  "Failed",
]);

export const statusOf = (reason: CaptureStopReason): CaptureStatus =>
  errorReasons.has(reason) ? "Error" : "Stopped";

export function timeLimitMilliseconds({ timeLimitInSeconds, ring }: CaptureSpec): number {
  const greatest = ring ? sessionTimeLimitInSecondsMax : timeLimitInSecondsMax;
  return (timeLimitInSeconds === 0 ? greatest : timeLimitInSeconds) * 1_000;
}

/** The error as text, or null when the work is done. */
export function failureOf(work: Promise<void>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => describeError(error),
  );
}
