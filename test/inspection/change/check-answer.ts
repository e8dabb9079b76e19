import { isDeepStrictEqual } from "node:util";
import type { ChangeAnswer, ChangeMetric } from "../../../src/inspection/change/change-answer.ts";

export const changeMetrics: readonly ChangeMetric[] = [
  "bytesOut",
  "bytesIn",
  "packetsOut",
  "packetsIn",
  "connections",
  "retransmissions",
  "latency",
  "denied",
];

/** Raises an error where something does not hold that holds of every answer. */
export function checkAnswer(answer: ChangeAnswer): void {
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(answer)), answer))
    throw new Error("an answer that JSON cannot hold");
  if (/NaN|undefined|null|Infinity/.test(answer.sentence)) throw new Error(answer.sentence);
  if (!isShare(answer.explained)) throw new Error(`${answer.explained} is explained`);
  for (const { by, rows, otherShare } of answer.parts) {
    const shares = rows.map(({ share }) => share);
    if (!shares.every(isShare)) throw new Error(`shares by ${by} are ${shares.join()}`);
    if (shares.some((share, at) => share > (shares[at - 1] ?? 1)))
      throw new Error(`shares by ${by} are not in order: ${shares.join()}`);
    // They have six digits; as whole numbers they add up exactly.
    const millionths = [...shares, otherShare].map((share) => Math.round(share * 1e6));
    const whole = millionths.reduce((all, share) => all + share, 0);
    if (!(whole <= 1e6)) throw new Error(`shares by ${by} are ${whole} millionths together`);
  }
}

const isShare = (share: number): boolean => share >= 0 && share <= 1;
