import type { StoredDocument } from "../../common/documents.ts";
import { describeError } from "../../common/errors.ts";
import { type ChangeOptions, recordChange } from "../record-change.ts";
import type { AlertState } from "../rule-state.ts";
import type { AlertTransition } from "../transition.ts";
import { valueColumn, valueQuery } from "./compose-query.ts";
import {
  type LogEvaluation,
  type LogSource,
  type MetSeries,
  selectorOf,
  type WindowQuery,
} from "./evaluate-log-rule.ts";
import { flowsQuery, type FoundFlows, readFlows } from "./find-flows.ts";
import { criterionOf, type LogRuleResource, queryScopesOf, secondsOf } from "./log-rule.ts";
import { readNumber } from "./log-series.ts";
import { resolveSeconds, ruleKey } from "./log-status.ts";
import { describeLogTransition, type LinkBase, type LogCause } from "./log-transition.ts";

export interface LogChangeOptions extends ChangeOptions {
  source: LogSource;
  linkBase: LinkBase;
}

/** One evaluation of a rule, whose outcome is to be recorded. */
export interface LogCheck {
  readonly rule: LogRuleResource;
  readonly window: WindowQuery;
  readonly evaluation: LogEvaluation;
  readonly now: number;
}

/** Alerts of one rule that may last at once; more series wait until some are resolved. */
const activeCountMax = 1_000;

type Stored = StoredDocument<AlertState>;

/** Of documents that are about series of a rule. */
export const seriesPrefix = (ruleId: string): string => `${ruleKey(ruleId)}|`;

/** Fires and resolves what the evaluation says; the number of alerts that last is the answer. */
export async function applyLogCheck(options: LogChangeOptions, check: LogCheck): Promise<number> {
  const prefix = seriesPrefix(check.rule.id);
  const states = await options.states.list({ prefix });
  const stored = new Map(states.map((state) => [state.key, state]));
  const met = new Map(check.evaluation.met.map((series) => [`${prefix}${series.key}`, series]));
  const others = states.filter(({ key }) => !met.has(key));
  let active = 0;
  for (const state of others) if (await notMet(options, check, state)) active++;
  const firing: Firing[] = [];
  for (const [key, series] of met) {
    const known = stored.get(key);
    if (known && !(await firesAgain(options, check, known))) active++;
    else if (active + firing.length < activeCountMax) firing.push({ key, series, known });
  }
  const flowsOf = firing.length > 0 ? await findFlows(options, check, firing) : noFlows;
  for (const each of firing) await fire(options, check, { ...each, ...flowsOf(each.series.key) });
  return active + firing.length;
}

/** A series whose alert begins, and what was known of it. */
interface Firing {
  key: string;
  series: MetSeries;
  known: Stored | undefined;
}

/** Whether a series that is met, and has a state already, is a new alert. */
async function firesAgain(
  options: LogChangeOptions,
  { rule, window }: LogCheck,
  { body, key, revision }: Stored,
): Promise<boolean> {
  if (body.monitorCondition === "Resolved") return true;
  // A rule that resolves nothing raises an alert at each evaluation; the same one, made again after a crash, does not.
  if (!rule.properties.autoMitigate) {
    return body.transition.windowEndTime < window.toSecond * 1_000;
  }
  if (body.notMetSince !== undefined) {
    const { notMetSince: _over, ...lasting } = body;
    await options.states.put(key, lasting, { revision });
  }
  return false;
}

async function fire(
  options: LogChangeOptions,
  { rule, window, now }: LogCheck,
  { key, series, known, flows, hasAllFlows }: Firing & FoundFlows,
): Promise<void> {
  const cause: LogCause = { rule, series, window, flows, hasAllFlows };
  const about = { monitorCondition: "Fired", firedTime: now, resolvedTime: null } as const;
  const alertId = options.newId();
  const transition = describeLogTransition(cause, { ...about, alertId }, options.linkBase);
  const isMuted = now < mutedUntil(rule, known?.body);
  const calledTime = isMuted ? known?.body.calledTime : now;
  const state: AlertState = {
    ruleId: rule.id,
    targetResourceId: transition.targetResourceId,
    ...about,
    alertId,
    rearmed: false,
    ...(calledTime === undefined ? {} : { calledTime }),
    transition,
  };
  const revision = known?.revision ?? 0;
  const actions = isMuted ? [] : actionsOf(rule);
  await recordChange(options, { key, revision, state, actions, now });
}

const actionsOf = ({ properties: { actions } }: LogRuleResource) =>
  (actions?.actionGroups ?? []).map((actionGroupId) => ({ actionGroupId }));

/** When the action groups may be called again. */
function mutedUntil({ properties }: LogRuleResource, state: AlertState | undefined): number {
  const { muteActionsDuration } = properties;
  if (!muteActionsDuration || state?.calledTime === undefined) return 0;
  return state.calledTime + secondsOf(muteActionsDuration) * 1_000;
}

const noFlows = (): FoundFlows => ({ flows: [], hasAllFlows: true });

/** An alert counts without its flows: when they cannot be had, it has none. */
async function findFlows(
  { source, log }: LogChangeOptions,
  { rule, window }: LogCheck,
  firing: readonly Firing[],
): Promise<(key: string) => FoundFlows> {
  const { part, ...range } = window;
  const criterion = criterionOf(rule.properties);
  const only = selectorOf(
    criterion,
    firing.map(({ series }) => series),
  );
  const text = flowsQuery({ ...part, only }, await source.columns(criterion.query));
  if (text === null) return noFlows;
  try {
    const answer = await source.run({ text, scopes: queryScopesOf(rule), ...range });
    return readFlows(criterion, answer);
  } catch (error) {
    log.warn({ rule: rule.id, reason: describeError(error) }, "flows of an alert not found");
    return () => ({ flows: [], hasAllFlows: false });
  }
}

/** True while the alert lasts. */
async function notMet(
  options: LogChangeOptions,
  check: LogCheck,
  stored: Stored,
): Promise<boolean> {
  const { rule, window, now } = check;
  const { key, body, revision } = stored;
  if (body.monitorCondition === "Resolved") {
    await options.states.delete(key);
    return false;
  }
  if (!rule.properties.autoMitigate) {
    // Nothing is left to remember but whom not to call yet.
    if (now >= mutedUntil(rule, body)) await options.states.delete(key);
    return false;
  }
  const since = body.notMetSince ?? window.toSecond;
  const overSeconds = window.toSecond - since + secondsOf(rule.properties.evaluationFrequency);
  if (overSeconds >= resolveSeconds(rule.properties)) {
    await resolve(options, check, stored);
    return false;
  }
  if (body.notMetSince === undefined) {
    await options.states.put(key, { ...body, notMetSince: since }, { revision });
  }
  return true;
}

async function resolve(
  options: LogChangeOptions,
  check: LogCheck,
  { key, body, revision }: Stored,
): Promise<void> {
  const { rule, window, now } = check;
  const [criterion] = body.transition.criteria;
  const series = {
    dimensions: criterion?.dimensions ?? [],
    resourceId: criterionOf(rule.properties).resourceIdColumn ? body.targetResourceId : "",
  };
  const value = await currentValue(options.source, check, series);
  const { flows = [], hasAllFlows = true } = criterion?.logs ?? {};
  const about: Parameters<typeof describeLogTransition>[1] = {
    monitorCondition: "Resolved",
    alertId: body.alertId,
    firedTime: body.firedTime,
    resolvedTime: now,
  };
  const cause: LogCause = { rule, series: { ...series, value }, window, flows, hasAllFlows };
  const transition: AlertTransition = {
    ...describeLogTransition(cause, about, options.linkBase),
    targetResourceId: body.targetResourceId,
  };
  const state: AlertState = {
    ...body,
    monitorCondition: "Resolved",
    resolvedTime: now,
    transition,
  };
  await recordChange(options, { key, revision, state, actions: actionsOf(rule), now });
}

async function currentValue(
  source: LogSource,
  { rule, window }: LogCheck,
  series: Pick<MetSeries, "dimensions" | "resourceId">,
): Promise<number | null> {
  const { part, ...range } = window;
  const only = selectorOf(part.criterion, [series]);
  const text = valueQuery({ ...part, only });
  const { columns, rows } = await source.run({ text, scopes: queryScopesOf(rule), ...range });
  return readNumber(rows[0]?.[columns.findIndex(({ name }) => name === valueColumn)]);
}
