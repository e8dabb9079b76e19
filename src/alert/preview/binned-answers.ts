import { NightcapError } from "../../common/errors.ts";
import {
  binnedQuery,
  countColumn,
  dimensionColumn,
  resourceColumn,
  seriesCountMax,
  splitsOf,
  timeColumn,
  valueColumn,
} from "../logs/compose-query.ts";
import type { LogSource } from "../logs/evaluate-log-rule.ts";
import {
  criterionOf,
  type LogCriterion,
  type LogRuleResource,
  queryScopesOf,
  secondsOf,
} from "../logs/log-rule.ts";
import { holds } from "../evaluate.ts";
import { readNumber, readText, type RuleAnswer } from "../logs/log-series.ts";
import type { Span } from "./preview.ts";

/** Bins of one query: a day of minutes, and some. */
const binsPerQuery = 2_000;
/** Rows that are added up for all windows together; windows that overlap much have the same rows often. */
const additionCountMax = 20_000_000;
/** Windows with rows that have no value, which are asked for by themselves. */
const unsureCountMax = 200;
const daySeconds = 86_400;

/** What one series has in one bin. */
interface BinRow {
  readonly splits: readonly string[];
  /** Sum, lowest or highest; the number of rows of a count. */
  readonly value: number | null;
  /** Rows that have a value. */
  readonly count: number;
}

/**
 * Answers windows out of bins. What a query says of no rows at all, or of rows without a value, is its own to say: then it
 * is `noRows` or null.
 */
export type WindowAnswers = (fromSecond: number, toSecond: number) => RuleAnswer | "noRows" | null;

/**
 * All windows of a time at once, for a query that looks at each row by itself: what it finds is added up in bins of which
 * every window is made. Null where there would be too much to add up, or bins do not meet the windows' ends.
 */
export async function readBins(
  rule: LogRuleResource,
  options: { source: LogSource; span: Span; turn: () => Promise<void> | void },
): Promise<WindowAnswers | null> {
  const { source, span, turn } = options;
  const criterion = criterionOf(rule.properties);
  const windowSeconds = secondsOf(rule.properties.windowSize);
  const width = greatestCommon(secondsOf(rule.properties.evaluationFrequency), windowSeconds);
  if (daySeconds % width !== 0) return null;
  const periods = criterion.failingPeriods.numberOfEvaluationPeriods;
  const from = Math.floor((span.from - periods * windowSeconds) / width) * width;
  const bins = new Map<number, BinRow[]>();
  let [additionCount, unsureCount] = [0, 0];
  try {
    for (let at = from; at < span.to; at += binsPerQuery * width) {
      await turn();
      const toSecond = Math.min(at + binsPerQuery * width, span.to);
      const asked = { scopes: queryScopesOf(rule), fromSecond: at, toSecond };
      const answer = await source.run({ ...asked, text: binnedQuery(criterion, width) });
      const blankCount = addRows(bins, answer, splitsOf(criterion).length);
      additionCount += answer.rows.length * (windowSeconds / width);
      unsureCount += blankCount * (windowSeconds / width);
      if (additionCount > additionCountMax || unsureCount > unsureCountMax) return null;
    }
  } catch (error) {
    // More series than an answer may have: each window by itself has fewer.
    if (error instanceof NightcapError && error.code === "QueryLimitExceeded") return null;
    throw error;
  }
  return (fromSecond, toSecond) => {
    const rows: BinRow[] = [];
    for (let at = fromSecond; at < toSecond; at += width) rows.push(...(bins.get(at) ?? []));
    return answerOf(criterion, rows);
  };
}

/** How many of them have rows, and none with a value. */
function addRows(
  bins: Map<number, BinRow[]>,
  { columns, rows }: RuleAnswer,
  splitCount: number,
): number {
  let blankCount = 0;
  const place = (name: string): number => columns.findIndex((column) => column.name === name);
  const [time, value, count] = [place(timeColumn), place(valueColumn), place(countColumn)];
  const splits = columns.flatMap(({ name }, index) =>
    [timeColumn, valueColumn, countColumn].includes(name) ? [] : [index],
  );
  if (splits.length !== splitCount) throw new Error("an answer of bins has other columns");
  for (const row of rows) {
    const second = Date.parse(String(row[time])) / 1_000;
    const bin = bins.get(second) ?? [];
    bins.set(second, bin);
    const added: BinRow = {
      splits: splits.map((index) => readText(row[index])),
      value: readNumber(row[value]),
      count: readNumber(row[count]) ?? 0,
    };
    if (added.value === null || added.count === 0) blankCount++;
    bin.push(added);
  }
  return blankCount;
}

/** As the query of one window answers: series that meet the condition, or the one value. */
function answerOf(criterion: LogCriterion, rows: readonly BinRow[]): ReturnType<WindowAnswers> {
  const isSplit = splitsOf(criterion).length > 0;
  const { dimensions, resourceIdColumn, operator, threshold } = criterion;
  const names = [
    ...dimensions.map((_, index) => dimensionColumn(index)),
    ...(resourceIdColumn ? [resourceColumn] : []),
    valueColumn,
  ];
  const columns = names.map((name) => ({ name, type: name === valueColumn ? "real" : "string" }));
  if (!isSplit && rows.length === 0) return "noRows";
  const found: [...string[], number][] = [];
  for (const series of Map.groupBy(rows, ({ splits }) => JSON.stringify(splits)).values()) {
    const value = combined(criterion, series);
    if (value === null) return null;
    if (!isSplit || holds(value, operator, threshold)) {
      found.push([...(series[0]?.splits ?? []), value] as [...string[], number]);
    }
  }
  const sign = operator.startsWith("Less") ? 1 : -1;
  const last = (row: readonly unknown[]): number => Number(row.at(-1));
  found.sort((a, b) => sign * (last(a) - last(b)));
  return { columns, rows: found.slice(0, seriesCountMax + 1) };
}

function combined({ timeAggregation }: LogCriterion, rows: readonly BinRow[]): number | null {
  const values = rows.flatMap(({ value }) => value ?? []);
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  if (values.length === 0 || count === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (timeAggregation) {
    case "Count":
    case "Total":
      return sum;
    case "Average":
      return sum / count;
    case "Maximum":
      return values.reduce((a, b) => Math.max(a, b));
    case "Minimum":
      return values.reduce((a, b) => Math.min(a, b));
    default:
      return timeAggregation satisfies never;
  }
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b);
}
