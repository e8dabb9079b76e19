// Holds docs/reference/dynamic-thresholds.md to the code: its limits, and a row of its measurements.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  baselineCountMax,
  learnedPerPassMax,
  seriesPerQueryMax,
} from "../../src/alert/dynamic/baselines.ts";
import { dynamicOperators } from "../../src/alert/dynamic/criterion.ts";
import {
  historySecondsMin,
  recentDays,
  sampleCountMin,
  weeklyDays,
} from "../../src/alert/dynamic/learn.ts";
import { alertSensitivities, widths } from "../../src/alert/dynamic/sensitivity.ts";
import { falseAlarmRow } from "../../bench/dynamic-thresholds/false-alarms.ts";

const text = readFileSync("docs/reference/dynamic-thresholds.md", "utf8");
const page = text.replaceAll("\n", " ").replaceAll(/ +/g, " ");

test("limits are the code's", () => {
  const days = historySecondsMin / 86_400;
  for (const words of [
    `before there are ${days} days and ${sampleCountMin} windows`,
    `the last ${recentDays} days are learned from, and of the last ${weeklyDays} days`,
    `the first ${seriesPerQueryMax} of them`,
    `${learnedPerPassMax} rules are learned in each pass`,
    `At most ${baselineCountMax.toLocaleString("en-US")} series`,
    `\`Medium\` ${widths.Medium.factor} times and \`Low\` ${widths.Low.factor} times`,
    `at least ${[widths.High, widths.Medium].map(({ shareMin }) => shareMin * 100).join(", ")} or ${widths.Low.shareMin * 100} %`,
    alertSensitivities.map((name) => `\`${name}\``).join(", "),
    dynamicOperators.map((name) => `\`${name}\``).join(", "),
  ]) {
    expect(page).toContain(words);
  }
});

test("the rates of false alarms are those of this code", () => {
  for (const days of [4, 10] as const) {
    const row = falseAlarmRow("traffic by day", days);
    expect(text).toContain(row.slice(0, row.lastIndexOf("|", row.length - 2) + 1).trimEnd());
  }
});
