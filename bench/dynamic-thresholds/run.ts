// How often dynamic thresholds raise a false alarm, what they see, and what they cost.
//   npm run bench -- dynamic-thresholds
// The tables of docs/reference/dynamic-thresholds.md. The series are made from seeds: their figures are the same each time.
import { alertSensitivities } from "../../src/alert/dynamic/sensitivity.ts";
import { shapes, type ShapeName } from "../../test/alert/dynamic/synthetic-series.ts";
import { costLines } from "./cost.ts";
import { falseAlarmRow } from "./false-alarms.ts";
import { seenRow } from "./seen.ts";

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const head = (...columns: string[]): void => {
  print(`\n| ${columns.join(" | ")} |`);
  print(`|${" --- |".repeat(columns.length)}`);
};

head("series", "days of history", "season seen", ...alertSensitivities, "ms to learn");
for (const days of [4, 10, 28]) {
  for (const name of Object.keys(shapes) as ShapeName[]) print(falseAlarmRow(name, days));
}

head("series", "days of history", "at", "value", ...alertSensitivities);
const busy: [ShapeName, number][] = [
  ["even noise", 10],
  ["cpu that drifts", 10],
  ["traffic by day", 10],
  ["office traffic by week", 28],
];
for (const [name, days] of busy) {
  for (const factor of [2, 5, 0.2, 0]) print(seenRow(name, days, { atHour: 12, factor }));
}
for (const factor of [5, 20]) print(seenRow("traffic by day", 10, { atHour: 2, factor }));

print("");
for (const line of await costLines()) print(line);
