import type { Clock } from "../common/clock.ts";
import type { DocumentTable } from "../common/documents.ts";
import { describeError } from "../common/errors.ts";
import { parseDurationSeconds } from "../metric/duration.ts";
import type { DimensionFilter } from "../metric/query.ts";
import { baselineStatus, type BaselineStatus } from "./dynamic/baseline-status.ts";
import { createBaselines, type Baselines, type HistorySource } from "./dynamic/baselines.ts";
import { checkDynamic, dynamicCriterionOf } from "./dynamic/check-dynamic.ts";
import { criterionFilters, evaluateRule, type CriterionData, type Evaluation } from "./evaluate.ts";
import type { DynamicCriterion } from "./rule.ts";
import type { ChangeOptions } from "./record-change.ts";
import { canFire, conditionIsOver, fire, type Change } from "./rule-change.ts";
import { keyOf, type RuleResource } from "./rule-state.ts";

export interface AlertEngineOptions extends ChangeOptions {
  /** Every rule, also disabled ones; it throws when it cannot tell, for a rule that is absent is forgotten. */
  rules: () => Promise<readonly RuleResource[]>;
  /** The measurements of a scope (a resource id), [fromSecond, toSecond); empty when the resource is unknown. */
  metrics: (query: {
    resourceId: string;
    metricName: string;
    dimensions: readonly DimensionFilter[];
    fromSecond: number;
    toSecond: number;
  }) => Promise<readonly CriterionData[]> | readonly CriterionData[];
  /** Weeks of the same, in windows, for dynamic thresholds. */
  history: HistorySource;
  /** Of rules with a dynamic threshold: what was learned last. */
  baselines: DocumentTable<BaselineStatus>;
  clock: Clock;
}

export interface AlertEngine {
  /** Evaluates each rule whose time has come. One call at a time; call it each second. */
  evaluateDue(now: number): Promise<void>;
}

/** Measurements of a second are there soon after it: the window that ends at T is looked at from T + 500 ms. */
export const measurementDelayMilliseconds = 500;
/** Azure resolves a metric alert when its condition is not met for three checks in a row. */
export const resolveCheckCount = 3;
/** Checks that were missed (we were busy, or away) are made up for, but not all of a night's. */
const missedCheckCountMax = 60;
const missedCheckAgeSecondsMax = 300;
/** What a process remembers of a rule between checks; a new process begins anew and loses nothing by it. */
interface Progress {
  /** End of the last window that was looked at. */
  checkedSecond: number;
  notMetCount: number;
  /** The end of the history whose baseline was told of last. */
  learnedSecond?: number;
}

/**
 * Fires when a rule's condition becomes met and resolves when it is over. What a rule's state is, and the
 * deliveries of a change, are written in one transaction: after kill -9 a change has happened with all its
 * deliveries, or it has not and the next check makes it. No data changes nothing.
 */
export function createAlertEngine(options: AlertEngineOptions): AlertEngine {
  const progress = new Map<string, Progress>();
  const learning = createBaselines(options.history);
  return {
    async evaluateDue(now) {
      learning.beginPass();
      const rules = await options.rules();
      const enabled = rules.filter(({ properties }) => properties.enabled);
      await forgetOthers(options, progress, enabled);
      for (const rule of enabled) {
        await checkRule({ ...options, learning }, progress, { rule, now }).catch(
          (error: unknown) => {
            options.count?.("evaluations", { outcome: "failed" });
            options.log.error(
              { rule: rule.id, reason: describeError(error) },
              "rule not evaluated",
            );
          },
        );
      }
    },
  };
}

/** A rule that is deleted or disabled has no state; enabled again, it starts anew. */
async function forgetOthers(
  { states, baselines }: AlertEngineOptions,
  progress: Map<string, Progress>,
  enabled: readonly RuleResource[],
): Promise<void> {
  const keys = new Set(enabled.map(keyOf));
  for (const { key } of await states.list()) if (!keys.has(key)) await states.delete(key);
  // What an earlier process told of is looked at once.
  const told = progress.size === 0 ? await baselines.list() : [];
  for (const key of [...progress.keys(), ...told.map((stored) => stored.key)]) {
    if (keys.has(key)) continue;
    progress.delete(key);
    await baselines.delete(key);
  }
}

type Working = AlertEngineOptions & { learning: Baselines };

async function checkRule(
  options: Working,
  progress: Map<string, Progress>,
  { rule, now }: { rule: RuleResource; now: number },
): Promise<void> {
  const frequency = parseDurationSeconds(rule.properties.evaluationFrequency) ?? 60;
  const nowSecond = (now - measurementDelayMilliseconds) / 1_000;
  const latest = Math.floor(nowSecond / frequency) * frequency;
  const known = progress.get(keyOf(rule));
  const current = known ?? { checkedSecond: latest - frequency, notMetCount: 0 };
  progress.set(keyOf(rule), current);
  for (const second of dueChecks(current.checkedSecond, latest, frequency)) {
    // A check that is made up for happened when it was due: two alerts never have one fired time.
    const time = second === latest ? now : second * 1_000 + measurementDelayMilliseconds;
    // Its baseline is still to be learned: this check is made up for.
    if (!(await check(options, rule, { second, now: time, progress: current }))) return;
    current.checkedSecond = second;
  }
  // The clock may have been set back: wait for no future second.
  current.checkedSecond = Math.min(current.checkedSecond, latest);
}

/** Ends of the windows to look at, oldest first. */
export function dueChecks(checked: number, latest: number, frequencySeconds: number): number[] {
  const oldest = Math.max(
    checked + frequencySeconds,
    latest - (missedCheckCountMax - 1) * frequencySeconds,
    latest - Math.max(missedCheckAgeSecondsMax, frequencySeconds) + frequencySeconds,
  );
  const first = latest - Math.floor((latest - oldest) / frequencySeconds) * frequencySeconds;
  const count = Math.max(0, (latest - first) / frequencySeconds + 1);
  return Array.from(
    { length: latest < oldest ? 0 : count },
    (_, i) => first + i * frequencySeconds,
  );
}

interface Check {
  /** End of the window. */
  second: number;
  now: number;
  progress: Progress;
}

/** False when it could not be made yet. */
async function check(options: Working, rule: RuleResource, at: Check): Promise<boolean> {
  const windowSeconds = parseDurationSeconds(rule.properties.windowSize) ?? 300;
  const window = { fromSecond: at.second - windowSeconds, toSecond: at.second };
  const criterion = dynamicCriterionOf(rule.properties);
  const evaluation = criterion
    ? await evaluateLearned(options, rule, { ...at, criterion })
    : await evaluate(options, rule, window);
  if (!evaluation) return false;
  options.count?.("evaluations", { outcome: evaluation.outcome });
  if (evaluation.outcome === "noData" || evaluation.outcome === "learning") return true;
  await applyOutcome(options, rule, { ...at, evaluation, window });
  return true;
}

/** Null when it is still to be learned what is expected. */
async function evaluateLearned(
  { learning, metrics, baselines }: Working,
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
  options: AlertEngineOptions,
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
  options: AlertEngineOptions,
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
