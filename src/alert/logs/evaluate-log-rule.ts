import {
  type AnswerColumn,
  type ColumnValues,
  type QueryPart,
  seriesCountMax,
  seriesQuery,
} from "./compose-query.ts";
import {
  criterionOf,
  type LogCriterion,
  type LogRuleResource,
  queryScopesOf,
  secondsOf,
} from "./log-rule.ts";
import { type LogSeries, readSeries, type RuleAnswer, seriesKey } from "./log-series.ts";

/** Whoever answers the queries of rules. */
export interface LogSource {
  /** The columns of a query's answer; throws when it is wrong. */
  columns(query: string): Promise<readonly AnswerColumn[]>;
  /** Over the rows of the scopes in [fromSecond, toSecond); now() is `toSecond`. */
  run(query: {
    text: string;
    scopes: readonly string[];
    fromSecond: number;
    toSecond: number;
  }): Promise<RuleAnswer>;
}

/** A series whose condition is met in enough windows, with its newest value. */
export interface MetSeries extends LogSeries {
  readonly key: string;
}

export interface LogEvaluation {
  readonly met: readonly MetSeries[];
  /** There were more series than are looked at in one evaluation. */
  readonly isCut: boolean;
}

/** What is asked of one window. */
export interface WindowQuery {
  readonly part: QueryPart;
  readonly fromSecond: number;
  readonly toSecond: number;
}

/**
 * Evaluates a rule for the windows that end at `second`: as many as its failing periods need, one after another. What is
 * found depends on the rows alone, so that a check that is made late, or again, finds the same.
 */
export async function evaluateLogRule(
  source: LogSource,
  rule: LogRuleResource,
  second: number,
): Promise<LogEvaluation> {
  const criterion = criterionOf(rule.properties);
  const { numberOfEvaluationPeriods: periods, minFailingPeriodsToAlert: needed } =
    criterion.failingPeriods;
  const columns = await source.columns(criterion.query);
  const found = new Map<string, { series: LogSeries; count: number }>();
  let isCut = false;
  for (let index = 0; index < periods; index++) {
    const end = second - index * secondsOf(rule.properties.windowSize);
    const series = await seriesOf(source, rule, windowQuery(rule, columns, end));
    isCut ||= series.length > seriesCountMax;
    for (const each of series.slice(0, seriesCountMax).filter(({ isMet }) => isMet)) {
      const key = seriesKey(each);
      const known = found.get(key);
      found.set(key, { series: known?.series ?? each, count: (known?.count ?? 0) + 1 });
    }
  }
  const met = Array.from(found, ([key, { series, count }]) => ({ ...series, key, count }));
  return { met: met.filter(({ count }) => count >= needed), isCut };
}

async function seriesOf(
  source: LogSource,
  rule: LogRuleResource,
  { part, ...range }: WindowQuery,
): Promise<LogSeries[]> {
  const scopes = queryScopesOf(rule);
  const answer = await source.run({ text: seriesQuery(part), scopes, ...range });
  return readSeries(part.criterion, answer);
}

/** The window that ends at `toSecond`. A query that may look further back sees more, and its answer is cut to the window. */
export function windowQuery(
  { properties }: LogRuleResource,
  columns: readonly AnswerColumn[],
  toSecond: number,
): WindowQuery {
  const criterion = criterionOf(properties);
  const windowStart = toSecond - secondsOf(properties.windowSize);
  const { overrideQueryTimeRange } = properties;
  if (!overrideQueryTimeRange) {
    return { part: { criterion, rows: null }, fromSecond: windowStart, toSecond };
  }
  const hasTime = columns.some(({ name, type }) => name === "TimeGenerated" && type === "datetime");
  const rows = hasTime ? { fromSecond: windowStart, toSecond } : null;
  const fromSecond = toSecond - secondsOf(overrideQueryTimeRange);
  return { part: { criterion, rows }, fromSecond, toSecond };
}

/** The columns and values that select some series; of several it may be more than these. */
export function selectorOf(
  { dimensions, resourceIdColumn }: LogCriterion,
  series: readonly Pick<LogSeries, "dimensions" | "resourceId">[],
): ColumnValues[] {
  const valuesOf = (read: (each: (typeof series)[number]) => string): string[] => [
    ...new Set(series.map(read)),
  ];
  const columns = dimensions.map(({ name }, index) => ({
    name,
    values: valuesOf((each) => each.dimensions[index]?.value ?? ""),
  }));
  const ids = valuesOf(({ resourceId }) => resourceId);
  return resourceIdColumn ? [...columns, { name: resourceIdColumn, values: ids }] : columns;
}
