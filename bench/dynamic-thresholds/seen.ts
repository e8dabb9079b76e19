// How often a dynamic threshold sees half an hour that is not as usual.
import { expectedRange } from "../../src/alert/dynamic/expected-range.ts";
import { alertSensitivities } from "../../src/alert/dynamic/sensitivity.ts";
import { seriesOf, shapes, type ShapeName } from "../../test/alert/dynamic/synthetic-series.ts";
import { learnAt } from "./false-alarms.ts";

const day = 86_400;
const hour = 3_600;
const windowSeconds = 300;
const windowCount = 6;
const seedCount = 50;

/** A row of the table: of 50 series, in how many one of the six windows from `atHour` on is outside. */
export function seenRow(
  name: ShapeName,
  historyDays: number,
  { atHour, factor }: { atHour: number; factor: number },
): string {
  const seen = alertSensitivities.map(() => 0);
  for (let seed = 1; seed <= seedCount; seed++) {
    const series = seriesOf(shapes[name], { seed, days: historyDays + 1 });
    const now = (series.starts[0] ?? 0) + historyDays * day;
    const baseline = learnAt(series, now);
    const from = series.starts.findIndex((start) => start >= now + atHour * hour);
    const windows = Array.from({ length: windowCount }, (_, index) => from + index);
    alertSensitivities.forEach((sensitivity, index) => {
      const isSeen = windows.some((at) => {
        const fromSecond = series.starts[at] ?? 0;
        const window = { fromSecond, toSecond: fromSecond + windowSeconds };
        const range = expectedRange(baseline, sensitivity, window);
        const value = (series.values[at] ?? 0) * factor;
        return range !== null && (value > range.high || value < range.low);
      });
      if (isSeen) seen[index] = (seen[index] ?? 0) + 1;
    });
  }
  const shares = seen.map((count) => `${Math.round((count / seedCount) * 100)} %`);
  const time = `${String(atHour).padStart(2, "0")}:00`;
  return `| ${[name, historyDays, time, `× ${factor}`, ...shares].join(" | ")} |`;
}
