import type { Job } from "./job.ts";
import type { ResponderSettings } from "./settings.ts";

/** No ring reaches back over a longer window and what was before it. */
const windowSecondsMax = 300;

/** Seconds that the job's capture records. */
export const timeLimitOf = ({ alert, recording }: Job, settings: ResponderSettings): number =>
  recording?.timeLimitSeconds ?? alert.timeLimitInSeconds ?? settings.timeLimitInSeconds;

/** When what the alert tells of began: at the beginning of its window, where that is a short one. */
export function momentOf({ firedTime, windowSeconds = 0 }: Job["alert"]): number {
  return firedTime - (windowSeconds <= windowSecondsMax ? windowSeconds * 1_000 : 0);
}
