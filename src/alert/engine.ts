import type { Clock } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import { parseDurationSeconds } from "../metric/duration.ts";
import { checkAt, type CheckOptions, type CheckProgress } from "./check-rule.ts";
import { createBaselines, type Baselines, type HistorySource } from "./dynamic/baselines.ts";
import { keyOf, type RuleResource } from "./rule-state.ts";

export interface AlertEngineOptions extends CheckOptions {
  /** Every rule, also disabled ones; it throws when it cannot tell, for a rule that is absent is forgotten. */
  rules: () => Promise<readonly RuleResource[]>;
  /** Weeks of the same, in windows, for dynamic thresholds. */
  history: HistorySource;
  clock: Clock;
}

export interface AlertEngine {
  /** Evaluates each rule whose time has come. One call at a time; call it each second. */
  evaluateDue(now: number): Promise<void>;
}

/** Measurements of a second are there soon after it: the window that ends at T is looked at from T + 500 ms. */
export const measurementDelayMilliseconds = 500;
/** Checks that were missed (we were busy, or away) are made up for, but not all of a night's. */
const missedCheckCountMax = 60;
const missedCheckAgeSecondsMax = 300;
/** What a process remembers of a rule between checks; a new process begins anew and loses nothing by it. */
interface Progress extends CheckProgress {
  /** End of the last window that was looked at. */
  checkedSecond: number;
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
    if (!(await checkAt(options, rule, { second, now: time, progress: current }))) return;
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
