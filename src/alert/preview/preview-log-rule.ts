import { silentLog } from "../../common/log.ts";
import type { Delivery } from "../delivery.ts";
import { type AnswerColumn, seriesCountMax, splitsOf } from "../logs/compose-query.ts";
import { evaluateLogRule, type LogSource, windowQuery } from "../logs/evaluate-log-rule.ts";
import { applyLogCheck, type LogChangeOptions } from "../logs/log-changes.ts";
import {
  criterionOf,
  type LogCriterion,
  type LogRuleResource,
  secondsOf,
} from "../logs/log-rule.ts";
import { readSeries, type RuleAnswer } from "../logs/log-series.ts";
import type { AlertState } from "../rule-state.ts";
import { readBins, type WindowAnswers } from "./binned-answers.ts";
import { createFiringKeeper, createPointKeeper } from "./collect.ts";
import { evaluationTimes } from "./evaluation-times.ts";
import type { Preview, PreviewOptions } from "./preview.ts";
import { rowWiseTable } from "./row-wise.ts";
import { createScratchTable } from "./scratch-table.ts";

export interface LogPreviewOptions extends Omit<PreviewOptions, "machines"> {
  readonly source: LogSource;
  /** When the first row of what the query reads is from, in seconds; null: there are none. */
  readonly firstRow: () => Promise<number | null>;
  /** Whether rows of a table are seen by their TimeGenerated alone; then all windows may be asked for at once. */
  readonly isPlainTable: (name: string) => boolean;
}

/** Windows of one preview where each is a query of its own. */
export const windowCountMax = 300;
/** Windows of one preview that are answered together: a month of minutes. */
export const binnedWindowCountMax = 50_000;
/** Answers that are kept for evaluations that look at the same windows. */
const keptAnswerCountMax = 64;
const pointCount = 1_200;

/**
 * What a log alert rule would have done: the engine's own evaluation and changes, window by window, over the rows that
 * are there now, with states that only this preview sees. Of a query that looks at each row by itself all windows are
 * answered together; of another each is asked for, and of a long time only every so many.
 */
export async function previewLogRule(
  rule: LogRuleResource,
  options: LogPreviewOptions,
): Promise<Preview> {
  const { span } = options;
  const quiet = { ...rule, properties: { ...rule.properties, actions: null } };
  const criterion = criterionOf(rule.properties);
  const [target = ""] = rule.properties.scopes;
  const frequency = secondsOf(rule.properties.evaluationFrequency);
  const columns = await options.source.columns(criterion.query);
  const binned = await readAllWindows(quiet, columns, options);
  const periods = criterion.failingPeriods.numberOfEvaluationPeriods;
  const countMax = Math.floor((binned ? binnedWindowCountMax : windowCountMax) / periods);
  const { stepSeconds, seconds } = evaluationTimes(span, frequency, countMax);
  const firings = createFiringKeeper();
  const points = createPointKeeper(span, pointCount);
  const answers = rememberAnswers(binned ? fromBins(quiet, binned, options) : options.source);
  let second = 0;
  const changing = scratchOptions((key, state) => firings.written(key, state, second));
  let [evaluatedCount, isCut] = [0, false];
  for (second of seconds) {
    await options.turn();
    const evaluation = await evaluateLogRule(answers.source, quiet, second);
    const window = windowQuery(quiet, columns, second);
    await applyLogCheck(changing, { rule: quiet, window, evaluation, now: second * 1_000 });
    const value = valueOf(criterion, answers.of(second));
    if (value !== null) points.add({ second, value });
    evaluatedCount++;
    isCut ||= evaluation.isCut;
  }
  return {
    ...firings.list(),
    series: [{ target, criterion: "", metricName: nameOf(criterion), points: points.list() }],
    evaluatedCount,
    stepSeconds,
    missing: await missingOf(options, target),
    learning: [],
    learnedEverySeconds: null,
    omittedTargetCount: 0,
    isCut,
  };
}

/** Null where each window has to be asked for by itself. */
async function readAllWindows(
  rule: LogRuleResource,
  columns: readonly AnswerColumn[],
  { source, span, turn, isPlainTable }: LogPreviewOptions,
): Promise<WindowAnswers | null> {
  const table = rowWiseTable(criterionOf(rule.properties).query);
  const hasTime = columns.some(({ name, type }) => name === "TimeGenerated" && type === "datetime");
  if (table === null || !hasTime || !isPlainTable(table)) return null;
  return readBins(rule, { source, span, turn });
}

/** Windows come out of the bins; those without a row are asked for once, as they all have the same answer. */
function fromBins(
  rule: LogRuleResource,
  binned: WindowAnswers,
  { source }: LogPreviewOptions,
): LogSource {
  const windowSeconds = secondsOf(rule.properties.windowSize);
  let empty: RuleAnswer | null = null;
  return {
    columns: (query) => source.columns(query),
    async run(query) {
      const answer = binned(query.toSecond - windowSeconds, query.toSecond);
      if (answer === null) return source.run(query);
      if (answer === "noRows") return (empty ??= await source.run(query));
      return answer;
    },
  };
}

/** What is measured: the column, or the rows themselves. */
const nameOf = ({ metricMeasureColumn }: LogCriterion): string => metricMeasureColumn ?? "rows";

/** Before its first row a table says nothing; a table that is quiet later says that nothing happened. */
async function missingOf(
  { span, firstRow }: LogPreviewOptions,
  target: string,
): Promise<Preview["missing"]> {
  const first = await firstRow();
  if (first !== null && first <= span.from) return [];
  return [{ target, from: span.from, to: Math.min(span.to, first ?? span.to) }];
}

/** Of several series the one that is farthest on the side that fires; those that do not fire are not in the answer. */
function valueOf(criterion: LogCriterion, answer: RuleAnswer | undefined): number | null {
  if (!answer) return null;
  const values = readSeries(criterion, answer)
    .slice(0, splitsOf(criterion).length > 0 ? seriesCountMax : 1)
    .flatMap(({ value }) => value ?? []);
  if (values.length === 0) return null;
  return criterion.operator.startsWith("Less") ? Math.min(...values) : Math.max(...values);
}

/** Windows of one evaluation are those of others too: each is asked for once. */
function rememberAnswers(source: LogSource): {
  source: LogSource;
  of(second: number): RuleAnswer | undefined;
} {
  const known = new Map<number, Promise<RuleAnswer>>();
  const settled = new Map<number, RuleAnswer>();
  const forgetOldest = (): void => {
    const [oldest] = known.size > keptAnswerCountMax ? known.keys() : [];
    if (oldest === undefined) return;
    known.delete(oldest);
    settled.delete(oldest);
  };
  return {
    of: (second) => settled.get(second),
    source: {
      columns: (query) => source.columns(query),
      async run(query) {
        let answer = known.get(query.toSecond);
        if (!answer) known.set(query.toSecond, (answer = source.run(query)));
        settled.set(query.toSecond, await answer);
        forgetOldest();
        return answer;
      },
    },
  };
}

/** An alert's flows and its value at the end are for those who are told; here nobody is. */
const silentSource: LogSource = {
  columns: async () => [],
  run: async () => ({ columns: [], rows: [] }),
};

function scratchOptions(onState: (key: string, state: AlertState) => void): LogChangeOptions {
  const states = createScratchTable<AlertState>(onState);
  const deliveries = createScratchTable<Delivery>();
  let alertCount = 0;
  return {
    source: silentSource,
    linkBase: () => "",
    states,
    transact: (work) => work({ states, deliveries }),
    actionGroup: async () => null,
    log: silentLog,
    newId: () => `preview-${++alertCount}`,
  };
}
