import type { Clock } from "../common/clock.ts";
import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { describeError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import { parseDurationSeconds } from "../metric/duration.ts";
import type { DimensionFilter } from "../metric/query.ts";
import type { ActionGroupProperties } from "./action-group.ts";
import { deliveryKey, planDeliveries, type Delivery } from "./delivery.ts";
import { baselineStatus, type BaselineStatus } from "./dynamic/baseline-status.ts";
import { createBaselines, type Baselines, type HistorySource } from "./dynamic/baselines.ts";
import { checkDynamic, dynamicCriterionOf } from "./dynamic/check-dynamic.ts";
import { criterionFilters, evaluateRule, type CriterionData, type Evaluation } from "./evaluate.ts";
import type { DynamicCriterion, MetricAlertProperties } from "./rule.ts";
import { targetParts } from "./target.ts";
import type { AlertTransition } from "./transition.ts";

/** A metric alert rule as stored. */
export interface RuleResource {
  id: string;
  properties: MetricAlertProperties;
  /** Under which its state is kept, where a rule has several targets (rule-targets.ts); the id unless told. */
  key?: string;
}

/** What is remembered of a rule that has fired. A rule that never did has none. */
export interface AlertState {
  ruleId: string;
  targetResourceId: string;
  monitorCondition: "Fired" | "Resolved";
  /** Of the alert that fired last. */
  alertId: string;
  firedTime: number;
  resolvedTime: number | null;
  /**
   * Only where `autoMitigate` is false: the condition was over long enough that, were it met again, that
   * would be a new alert. The old one stays Fired.
   */
  rearmed: boolean;
  /** The last change, with the values that made it. */
  transition: AlertTransition;
}

/** The two tables that change together, inside one transaction. */
export interface AlertTables {
  states: DocumentTable<AlertState>;
  deliveries: DocumentTable<Delivery>;
}

export interface AlertEngineOptions {
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
  /** Null when there is no such group. */
  actionGroup: (id: string) => Promise<ActionGroupProperties | null>;
  /** Outside of transactions. */
  states: DocumentTable<AlertState>;
  /** Of rules with a dynamic threshold: what was learned last. */
  baselines: DocumentTable<BaselineStatus>;
  /** Writes in both tables take effect together, or not at all. */
  transact: <Result>(work: (tables: AlertTables) => Promise<Result>) => Promise<Result>;
  clock: Clock;
  log: Log;
  newId: () => string;
  /** After a change and its deliveries are recorded. Told again of nothing after a crash: look at the tables. */
  onTransition?: (transition: AlertTransition) => void;
  count?: (
    name: "evaluations" | "transitions" | "droppedDeliveries",
    labels: Record<string, string>,
  ) => void;
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
/** Deliveries waiting or recorded; beyond it new ones are dropped and counted. */
const deliveryCountMax = 100_000;

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

const keyOf = ({ id, key }: RuleResource): string => (key ?? id).toLowerCase();

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

function canFire(stored: StoredDocument<AlertState> | null): boolean {
  return stored === null || stored.body.monitorCondition === "Resolved" || stored.body.rearmed;
}

interface Change {
  rule: RuleResource;
  evaluation: Evaluation;
  window: { fromSecond: number; toSecond: number };
  now: number;
  stored: StoredDocument<AlertState> | null;
}

async function fire(options: AlertEngineOptions, change: Change): Promise<void> {
  const alertId = options.newId();
  const transition = describe(change, {
    monitorCondition: "Fired",
    alertId,
    firedTime: change.now,
    resolvedTime: null,
  });
  await record(options, change, {
    ruleId: change.rule.id,
    targetResourceId: transition.targetResourceId,
    monitorCondition: "Fired",
    alertId,
    firedTime: change.now,
    resolvedTime: null,
    rearmed: false,
    transition,
  });
}

async function conditionIsOver(
  options: AlertEngineOptions,
  change: Change & { stored: StoredDocument<AlertState> },
): Promise<void> {
  const { body, key, revision } = change.stored;
  if (!change.rule.properties.autoMitigate) {
    await options.states.put(key, { ...body, rearmed: true }, { revision });
    return;
  }
  const transition = describe(change, {
    monitorCondition: "Resolved",
    alertId: body.alertId,
    firedTime: body.firedTime,
    resolvedTime: change.now,
  });
  const resolved = { monitorCondition: "Resolved", resolvedTime: change.now, transition } as const;
  await record(options, change, { ...body, ...resolved });
}

/** State and deliveries in one transaction; nothing happens when another process was first. */
async function record(
  options: AlertEngineOptions,
  change: Change,
  state: AlertState,
): Promise<void> {
  const { transition } = state;
  const planned = planDeliveries(
    transition,
    await resolveActions(options, change.rule),
    change.now,
  );
  const recorded = await options.transact(async ({ states, deliveries }) => {
    const revision = change.stored?.revision ?? 0;
    if (!(await states.put(keyOf(change.rule), state, { revision }))) return false;
    const room = deliveryCountMax - (await deliveries.count());
    for (const delivery of planned.slice(0, Math.max(0, room))) {
      const dueAt = delivery.state === "Pending" ? change.now : change.now + recordKeptMilliseconds;
      await deliveries.put(deliveryKey(delivery), delivery, { dueAt });
    }
    const dropped = Math.max(0, planned.length - Math.max(0, room));
    for (let n = 0; n < dropped; n++) options.count?.("droppedDeliveries", {});
    if (dropped > 0) options.log.error({ rule: change.rule.id, dropped }, "deliveries dropped");
    return true;
  });
  if (!recorded) return;
  options.count?.("transitions", { monitorCondition: transition.monitorCondition });
  const { monitorCondition, alertId } = transition;
  options.log.info({ rule: change.rule.id, alertId, monitorCondition }, "alert changed");
  options.onTransition?.(transition);
}

/** For deliveries that are finished from the start; the queue removes them then. */
const recordKeptMilliseconds = 7 * 86_400_000;

async function resolveActions({ actionGroup }: AlertEngineOptions, rule: RuleResource) {
  const actions = rule.properties.actions;
  return Promise.all(
    actions.map(async ({ actionGroupId, webHookProperties }) => ({
      actionGroupId,
      webHookProperties: webHookProperties ?? null,
      group: await actionGroup(actionGroupId),
    })),
  );
}

function describe(
  { rule, evaluation, window }: Change,
  about: Pick<AlertTransition, "monitorCondition" | "alertId" | "firedTime" | "resolvedTime">,
): AlertTransition {
  const parts = targetParts(rule.id);
  const targetResourceId = rule.properties.scopes[0] ?? "";
  const ruleName = parts?.resourceName ?? rule.id;
  const origin = [
    parts?.subscriptionId,
    parts?.resourceGroupName,
    "microsoft.insights_metricAlerts",
    ruleName,
    hash32(targetResourceId.toLowerCase()),
  ];
  return {
    transitionId: `${about.alertId}-${about.monitorCondition.toLowerCase()}`,
    ...about,
    originAlertId: origin.join("_"),
    ruleId: rule.id,
    ruleName,
    description: rule.properties.description ?? "",
    severity: rule.properties.severity,
    targetResourceId,
    windowSize: rule.properties.windowSize,
    windowStartTime: window.fromSecond * 1_000,
    windowEndTime: window.toSecond * 1_000,
    criteria: evaluation.criteria,
    criteriaType: rule.properties.criteria["odata.type"].replace("Microsoft.Azure.Monitor.", ""),
    customProperties: rule.properties.customProperties ?? null,
  };
}

/** A signed 32-bit number of a text, as Azure has at the end of originAlertId (FNV-1a here). */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}
