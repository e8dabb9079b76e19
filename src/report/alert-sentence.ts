import type { ExpectedValues, FiredAlert } from "./report-input.ts";
import { visible } from "../inspection/summary/safe-text.ts";
import { formatBytes, formatCount, formatIsoDuration } from "../inspection/summary/units.ts";

const aggregationVerbs: ReadonlyMap<string, string> = new Map(
  Object.entries({
    average: "averaged",
    minimum: "had a minimum of",
    maximum: "peaked at",
    total: "totalled",
    count: "counted",
  }),
);

const comparisons: ReadonlyMap<string, string> = new Map(
  Object.entries({
    greaterthan: "above the threshold of",
    greaterthanorequal: "at or above the threshold of",
    lessthan: "below the threshold of",
    lessthanorequal: "at or below the threshold of",
    equals: "equal to the threshold of",
  }),
);

const patterns: ReadonlyMap<string, string> = new Map(
  Object.entries({
    hourly: ", which repeat by hour",
    daily: ", which repeat by day",
    weekly: ", which repeat by week",
  }),
);

const severities = ["critical", "error", "warning", "informational", "verbose"];

/** `Sev 3, informational`: Azure's number and its word. */
export function severityText(severity: number): string {
  const word = severities[severity];
  return word ? `Sev ${severity}, ${word}` : `Sev ${severity}`;
}

/** A value in the unit that Azure gives the metric; a plain number for any other. */
export function metricValueText(metricName: string, value: number): string {
  const name = metricName.toLowerCase();
  if (/bytes$|^network (?:in|out)(?: total)?$/.test(name)) return formatBytes(value);
  if (/^percentage |percent$/.test(name)) return `${formatCount(value)} %`;
  return formatCount(value);
}

/** What happened, in one sentence: `Network Out Total averaged 918 kB over 5 min, above the threshold of 3 B`. */
export function alertSentence(alert: FiredAlert): string {
  if (alert.metricName === "") return `The rule ${visible(alert.rule)} fired`;
  const metric = visible(alert.metricName);
  const aggregation = alert.timeAggregation.toLowerCase();
  const unit = (value: number): string =>
    aggregation === "count" ? formatCount(value) : metricValueText(alert.metricName, value);
  const verb = aggregationVerbs.get(aggregation) ?? `(${visible(alert.timeAggregation)}) was`;
  const said =
    alert.metricValue === null
      ? `${metric} (${visible(alert.timeAggregation)}) crossed its threshold`
      : `${metric} ${verb} ${unit(alert.metricValue)}`;
  const over = visible(formatIsoDuration(alert.windowSize));
  return `${said} over ${over}, ${againstText(alert, unit)}`;
}

function againstText(alert: FiredAlert, unit: (value: number) => string): string {
  const { threshold, expected, metricValue, operator } = alert;
  if (expected) {
    const side = metricValue !== null && metricValue < expected.low ? "below" : "above";
    return `${side} the expected ${unit(expected.low)} to ${unit(expected.high)} (${learnedText(expected)})`;
  }
  if (threshold === null) return "outside of what was expected";
  return `${comparisons.get(operator.toLowerCase()) ?? visible(operator)} ${unit(threshold)}`;
}

/** `learned from 2,880 values, which repeat by day`. */
function learnedText({ seasonality, sampleCount }: ExpectedValues): string {
  const pattern = patterns.get(seasonality.toLowerCase()) ?? "";
  return `learned from ${formatCount(sampleCount)} values${pattern}`;
}
