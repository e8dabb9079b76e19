// How often a dynamic threshold fires on series in which nothing happens.
import { expectedRange } from "../../src/alert/dynamic/expected-range.ts";
import { historySeconds, learnBaseline, type Baseline } from "../../src/alert/dynamic/learn.ts";
import { alertSensitivities } from "../../src/alert/dynamic/sensitivity.ts";
import type { Samples } from "../../src/alert/dynamic/samples.ts";
import {
  seriesOf,
  shapes,
  slice,
  type ShapeName,
} from "../../test/alert/dynamic/synthetic-series.ts";

const day = 86_400;
const windowSeconds = 300;
const seedCount = 10;
const testedDays = 7;
/** What Azure's portal proposes: four of four. */
const violationsToAlert = 4;

class Tally {
  /** Times that one window of one would fire, and that four of four would. */
  single = 0;
  four = 0;
  #run = 0;

  add(isOutside: boolean): void {
    this.#run = isOutside ? this.#run + 1 : 0;
    if (this.#run === 1) this.single++;
    if (this.#run === violationsToAlert) this.four++;
  }
}

/** A row of the table: false alarms a day of one window, and of four in a row in brackets. */
export function falseAlarmRow(name: ShapeName, historyDays: number): string {
  const tallies = alertSensitivities.map(() => new Tally());
  const seasons = new Map<string, number>();
  let milliseconds = 0;
  for (let seed = 1; seed <= seedCount; seed++) {
    const series = seriesOf(shapes[name], { seed, days: historyDays + testedDays });
    const first = series.starts[0] ?? 0;
    for (let tested = 0; tested < testedDays; tested++) {
      const now = first + (historyDays + tested) * day;
      const started = performance.now();
      const baseline = learnAt(series, now);
      milliseconds += performance.now() - started;
      seasons.set(baseline.season.name, (seasons.get(baseline.season.name) ?? 0) + 1);
      judge(baseline, slice(series, now, now + day), tallies);
    }
  }
  const days = seedCount * testedDays;
  const rates = tallies.map(
    ({ single, four }) => `${(single / days).toFixed(2)} (${(four / days).toFixed(2)})`,
  );
  const [season = ["", 0]] = [...seasons].toSorted((a, b) => b[1] - a[1]);
  return `| ${[name, historyDays, season[0], ...rates, (milliseconds / days).toFixed(0)].join(" | ")} |`;
}

export function learnAt(series: Samples, now: number): Baseline {
  const from = Math.max(series.starts[0] ?? 0, now - historySeconds(windowSeconds));
  const baseline = learnBaseline(slice(series, from, now), now);
  if (!baseline) throw new Error("not enough history");
  return baseline;
}

function judge(baseline: Baseline, { starts, values }: Samples, tallies: readonly Tally[]): void {
  alertSensitivities.forEach((sensitivity, index) => {
    starts.forEach((fromSecond, at) => {
      const window = { fromSecond, toSecond: fromSecond + windowSeconds };
      const range = expectedRange(baseline, sensitivity, window);
      const value = values[at] ?? 0;
      tallies[index]?.add(range !== null && (value > range.high || value < range.low));
    });
  });
}
