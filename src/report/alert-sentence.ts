import type { FiredAlert } from "./report-input.ts";
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
  const against =
    alert.threshold === null
      ? "outside of what was expected"
      : `${comparisons.get(alert.operator.toLowerCase()) ?? visible(alert.operator)} ${unit(alert.threshold)}`;
  return `${said} over ${over}, ${against}`;
}
