import { isoTime } from "../../common/clock.ts";
import type { CoverageGap } from "./coverage.ts";
import type { HoldFacts } from "./holds.ts";
import { namedMilliseconds, namedTime, type RingFile } from "./ring-file.ts";

/** A file of the ring that a cut has read to its end. */
export type ReadFile = Pick<RingFile, "name" | "run" | "number" | "modifiedAt">;
type GivenUp = HoldFacts["givenUp"][number];
interface Span {
  from: number;
  to: number;
}

/**
 * The times between `from` and `to` of which packets of an interface were in the ring and did not come out of it:
 * files that were given up for want of room before they were read, and those that the ring deleted before
 * they could be held, which the numbers of the files show.
 */
export function holesOf(
  read: readonly ReadFile[],
  givenUp: readonly GivenUp[],
  { interfaceName, from, to }: { interfaceName: string; from: number; to: number },
): CoverageGap[] {
  const own = givenUp.filter((each) => each.interfaceName === interfaceName);
  const spans = [...own.map((each) => unreadOf(each, read)), ...missingNumbers(read)];
  const within = spans.filter((span) => span !== null && span.to > from && span.from < to);
  return joined(within as Span[]).map((span) => ({
    interfaceName,
    from: isoTime(Math.max(span.from, from)),
    to: isoTime(Math.min(span.to, to)),
    reason: "files held for captures had reached their limit, or the ring was rewritten too fast",
  }));
}

/** Files are read and given up oldest first: what was read was not missed, although it is gone now. */
function unreadOf(each: GivenUp, read: readonly ReadFile[]): Span | null {
  const inside = read.filter(
    ({ run, number }) => run === each.run && number >= each.first && number <= each.last,
  );
  if (inside.some(({ number }) => number === each.last)) return null;
  return { from: Math.max(each.from, ...inside.map((file) => file.modifiedAt)), to: each.to };
}

function missingNumbers(read: readonly ReadFile[]): Span[] {
  return read.flatMap((file, at) => {
    const before = read[at - 1];
    if (!before || before.run !== file.run || file.number - before.number <= 1) return [];
    const begun = Math.min(namedTime(file) + namedMilliseconds, file.modifiedAt);
    return [{ from: before.modifiedAt, to: Math.max(before.modifiedAt, begun) }];
  });
}

/** Spans that overlap or touch are one. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    const last = all.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}
