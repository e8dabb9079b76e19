import { sum } from "./flow-changes.ts";
import type { Group } from "./groups.ts";
import {
  pathShareMin,
  slowAnswerCountMin,
  slowErrorFactorMin,
  slowFactorMin,
  slowMillisecondsMin,
} from "./thresholds.ts";

/** How long one server took in one part, milliseconds. */
interface PartTimes {
  answers: number;
  mean: number;
  /** From the request to the first packet of any kind: the way there and back. */
  path: number;
  /** Square of the mean's standard error. */
  errorSquared: number;
}

export interface AnswerTimes {
  /** Null when it gave no answer before. */
  before: PartTimes | null;
  after: PartTimes;
}

export const answerTimes = ({ before, after }: Pick<Group, "before" | "after">): AnswerTimes => ({
  before: at(before, sum.answers) > 0 ? timesOf(before) : null,
  after: timesOf(after),
});

const at = (part: readonly number[], place: number): number => part[place] ?? 0;

function timesOf(part: readonly number[]): PartTimes {
  const answers = at(part, sum.answers);
  const by = Math.max(1, answers);
  const mean = at(part, sum.answerTime) / by;
  const variance = Math.max(0, at(part, sum.answerTimeSquared) / by - mean * mean);
  const path = at(part, sum.firstPacketTime) / by;
  return { answers, mean, path, errorSquared: variance / Math.max(1, answers - 1) };
}

/** True when there are answers enough to say whether the server became slow; a server that is new has none before. */
export const isComparable = ({ before, after }: AnswerTimes): boolean =>
  after.answers >= slowAnswerCountMin && (before === null || before.answers >= slowAnswerCountMin);

/** True when the answers take so much longer than before that neither chance nor a few of them explain it. */
export function isSlow(times: AnswerTimes): boolean {
  if (!isComparable(times)) return false;
  const { before, after } = times;
  const extra = extraOf(times);
  if (after.mean < slowFactorMin * (before?.mean ?? 0) || extra < slowMillisecondsMin) return false;
  return extra >= slowErrorFactorMin * Math.sqrt((before?.errorSquared ?? 0) + after.errorSquared);
}

const extraOf = ({ before, after }: AnswerTimes): number => after.mean - (before?.mean ?? 0);

/** True when most of the extra time had passed when the first packet came back; UDP has no packet but the answer. */
export function isPath(times: AnswerTimes, transport: string): boolean {
  const extra = extraOf(times);
  const extraPath = times.after.path - (times.before?.path ?? 0);
  return transport === "tcp" && extra > 0 && extraPath >= pathShareMin * extra;
}
