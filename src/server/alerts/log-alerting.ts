import { randomUUID } from "node:crypto";
import { type AlertRecord, recordingStates } from "../../alert/alert-record.ts";
import { createLogAlertEngine } from "../../alert/logs/log-engine.ts";
import type { LogRuleStatus, LogRuleStatuses } from "../../alert/logs/log-status.ts";
import type { ChangeOptions } from "../../alert/record-change.ts";
import type { AlertState, AlertTables } from "../../alert/rule-state.ts";
import type { Delivery } from "../../alert/delivery.ts";
import type { Clock } from "../../common/clock.ts";
import type { DocumentTable } from "../../common/documents.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { LogQueries } from "../../logs/log-queries.ts";
import type { State } from "../../state/state.ts";
import { createLogRuleReader } from "./log-rule-reader.ts";
import { createLogSource } from "./log-source.ts";
import { rowsOfScopes } from "./rule-rows.ts";
import type { AlertSettings } from "./settings.ts";

/** Rules are looked at this often; each is evaluated at its own frequency. */
const evaluationIntervalMilliseconds = 1_000;

/** States of the series of log alert rules, apart from those of metric alerts. */
export const logAlertStates = (state: State): DocumentTable<AlertState> =>
  state.documents<AlertState>("logAlertStates");

export const logRuleStatuses = (state: State): LogRuleStatuses =>
  state.documents<LogRuleStatus>("logRuleStatuses");

/** Inside a transaction: with each state that changes its alert is recorded. */
const recordingTables = (state: State): AlertTables => ({
  states: recordingStates(logAlertStates(state), state.documents<AlertRecord>("alerts")),
  deliveries: state.documents<Delivery>("deliveries"),
});

export interface LogAlertingOptions extends Pick<
  ChangeOptions,
  "actionGroup" | "log" | "onTransition" | "count"
> {
  state: State;
  queries: LogQueries;
  settings: AlertSettings;
  subscription: string;
  baseUrl: string;
  clock: Clock;
}

/** Evaluates the log alert rules. Nothing of queries is loaded while there is no rule. */
export function startLogAlerting(options: LogAlertingOptions): Closable {
  const { state, queries, settings, subscription, baseUrl, clock, log } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const timeoutSeconds = settings.logQuerySeconds;
  const engine = createLogAlertEngine({
    ...options,
    signal,
    rules: createLogRuleReader({ state, subscription, log }),
    source: createLogSource({
      queries,
      timeoutSeconds,
      signal,
      rowsOf: (scopes) => rowsOfScopes({ state, subscription }, scopes),
    }),
    states: logAlertStates(state),
    statuses: logRuleStatuses(state),
    transact: (work) => state.transact((inside) => work(recordingTables(inside))),
    newId: randomUUID,
    linkBase: (scope) => `${baseUrl}/v1${scope}/query`,
    delaySeconds: settings.logDelaySeconds,
    concurrencyMax: settings.logRuleConcurrencyMax,
  });
  const loop = startLoop({
    intervalMilliseconds: evaluationIntervalMilliseconds,
    work: () => engine.evaluateDue(clock.now()),
    onError: (error) => log.error({ reason: describeError(error) }, "log rules are not evaluated"),
  });
  return {
    async close() {
      stop.abort();
      await loop.close();
    },
  };
}
