import { backoffDelay } from "../../common/backoff.ts";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { criterionOf, type LogRuleResource, secondsOf } from "./log-rule.ts";
import { evaluateLogRule, windowQuery } from "./evaluate-log-rule.ts";
import { applyLogCheck, type LogChangeOptions } from "./log-changes.ts";
import {
  dueLogChecks,
  type LogRuleStatus,
  type LogRuleStatuses,
  newStatus,
  ruleKey,
} from "./log-status.ts";

export interface LogEngineOptions extends LogChangeOptions {
  /** Every rule, also disabled ones; it throws when it cannot tell, for a rule that is absent is forgotten. */
  rules: () => Promise<readonly LogRuleResource[]>;
  statuses: LogRuleStatuses;
  clock: Clock;
  /** Flows are in the table this long after they were seen: a window is looked at then. */
  delaySeconds: number;
  /** Rules that are evaluated at once. */
  concurrencyMax: number;
  /** Ends queries under way; what they were asked for is looked at by the next process. */
  signal?: AbortSignal;
}

export interface LogAlertEngine {
  /** Evaluates each rule whose time has come. One call at a time; call it each second. */
  evaluateDue(now: number): Promise<void>;
}

/** Missed windows of one rule that are made up for before the others have their turn. */
const checksPerPassMax = 30;
const reasonLengthMax = 1_000;
const backoff = { minimumMilliseconds: 5_000, maximumMilliseconds: 300_000 };

/** When a rule that failed is tried again, by its key. */
type Retries = Map<string, number>;

/**
 * Log alert rules. What was looked at last is stored with each rule: windows that passed while nobody looked are looked
 * at late, once. A query that fails is tried again, its window too. Firing and resolving depend on the stored state, so
 * that a window that is looked at twice changes nothing.
 */
export function createLogAlertEngine(options: LogEngineOptions): LogAlertEngine {
  const retries: Retries = new Map();
  let known: string | undefined;
  return {
    async evaluateDue(now) {
      const rules = (await options.rules()).filter(({ properties }) => properties.enabled);
      const keys = rules.map(({ id }) => ruleKey(id)).toSorted();
      if (keys.join() !== known) await forgetOthers(options, new Set(keys));
      known = keys.join();
      const queue = rules.values();
      const worker = async (): Promise<void> => {
        for (const rule of queue) await checkRule(options, retries, { rule, now });
      };
      await Promise.all(Array.from({ length: options.concurrencyMax }, worker));
    },
  };
}

/** A rule that is deleted or disabled has no state; enabled again, it starts anew. */
async function forgetOthers(
  { states, statuses }: LogEngineOptions,
  keys: ReadonlySet<string>,
): Promise<void> {
  for (const { key } of await states.list()) {
    if (!keys.has(key.slice(0, key.lastIndexOf("|")))) await states.delete(key);
  }
  for (const { key } of await statuses.list()) if (!keys.has(key)) await statuses.delete(key);
}

async function checkRule(
  options: LogEngineOptions,
  retries: Retries,
  { rule, now }: { rule: LogRuleResource; now: number },
): Promise<void> {
  const key = ruleKey(rule.id);
  if (now < (retries.get(key) ?? 0)) return;
  const frequency = secondsOf(rule.properties.evaluationFrequency);
  const latest = Math.floor((now / 1_000 - options.delaySeconds) / frequency) * frequency;
  const status = (await options.statuses.get(key))?.body ?? newStatus(rule.id);
  const { seconds, skippedCount } = dueLogChecks(status.checkedSecond, latest, frequency);
  let current: LogRuleStatus = {
    ...status,
    // From the first look on no window is lost, also when that look fails.
    checkedSecond: status.checkedSecond ?? latest - frequency,
    skippedCount: status.skippedCount + skippedCount,
  };
  try {
    for (const second of seconds.slice(0, checksPerPassMax)) {
      // A check that is made up for happened when it was due.
      const time = second === latest ? now : (second + options.delaySeconds) * 1_000;
      current = await check(options, current, { rule, second, time });
      await options.statuses.put(key, current);
    }
    retries.delete(key);
  } catch (error) {
    if (options.signal?.aborted) return;
    await fail(options, current, { error, now });
    const attempts = current.failure?.attemptCount ?? 0;
    retries.set(key, now + backoffDelay(backoff, attempts));
  }
}

async function check(
  options: LogEngineOptions,
  status: LogRuleStatus,
  { rule, second, time }: { rule: LogRuleResource; second: number; time: number },
): Promise<LogRuleStatus> {
  const evaluation = await evaluateLogRule(options.source, rule, second);
  const columns = await options.source.columns(criterionOf(rule.properties).query);
  const window = windowQuery(rule, columns, second);
  const firedCount = await applyLogCheck(options, { rule, window, evaluation, now: time });
  options.count?.("evaluations", { outcome: evaluation.met.length > 0 ? "met" : "notMet" });
  const checked = { checkedSecond: second, checkedTime: options.clock.now(), failure: null };
  return { ...status, ...checked, isCut: evaluation.isCut, firedCount };
}

/** The rule says what is wrong, and its window stays to be looked at. */
async function fail(
  { statuses, log, count }: LogEngineOptions,
  status: LogRuleStatus,
  { error, now }: { error: unknown; now: number },
): Promise<void> {
  const reason = describeError(error).slice(0, reasonLengthMax);
  const { sinceTime = now, attemptCount = 0 } = status.failure ?? {};
  const failure = { reason, sinceTime, attemptCount: attemptCount + 1 };
  await statuses.put(ruleKey(status.ruleId), { ...status, failure });
  count?.("evaluations", { outcome: "failed" });
  if (attemptCount === 0) log.warn({ rule: status.ruleId, reason }, "log alert rule not evaluated");
}
