import type { ChangePartBy } from "../../src/inspection/change/change-answer.ts";
import type { Played } from "./play.ts";

/** The answer's share may be so far from the truth: where before ends is found, not told. */
const shareErrorMax = 0.05;

/** An answer may say that it does not know a process: sockets that live for less than a look are not seen. */
export type Word = "right" | "unknown" | "WRONG";

/** What of the answer is right. */
export interface Verdict {
  kind: Word;
  culprit: Word;
  share: Word;
  process: Word;
}

/** True when nothing is wrong, and nothing unknown but the process. */
export const isRight = ({ kind, culprit, share, process }: Verdict): boolean =>
  [kind, culprit, share].every((word) => word === "right") && process !== "WRONG";

const rightIf = (isSo: boolean): Word => (isSo ? "right" : "WRONG");

/** Compares an answer with the truth. */
export function verdictOf(played: Played): Verdict {
  const { scenario, culprit, share, answer } = played;
  const { address, port } = culprit;
  return {
    kind: rightIf(scenario.kinds.includes(answer.kind)),
    culprit: rightIf(
      (address === null || answer.evidence.addresses.includes(address)) &&
        (port === null || topOf(played, "port").split(" ")[0] === port),
    ),
    share: rightIf(share === null || Math.abs(answer.explained - share) <= shareErrorMax),
    process: processWord(played),
  };
}

function processWord(played: Played): Word {
  const { process } = played.culprit;
  if (process === null) return "right";
  const said = topOf(played, "process");
  if (said === "not known" || said === "nothing") return "unknown";
  return rightIf(said.startsWith(`${process.program} (pid ${process.pid}, ${process.user}`));
}

/** What has the greatest share in one division of the answer. */
export const topOf = ({ answer }: Played, by: ChangePartBy): string =>
  answer.parts.find((part) => part.by === by)?.rows[0]?.name ?? "nothing";
