import type { RecordedInterface } from "../../api/hosts.ts";

/** One interface's bar: from where to the right end, both as a share of the line. */
export interface RingPlace {
  recorded: RecordedInterface;
  /** 0: as far back as the line goes; 1: now. */
  from: number;
}

const stepSeconds = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400];
const tickCountMax = 6;
/** Right of it stands when the host told this. */
const tickShareMax = 0.8;

/** The line of the picture: how long it is, its bars and its ticks. */
export function ringPlaces(interfaces: readonly RecordedInterface[]): {
  seconds: number;
  places: RingPlace[];
  ticks: { secondsAgo: number; share: number }[];
} {
  const longest = interfaces.reduce(
    (most, { reachSeconds }) => Math.max(most, reachSeconds ?? 0),
    0,
  );
  const seconds = Math.max(10, longest);
  const shareOf = (secondsAgo: number): number => 1 - secondsAgo / seconds;
  const step = stepSeconds.find((each) => seconds / each <= tickCountMax) ?? 7 * 86_400;
  const ticks = [];
  for (let secondsAgo = step; secondsAgo < seconds; secondsAgo += step)
    if (shareOf(secondsAgo) <= tickShareMax) ticks.push({ secondsAgo, share: shareOf(secondsAgo) });
  const places = interfaces.map((recorded) => ({
    recorded,
    from: shareOf(recorded.reachSeconds ?? 0),
  }));
  return { seconds, places, ticks };
}
