import { silentLog } from "../../common/log.ts";
import { parseDurationSeconds } from "../../metric/duration.ts";
import { checkAt, type CheckOptions, type CheckProgress } from "../check-rule.ts";
import type { Delivery } from "../delivery.ts";
import type { BaselineStatus } from "../dynamic/baseline-status.ts";
import { type Baselines, createBaselines, type HistorySource } from "../dynamic/baselines.ts";
import { dynamicCriterionOf, type WindowSource } from "../dynamic/check-dynamic.ts";
import type { Evaluation } from "../evaluate.ts";
import { expandRule } from "../rule-targets.ts";
import type { AlertState, RuleResource } from "../rule-state.ts";
import { createFiringKeeper, createPointKeeper, createSpanKeeper } from "./collect.ts";
import { evaluationTimes } from "./evaluation-times.ts";
import {
  type JudgedSeries,
  pointCountMax,
  type Preview,
  type PreviewOptions,
  type Span,
} from "./preview.ts";
import { createScratchTable } from "./scratch-table.ts";

export interface MetricPreviewOptions extends PreviewOptions {
  readonly metrics: WindowSource;
  readonly history: HistorySource;
}

/** Evaluations of one preview: a month of minutes is 43,200 of each target. */
export const evaluationCountMax = 100_000;
/** Targets of one rule that are looked at. */
export const targetCountMax = 50;
/** How often what is expected is learned in one preview, of all targets together; each takes some tens of milliseconds. */
export const learnCountMax = 96;
const hourSeconds = 3_600;
/** A point has a place in a picture that is some thousand pixels wide. */
const pointCountOfSeriesMax = 1_200;
const pointCountOfSeriesMin = 40;

/**
 * What a metric alert rule would have done: the engine's own check, over what is recorded now, with states that only
 * this preview sees. Each target begins without an alert.
 */
export async function previewMetricRule(
  rule: RuleResource,
  options: MetricPreviewOptions,
): Promise<Preview> {
  const quiet = { ...rule, properties: { ...rule.properties, actions: [], enabled: true } };
  const targets = expandRule(quiet, options.machines);
  const shown = targets.slice(0, targetCountMax);
  const countMax = Math.floor(evaluationCountMax / Math.max(1, shown.length));
  const frequency = parseDurationSeconds(rule.properties.evaluationFrequency) ?? 60;
  const { stepSeconds } = evaluationTimes(options.span, frequency, countMax);
  const isDynamic = dynamicCriterionOf(rule.properties) !== null;
  const learnHours = isDynamic ? hoursBetweenLearning(options.span, shown.length) : 1;
  const parts: TargetPreview[] = [];
  for (const target of shown) {
    const { seconds } = evaluationTimes(options.span, frequency, countMax);
    const share = { stepSeconds, learnHours, targetCount: shown.length };
    parts.push(await previewTarget(target, seconds, { ...options, ...share }));
  }
  const firings = parts.flatMap((part) => part.firings).toSorted((a, b) => a.from - b.from);
  return {
    series: parts.flatMap(({ series }) => series),
    firings,
    firingCount: parts.reduce((sum, part) => sum + part.firingCount, 0),
    evaluatedCount: parts.reduce((sum, part) => sum + part.evaluatedCount, 0),
    stepSeconds,
    missing: parts.flatMap(({ missing }) => missing),
    learning: parts.flatMap(({ learning }) => learning),
    learnedEverySeconds: isDynamic ? learnHours * hourSeconds : null,
    omittedTargetCount: targets.length - shown.length,
    isCut: false,
  };
}

const hoursBetweenLearning = ({ from, to }: Span, targetCount: number): number =>
  Math.max(1, Math.ceil((((to - from) / hourSeconds) * targetCount) / learnCountMax));

type TargetPreview = Pick<
  Preview,
  "series" | "firings" | "firingCount" | "evaluatedCount" | "missing" | "learning"
>;

interface TargetOptions extends MetricPreviewOptions {
  readonly stepSeconds: number;
  readonly learnHours: number;
  readonly targetCount: number;
}

async function previewTarget(
  rule: RuleResource,
  seconds: Iterable<number>,
  options: TargetOptions,
): Promise<TargetPreview> {
  const [target = ""] = rule.properties.scopes;
  const firings = createFiringKeeper();
  const missing = createSpanKeeper(options.stepSeconds);
  const unlearned = createSpanKeeper(options.stepSeconds);
  const judged = createJudgedKeeper(rule, target, options);
  const progress: CheckProgress = { notMetCount: 0 };
  let second = 0;
  const learning = createBaselines(options.history);
  const checking = {
    ...scratchOptions(options, (key, state) => firings.written(key, state, second)),
    learning: lessOften(learning, options.learnHours),
  };
  let evaluatedCount = 0;
  for (second of seconds) {
    await options.turn();
    learning.beginPass();
    const look = { second, now: second * 1_000, progress };
    const evaluation = await checkAt(checking, rule, look);
    evaluatedCount++;
    if (evaluation?.outcome === "noData") missing.add(second);
    if (evaluation?.outcome === "learning") unlearned.add(second);
    judged.add(second, evaluation);
  }
  const ofTarget = (span: Span) => ({ ...span, target });
  return {
    ...firings.list(),
    series: judged.list(),
    evaluatedCount,
    missing: missing.list().map(ofTarget),
    learning: unlearned.list().map(ofTarget),
  };
}

/** Nobody is told of what a preview finds, and nothing of it is kept. */
function scratchOptions(
  { metrics }: Pick<MetricPreviewOptions, "metrics">,
  onState: (key: string, state: AlertState) => void,
): CheckOptions {
  const states = createScratchTable<AlertState>(onState);
  const deliveries = createScratchTable<Delivery>();
  let alertCount = 0;
  return {
    metrics,
    states,
    baselines: createScratchTable<BaselineStatus>(),
    transact: (work) => work({ states, deliveries }),
    actionGroup: async () => null,
    log: silentLog,
    newId: () => `preview-${++alertCount}`,
  };
}

/** The baselines of every so many hours: those of the hours between would be learned too often. */
function lessOften(baselines: Baselines, hours: number): Baselines {
  if (hours === 1) return baselines;
  const step = hours * hourSeconds;
  return {
    ...baselines,
    at: (query, second) => baselines.at(query, Math.floor(second / step) * step),
  };
}

/** The values that decided, criterion by criterion. */
function createJudgedKeeper(
  { properties }: RuleResource,
  target: string,
  { span, targetCount }: TargetOptions,
) {
  const { allOf } = properties.criteria;
  const pointCount = Math.max(
    pointCountOfSeriesMin,
    Math.min(pointCountOfSeriesMax, Math.floor(pointCountMax / (allOf.length * targetCount))),
  );
  const keepers = allOf.map(() => createPointKeeper(span, pointCount));
  return {
    add(second: number, evaluation: Evaluation | null): void {
      const left = [...(evaluation?.criteria ?? [])];
      // Those without data are left out of an evaluation; the order of the others is that of the rule.
      for (const [index, { metricName, timeAggregation, operator }] of allOf.entries()) {
        const [next] = left;
        const isIts =
          next?.metricName === metricName &&
          next.timeAggregation === timeAggregation &&
          next.operator === operator;
        if (!isIts) continue;
        left.shift();
        const { metricValue: value, dynamic } = next;
        const range = dynamic && { low: dynamic.expectedLow, high: dynamic.expectedHigh };
        if (value !== null) keepers[index]?.add({ second, value, ...range });
      }
    },
    list: (): JudgedSeries[] =>
      allOf.map(({ name, metricName }, index) => ({
        target,
        criterion: name,
        metricName,
        points: keepers[index]?.list() ?? [],
      })),
  };
}
