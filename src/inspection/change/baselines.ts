import { visible } from "../summary/safe-text.ts";
import type { ChangeComparison } from "./change-answer.ts";
import type { Baseline, ChangeOptions } from "./change-options.ts";
import type { Group } from "./groups.ts";

/** Destinations that are told of each time. */
const destinationCountMax = 5;

const secondsOf = ({ from, to }: Baseline): number => Math.max(1, (to - from) / 1_000);

/** The host's rates at other times, in the metric's unit. */
export function comparisonsOf({ baselines = [], metric }: ChangeOptions): ChangeComparison[] {
  return baselines.map((baseline) => {
    const total = baseline.totals[metric];
    // Flows have no answer times; whoever asks gives a mean or nothing.
    const seconds = secondsOf(baseline);
    const value = total === null || metric === "latency" ? total : total / seconds;
    const destinations = baseline.destinations
      .slice(0, destinationCountMax)
      .map(({ address, bytesOut, bytesIn }) => ({
        address: visible(address),
        bytesOutPerSecond: Math.round(bytesOut / seconds),
        bytesInPerSecond: Math.round(bytesIn / seconds),
      }));
    return { when: baseline.when, value, destinations };
  });
}

/**
 * What went to a group's address at another time, for each second: where nothing was recorded from before, only
 * what is beyond that is new. The nearest time is the fairest.
 */
export function knownFrom(
  { baselines = [], metric }: ChangeOptions,
  { text, cut }: { text: (key: number) => string; cut: { hasBefore: boolean } },
): (group: Group) => number {
  const [nearest] = baselines;
  if (!nearest || cut.hasBefore || (metric !== "bytesOut" && metric !== "bytesIn")) return () => 0;
  const rates = new Map(
    nearest.destinations.map((one) => [one.address, one[metric] / secondsOf(nearest)]),
  );
  // Flow tables know no ports here: what one group used of it, the next has no more.
  return ({ sample }) => {
    const address = text(sample.remote);
    const rate = rates.get(address) ?? 0;
    rates.delete(address);
    return rate;
  };
}
