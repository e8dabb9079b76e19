import type { DocumentTable } from "../common/documents.ts";
import { parseDurationSeconds } from "../metric/duration.ts";
import { baselineStatus, type BaselineStatus } from "./dynamic/baseline-status.ts";
import type { Baselines } from "./dynamic/baselines.ts";
import { checkDynamic, dynamicCriterionOf, type WindowSource } from "./dynamic/check-dynamic.ts";
import { criterionFilters, evaluateRule, type Evaluation } from "./evaluate.ts";
import type { ChangeOptions } from "./record-change.ts";
import type { DynamicCriterion } from "./rule.ts";
import { canFire, conditionIsOver, fire, type Change } from "./rule-change.ts";
import { keyOf, type RuleResource } from "./rule-state.ts";

/** What a rule is looked at with, by the engine and by a preview alike. */
export interface CheckOptions extends ChangeOptions {
  /** The measurements of a scope (a resource id), [fromSecond, toSecond); empty when the resource is unknown. */
  metrics: WindowSource;
  /** Of rules with a dynamic threshold: what was learned last. */
  baselines: DocumentTable<BaselineStatus>;
}

type Checking = CheckOptions & { learning: Baselines };

/** What is remembered of a rule from one look to the next. */
export interface CheckProgress {
  notMetCount: number;
  /** The end of the history whose baseline was told of last. */
  learnedSecond?: number;
}

/** Azure resolves a metric alert when its condition is not met for three checks in a row. */
export const resolveCheckCount = 3;

/** One look at a rule. */
export interface Check {
  /** End of the window. */
  second: number;
  now: number;
  progress: CheckProgress;
}

/**
 * Looks at the window that ends at `second`, and records what that changes. Null when it could not be made yet: what is
 * expected is still to be learned.
 */
export async function checkAt(
  options: Checking,
  rule: RuleResource,
  at: Check,
): Promise<Evaluation | null> {
  const windowSeconds = parseDurationSeconds(rule.properties.windowSize) ?? 300;
  const window = { fromSecond: at.second - windowSeconds, toSecond: at.second };
  const criterion = dynamicCriterionOf(rule.properties);
  const evaluation = criterion
    ? await evaluateLearned(options, rule, { ...at, criterion })
    : await evaluate(options, rule, window);
  if (!evaluation) return null;
  options.count?.("evaluations", { outcome: evaluation.outcome });
  if (evaluation.outcome === "noData" || evaluation.outcome === "learning") return evaluation;
  await applyOutcome(options, rule, { ...at, evaluation, window });
  return evaluation;
}

/** Null when it is still to be learned what is expected. */
async function evaluateLearned(
  { learning, metrics, baselines }: Checking,
  rule: RuleResource,
  { criterion, second, progress }: Check & { criterion: DynamicCriterion },
): Promise<Evaluation | null> {
  const result = await checkDynamic({ learning, metrics }, rule.properties, { criterion, second });
  if (!result) return null;
  const { evaluation, learned } = result;
  if (progress.learnedSecond !== learned.endSecond) {
    await baselines.put(keyOf(rule), baselineStatus(rule.id, learned));
    progress.learnedSecond = learned.endSecond;
  }
  return evaluation;
}

async function applyOutcome(
  options: CheckOptions,
  rule: RuleResource,
  { evaluation, window, ...at }: Check & Pick<Change, "evaluation" | "window">,
): Promise<void> {
  const stored = await options.states.get(keyOf(rule));
  const change = { rule, evaluation, window, now: at.now, stored };
  if (evaluation.outcome === "met") {
    at.progress.notMetCount = 0;
    if (canFire(stored)) await fire(options, change);
    return;
  }
  at.progress.notMetCount++;
  if (stored && !canFire(stored) && at.progress.notMetCount >= resolveCheckCount) {
    await conditionIsOver(options, { ...change, stored });
  }
}

async function evaluate(
  options: CheckOptions,
  rule: RuleResource,
  window: { fromSecond: number; toSecond: number },
): Promise<Evaluation> {
  const resourceId = rule.properties.scopes[0] ?? "";
  const parts = [];
  for (const criterion of rule.properties.criteria.allOf) {
    if (criterion.criterionType !== "StaticThresholdCriterion") continue;
    const dimensions = criterionFilters(criterion);
    const { metricName } = criterion;
    const data = await options.metrics({ resourceId, metricName, dimensions, ...window });
    parts.push({ criterion, data });
  }
  return evaluateRule(parts);
}
