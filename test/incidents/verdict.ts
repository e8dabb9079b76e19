import type { ChangePartBy } from "../../src/inspection/change/change-answer.ts";
import type { Played } from "./play.ts";

/** The answer's share may be so far from the truth: where before ends is found, not told. */
const shareErrorMax = 0.05;

/** What of the answer is right. */
export interface Verdict {
  kind: boolean;
  culprit: boolean;
  share: boolean;
  process: boolean;
}

export const isRight = (verdict: Verdict): boolean => Object.values(verdict).every(Boolean);

/** Compares an answer with the truth. */
export function verdictOf(played: Played): Verdict {
  const { scenario, culprit, share, answer } = played;
  const { address, port, process } = culprit;
  return {
    kind: scenario.kinds.includes(answer.kind),
    culprit:
      (address === null || answer.evidence.addresses.includes(address)) &&
      (port === null || topOf(played, "port").split(" ")[0] === port),
    share: Math.abs(answer.explained - share) <= shareErrorMax,
    process:
      process === null ||
      topOf(played, "process").startsWith(
        `${process.program} (pid ${process.pid}, ${process.user}`,
      ),
  };
}

/** What has the greatest share in one division of the answer. */
export const topOf = ({ answer }: Played, by: ChangePartBy): string =>
  answer.parts.find((part) => part.by === by)?.rows[0]?.name ?? "nothing";
