import type { Operator } from "../rule.ts";
import type { LogAggregation, LogCriterion } from "./log-rule.ts";

/** A column of a query's answer. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: string;
}

/** What a rule's query is asked for: all of it, or one series. */
export interface QueryPart {
  readonly criterion: LogCriterion;
  /** Rows at or after `fromSecond` and before `toSecond`, where the answer has a TimeGenerated. */
  readonly rows: { readonly fromSecond: number; readonly toSecond: number } | null;
  /** Rows whose columns have these values. */
  readonly only?: readonly ColumnValues[];
}

export interface ColumnValues {
  readonly name: string;
  readonly values: readonly string[];
}

/** Names of ours in what is added to a rule's query. */
export const valueColumn = "AlertValue";
export const resourceColumn = "AlertResource";
export const dimensionColumn = (index: number): string => `AlertDimension${index}`;

/** Series of one evaluation; those that are over it wait for the next, and are counted. */
export const seriesCountMax = 100;

/** A rule's query without what would keep an operator from following it. */
const body = (query: string): string => query.replace(/[\s;]+$/, "");

export const kqlText = (text: string): string => JSON.stringify(text);
const kqlName = (name: string): string => `[${kqlText(name)}]`;
const instant = (second: number): string =>
  `datetime(${new Date(second * 1_000).toISOString().replace(/\.\d+Z$/, "Z")})`;

/**
 * The query with one row for each series whose value meets the condition; without series one row, met or not. One more
 * than may be told of shows that there are more.
 */
export function seriesQuery(part: QueryPart): string {
  const { criterion } = part;
  const splits = splitsOf(criterion);
  const by = splits.length > 0 ? ` by ${splits.join(", ")}` : "";
  const ending =
    splits.length > 0
      ? [
          `| where ${valueColumn} ${comparisons[criterion.operator]} ${criterion.threshold}`,
          `| top ${seriesCountMax + 1} by ${valueColumn} ${isLess(criterion.operator) ? "asc" : "desc"}`,
        ]
      : [];
  return [
    selectedRows(part),
    `| summarize ${valueColumn} = ${aggregation(criterion)}${by}`,
    ...ending,
  ].join("\n");
}

export const timeColumn = "AlertTime";
export const countColumn = "AlertCount";

/** What `seriesQuery` adds up, for each bin of so many seconds, of a query that looks at each row by itself. */
export function binnedQuery(criterion: LogCriterion, binSeconds: number): string {
  const { timeAggregation, metricMeasureColumn } = criterion;
  const column = kqlName(metricMeasureColumn ?? "");
  const value = timeAggregation === "Average" ? `sum(${column})` : aggregation(criterion);
  const count = timeAggregation === "Count" ? "count()" : `countif(isnotnull(${column}))`;
  const splits = [`${timeColumn} = bin(TimeGenerated, ${binSeconds}s)`, ...splitsOf(criterion)];
  return [
    selectedRows({ criterion, rows: null }),
    `| summarize ${valueColumn} = ${value}, ${countColumn} = ${count} by ${splits.join(", ")}`,
  ].join("\n");
}

/** The value of one series, whether it meets the condition or not. */
export const valueQuery = (part: QueryPart): string =>
  `${selectedRows(part)}\n| summarize ${valueColumn} = ${aggregation(part.criterion)}`;

/** The rows themselves, as a link shows them. */
export const rowsQuery = selectedRows;

function selectedRows({ criterion, rows, only }: QueryPart): string {
  const lines = [body(criterion.query)];
  if (rows) {
    const { fromSecond, toSecond } = rows;
    lines.push(
      `| where TimeGenerated >= ${instant(fromSecond)} and TimeGenerated < ${instant(toSecond)}`,
    );
  }
  for (const { name, operator, values } of criterion.dimensions) {
    if (operator === "Exclude") lines.push(whereText(name, "!in", values));
    else if (!values.includes("*")) lines.push(whereText(name, "in", values));
  }
  return [...lines, ...(only ?? []).map(({ name, values }) => whereText(name, "in", values))].join(
    "\n",
  );
}

const whereText = (name: string, how: "in" | "!in", values: readonly string[]): string =>
  `| where tostring(${kqlName(name)}) ${how} (${values.map(kqlText).join(", ")})`;

/** Columns that one evaluation is split by, under names of ours. */
export function splitsOf({ dimensions, resourceIdColumn }: LogCriterion): string[] {
  const splits = dimensions.map(
    ({ name }, index) => `${dimensionColumn(index)} = tostring(${kqlName(name)})`,
  );
  if (resourceIdColumn) splits.push(`${resourceColumn} = tostring(${kqlName(resourceIdColumn)})`);
  return splits;
}

const functions: Readonly<Record<Exclude<LogAggregation, "Count">, string>> = {
  Average: "avg",
  Maximum: "max",
  Minimum: "min",
  Total: "sum",
};

function aggregation({ timeAggregation, metricMeasureColumn }: LogCriterion): string {
  if (timeAggregation === "Count") return "count()";
  return `${functions[timeAggregation]}(${kqlName(metricMeasureColumn ?? "")})`;
}

const comparisons: Readonly<Record<Operator, string>> = {
  Equals: "==",
  GreaterThan: ">",
  GreaterThanOrEqual: ">=",
  LessThan: "<",
  LessThanOrEqual: "<=",
};

const isLess = (operator: Operator): boolean => operator.startsWith("Less");
