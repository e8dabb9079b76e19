// How often dynamic thresholds raise a false alarm, and what learning costs, on series whose pattern is known.
//   npm run bench -- dynamic-thresholds
import { expectedRange } from "../src/alert/dynamic/expected-range.ts";
import { historySeconds, learnBaseline } from "../src/alert/dynamic/learn.ts";
import { alertSensitivities } from "../src/alert/dynamic/sensitivity.ts";
import { seriesOf, shapes, slice } from "../test/alert/dynamic/synthetic-series.ts";

const day = 86_400;
const seedCount = 10;
const testedDays = 7;
const violationsToAlert = 4;

interface Tally {
  /** Windows above or below the expected range. */
  outside: number;
  /** Times that one window of one would fire, and that four of four would (what the portal proposes). */
  single: number;
  four: number;
  days: number;
}

function measure(
  name: keyof typeof shapes,
  historyDays: number,
  tallies: Tally[],
): { season: string; ms: number } {
  const seasons = new Map<string, number>();
  let [milliseconds, learned] = [0, 0];
  for (let seed = 1; seed <= seedCount; seed++) {
    const series = seriesOf(shapes[name], { seed, days: historyDays + testedDays });
    const first = series.starts[0] ?? 0;
    const runs = alertSensitivities.map(() => 0);
    for (let tested = 0; tested < testedDays; tested++) {
      const now = first + (historyDays + tested) * day;
      const started = performance.now();
      const history = slice(series, Math.max(first, now - historySeconds(300)), now);
      const baseline = learnBaseline(history, now);
      milliseconds += performance.now() - started;
      learned++;
      if (!baseline) throw new Error("not enough history");
      seasons.set(baseline.season.name, (seasons.get(baseline.season.name) ?? 0) + 1);
      const windows = slice(series, now, now + day);
      alertSensitivities.forEach((sensitivity, index) => {
        const tally = tallies[index];
        if (!tally) return;
        tally.days++;
        windows.starts.forEach((start, at) => {
          const range = expectedRange(baseline, sensitivity, {
            fromSecond: start,
            toSecond: start + 300,
          });
          const value = windows.values[at] ?? 0;
          const out = range !== null && (value > range.high || value < range.low);
          runs[index] = out ? (runs[index] ?? 0) + 1 : 0;
          if (out) tally.outside++;
          if (runs[index] === 1) tally.single++;
          if (runs[index] === violationsToAlert) tally.four++;
        });
      });
    }
  }
  const [season = ""] = [...seasons]
    .sort((a, b) => b[1] - a[1])
    .map(([key, count]) => `${key} ${Math.round((count / learned) * 100)} %`);
  return { season, ms: milliseconds / learned };
}

const lines: string[] = [];
for (const historyDays of [4, 10, 28]) {
  for (const name of Object.keys(shapes) as (keyof typeof shapes)[]) {
    const tallies = alertSensitivities.map(() => ({ outside: 0, single: 0, four: 0, days: 0 }));
    const { season, ms } = measure(name, historyDays, tallies);
    const rates = tallies.map(
      ({ single, four, days }) => `${(single / days).toFixed(2)} (${(four / days).toFixed(2)})`,
    );
    lines.push(`| ${[name, historyDays, season, ...rates, ms.toFixed(1)].join(" | ")} |`);
  }
}
process.stdout
  .write(`| series | days of history | season seen | ${alertSensitivities.join(" | ")} | ms to learn |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}
`);
