import type { ChangeAnswer, ChangePartBy, ChangeRow } from "./change-answer.ts";

/** What nearly all of an increase is made of: null where nothing has so large a share. */
export interface Culprit {
  /** Address of the other side. */
  destination: string | null;
  /** `443/tcp` */
  port: string | null;
  /** Its name, without the number that is another next time. */
  process: string | null;
}

/** What stands for processes that nobody saw is none. */
const unknownProcess = "not known";
/** Below this something else may be in it that nobody expects. */
const shareMin = 0.8;

/** Whom the answer blames; null when it blames nobody. */
export function culpritOf({ parts }: Pick<ChangeAnswer, "parts">): Culprit | null {
  const largest = (by: ChangePartBy): ChangeRow | null => {
    const row = parts.find((part) => part.by === by)?.rows[0];
    return row && row.share >= shareMin ? row : null;
  };
  const name = largest("process")?.name ?? null;
  const process =
    name === null || name === unknownProcess ? null : name.replace(/ \((?:pid|uid) .*\)$/, "");
  const culprit = {
    destination: largest("destination")?.address ?? null,
    port: largest("port")?.name ?? null,
    process,
  };
  return Object.values(culprit).some((each) => each !== null) ? culprit : null;
}
