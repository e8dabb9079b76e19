import { randomUUID } from "node:crypto";
import { type ActionGroupProperties, parseActionGroup } from "../alert/action-group.ts";
import { type AlertRecord, recordingStates } from "../alert/alert-record.ts";
import { deliverySettings, startDeliveryQueue } from "../alert/delivery-queue.ts";
import type { Delivery } from "../alert/delivery.ts";
import type { BaselineStatus } from "../alert/dynamic/baseline-status.ts";
import { createAlertEngine } from "../alert/engine.ts";
import type { AlertState, AlertTables, RuleResource } from "../alert/rule-state.ts";
import { parseMetricAlert } from "../alert/rule.ts";
import { expandRule, hasManyTargets } from "../alert/rule-targets.ts";
import type { Clock } from "../common/clock.ts";
import type { DocumentTable } from "../common/documents.ts";
import { describeError } from "../common/errors.ts";
import { type Closable, Lifecycle, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { MetricCounter, ProcessMetrics } from "../common/metrics.ts";
import { machineRecords } from "../provider/compute/machines.ts";
import { actionGroupType, metricAlertType } from "../provider/insights/rules-and-groups.ts";
import { createRuleMachines } from "../provider/insights/rule-machines.ts";
import type { State, StoredResource } from "../state/state.ts";
import type { LogQueries } from "../logs/log-queries.ts";
import { startLogAlerting } from "./alerts/log-alerting.ts";
import { startOrphanedAlerts } from "./alerts/orphaned-alerts.ts";
import type { AlertSettings } from "./alerts/settings.ts";
import type { Metrics } from "./metrics.ts";

type AlertCount = "evaluations" | "transitions" | "droppedDeliveries" | "attempts" | "deliveries";

/** Rules are looked at this often; each is evaluated at its own frequency. */
const evaluationIntervalMilliseconds = 250;

export const alertTables = (state: State): AlertTables => ({
  states: state.documents<AlertState>("alertStates"),
  deliveries: state.documents<Delivery>("deliveries"),
});

/** Inside a transaction: with each state that changes its alert is recorded. */
function recordingTables(state: State): AlertTables {
  const tables = alertTables(state);
  const alerts = state.documents<AlertRecord>("alerts");
  return { ...tables, states: recordingStates(tables.states, alerts) };
}

export const baselineStatuses = (state: State): DocumentTable<BaselineStatus> =>
  state.documents<BaselineStatus>("baselineStatuses");

/** Evaluates the alert rules, and calls their action groups. */
export function startAlerting(options: {
  state: State;
  metrics: Metrics;
  queries: LogQueries;
  settings: AlertSettings;
  baseUrl: string;
  subscription: string;
  certificateAuthorityPem: string;
  processMetrics: ProcessMetrics;
  clock: Clock;
  log: Log;
}): Closable {
  const { state, metrics, subscription, clock, log } = options;
  const { count, countLogs } = alertCounters(options.processMetrics);
  const life = new Lifecycle();
  const tables = alertTables(state);
  const queue = life.add(
    startDeliveryQueue({
      table: tables.deliveries,
      settings: deliverySettings.parse({}),
      certificateAuthorityPem: options.certificateAuthorityPem,
      clock,
      log,
      count,
    }),
  );
  const actionGroup = async (id: string): Promise<ActionGroupProperties | null> => {
    const found = await state.resources.get(id);
    if (found?.type.toLowerCase() !== actionGroupType.toLowerCase()) return null;
    return parseActionGroup(found.body["properties"]);
  };
  const onTransition = (): void => queue.wake();
  const readRules = createRuleReader({ state, subscription, clock, log });
  const engine = createAlertEngine({
    rules: readRules,
    async metrics({ resourceId, ...query }) {
      const machine = await machineRecords(state).get(resourceId.toLowerCase());
      return machine ? metrics.query.window({ hostId: machine.body.hostId, ...query }) : [];
    },
    async history({ resourceId, ...query }) {
      const machine = await machineRecords(state).get(resourceId.toLowerCase());
      return machine ? metrics.query.history({ hostId: machine.body.hostId, ...query }) : [];
    },
    actionGroup,
    states: tables.states,
    baselines: baselineStatuses(state),
    transact: (work) => state.transact((inside) => work(recordingTables(inside))),
    clock,
    log,
    newId: randomUUID,
    onTransition,
    count,
  });
  life.add(
    startLoop({
      intervalMilliseconds: evaluationIntervalMilliseconds,
      work: () => engine.evaluateDue(clock.now()),
      onError: (error) => log.error({ reason: describeError(error) }, "rules are not evaluated"),
    }),
  );
  life.add(startLogAlerting({ ...options, actionGroup, onTransition, count: countLogs }));
  life.add(startOrphanedAlerts({ state, subscription, clock, log }));
  return life;
}

/** Rules of which it was told that they cannot be read. */
const unreadableCountMax = 1_000;

/** Every rule, as one for each of its targets. One that cannot be read stops no other; it is told of once. */
function createRuleReader(options: {
  state: State;
  subscription: string;
  clock: Clock;
  log: Log;
}): () => Promise<RuleResource[]> {
  const { state, subscription, clock, log } = options;
  const machines = createRuleMachines(state, { scope: subscription, clock });
  const unreadable = new Set<string>();
  const read = ({ id, body, etag }: StoredResource): RuleResource[] => {
    try {
      return [{ id, properties: parseMetricAlert(body["properties"]) }];
    } catch (error) {
      if (!unreadable.has(etag))
        log.error({ rule: id, reason: describeError(error) }, "rule unread");
      if (unreadable.size >= unreadableCountMax) unreadable.clear();
      unreadable.add(etag);
      return [];
    }
  };
  return async () => {
    const stored = await state.resources.list({ scope: subscription, type: metricAlertType });
    const rules = stored.flatMap(read);
    if (!rules.some(({ properties }) => hasManyTargets(properties))) return rules;
    const targets = await machines();
    return rules.flatMap((rule) => expandRule(rule, targets));
  };
}

/** What alerts count: by the names that engine and delivery queue use for them. */
function alertCounters(processMetrics: ProcessMetrics) {
  const counters: Record<AlertCount, MetricCounter> = {
    evaluations: processMetrics.counter(
      "nightcap_alert_evaluations_total",
      "Evaluations of metric alert rules, by outcome",
      ["outcome"],
    ),
    transitions: processMetrics.counter(
      "nightcap_alert_transitions_total",
      "Alerts that fired or were resolved",
      ["monitorCondition"],
    ),
    droppedDeliveries: processMetrics.counter(
      "nightcap_alert_deliveries_dropped_total",
      "Deliveries that were not recorded because too many wait",
    ),
    attempts: processMetrics.counter(
      "nightcap_alert_delivery_attempts_total",
      "Calls of action group receivers, by HTTP status or none",
      ["status"],
    ),
    deliveries: processMetrics.counter(
      "nightcap_alert_deliveries_total",
      "Deliveries that came to an end, by state",
      ["state"],
    ),
  };
  const logEvaluations = processMetrics.counter(
    "nightcap_alert_log_evaluations_total",
    "Evaluations of log alert rules, by outcome",
    ["outcome"],
  );
  const count = (name: AlertCount, labels: Record<string, string>): void =>
    counters[name].add(1, labels);
  const countLogs: typeof count = (name, labels) =>
    name === "evaluations" ? logEvaluations.add(1, labels) : count(name, labels);
  return { count, countLogs };
}
