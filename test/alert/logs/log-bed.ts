// Log alert rules over a real state and real flows in a real engine, with the clock held.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AlertRecord, recordingStates } from "../../../src/alert/alert-record.ts";
import type { Delivery } from "../../../src/alert/delivery.ts";
import type { LogSource } from "../../../src/alert/logs/evaluate-log-rule.ts";
import { createLogAlertEngine, type LogAlertEngine } from "../../../src/alert/logs/log-engine.ts";
import { parseLogRule } from "../../../src/alert/logs/log-rule.ts";
import type { LogRuleStatus } from "../../../src/alert/logs/log-status.ts";
import type { AlertState } from "../../../src/alert/rule-state.ts";
import type { AlertTransition } from "../../../src/alert/transition.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createFlowBatch, type FlowBatch } from "../../../src/flowlog/flow-batch.ts";
import { insertFlows } from "../../../src/flowstore/insert-flows.ts";
import { openLogQueries } from "../../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../../src/logs/query-limits.ts";
import { createLogSource } from "../../../src/server/alerts/log-source.ts";
import { rowsOfScopes } from "../../../src/server/alerts/rule-rows.ts";
import { openState, type State } from "../../../src/state/state.ts";
import type { ClassifiedFlows, Endpoint, FlowType } from "../../../src/traffic/classified-flows.ts";
import { someOrigin } from "../../flowstore/flow-rows.ts";
import { openSomeEngine } from "../../flowstore/some-engine.ts";
import { functionGroup, groupId } from "../rules.ts";

export const subscriptionId = "11111111-1111-1111-1111-111111111111";
export const subscription = `/subscriptions/${subscriptionId}`;
export const machineId = `${subscription}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm1`;
export const ruleIdOf = (name: string): string =>
  `${subscription}/resourceGroups/rg1/providers/Microsoft.Insights/scheduledQueryRules/${name}`;

export const logRule = (change: object = {}, criterion: object = {}) => ({
  severity: 2,
  scopes: [subscription],
  evaluationFrequency: "PT1M",
  windowSize: "PT1M",
  ruleResolveConfiguration: { timeToResolve: "PT3M" },
  criteria: {
    allOf: [
      {
        query: 'NightcapFlows | where FlowStatus == "Denied"',
        timeAggregation: "Count",
        dimensions: [{ name: "SrcIp", operator: "Include", values: ["*"] }],
        operator: "GreaterThan",
        threshold: 2,
        ...criterion,
      },
    ],
  },
  actions: { actionGroups: [groupId], customProperties: { team: "net" } },
  ...change,
});

/** One tuple; the first machine of the rules is 10.0.0.4. */
export interface Tuple {
  second: number;
  from: string;
  to: string;
  port?: number;
  denied?: boolean;
  type?: FlowType;
}

const local = "10.0.0.4";
const words = (address: string): number[] => [
  0,
  0,
  0xffff,
  address.split(".").reduce((all, octet) => all * 256 + Number(octet), 0),
];

const blankEndpoint: Endpoint = {
  address: "",
  isPublic: true,
  virtualNetwork: "",
  subnet: "",
  virtualMachine: "",
  networkInterface: "",
  scaleSet: "",
  subscription: "",
  region: "",
  site: "",
  connectionType: "",
  connectionName: "",
  clientPool: "",
  country: "",
  city: "",
  latitude: NaN,
  longitude: NaN,
  asn: 0,
  asOwner: "",
  serviceTag: "",
  threat: null,
};
const machine = { ...blankEndpoint, virtualMachine: "rg1/vm1", subscription: subscriptionId };
const threat = {
  list: "feed",
  listVersion: "7",
  entry: "198.51.100.0/24",
  threatType: "Botnet",
  description: "seen often",
  firstSeen: "",
};

function batchOf(tuples: readonly Tuple[]): { batch: FlowBatch; classes: ClassifiedFlows } {
  const batch = createFlowBatch(tuples.length);
  batch.length = tuples.length;
  batch.origins.push(someOrigin);
  const types = [...new Set(tuples.map(({ type }) => type ?? "ExternalPublic"))];
  const endpoints = [machine, blankEndpoint, { ...blankEndpoint, threat }];
  const placeOf = (address: string, type?: FlowType): number =>
    address === local ? 0 : type === "MaliciousFlow" ? 2 : 1;
  for (const [row, { second, from, to, port = 443, denied }] of tuples.entries()) {
    batch.time[row] = second * 1_000;
    batch.source.set(words(from), row * 4);
    batch.destination.set(words(to), row * 4);
    batch.sourcePort[row] = 40_000 + row;
    batch.destinationPort[row] = port;
    batch.protocol[row] = 6;
    batch.direction[row] = from === local ? 1 : 0;
    batch.state[row] = denied ? 3 : 0;
  }
  return {
    batch,
    classes: {
      source: Uint32Array.from(tuples, ({ from, type }) => placeOf(from, type)),
      destination: Uint32Array.from(tuples, ({ to, type }) => placeOf(to, type)),
      verdict: Uint32Array.from(tuples, ({ type }) => types.indexOf(type ?? "ExternalPublic")),
      l7Protocol: new Uint32Array(tuples.length),
      l7Protocols: ["https"],
      endpoints,
      verdicts: types.map((flowType) => ({ flowType, publicSide: "source", reason: "as told" })),
      dataVersion: "1",
    },
  };
}

export interface LogBed {
  state: State;
  told: AlertTransition[];
  /** Set: queries fail with it. */
  failure: Error | null;
  queries: { text: string }[];
  /** What rules ask; each query is noted in `queries`. */
  source: LogSource;
  rules: { id: string; properties: object }[];
  insert(tuples: readonly Tuple[]): Promise<void>;
  sql<Row>(sql: string): Promise<Row[]>;
  /** A new one is what a new process has. */
  newEngine(): LogAlertEngine;
  /** Evaluates what is due at `second`; the answer is what has happened since the bed was reset. */
  at(alerts: LogAlertEngine, second: number): Promise<string>;
  status(name: string): Promise<LogRuleStatus | undefined>;
  deliveries(): Promise<Delivery[]>;
  alerts(): Promise<AlertRecord[]>;
  /** Forgets states and rules, not flows. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function openLogBed(): Promise<LogBed> {
  const { engine, remove } = await openSomeEngine();
  const directory = mkdtempSync(join(tmpdir(), "nightcap-log-alerts-"));
  const openNewState = (): Promise<State> =>
    openState({ kind: "sqlite", path: join(directory, `${files++}.db`) });
  let files = 0;
  let inserts = 0;
  let ids = 0;
  let now = 0;
  const queries = openLogQueries({
    engine: async () => engine,
    settings: logQuerySettings.parse({}),
  });
  const real = createLogSource({
    queries,
    rowsOf: (scopes) => rowsOfScopes({ state: bed.state, subscription }, scopes),
    timeoutSeconds: 20,
    signal: new AbortController().signal,
  });
  const source: LogSource = {
    columns: (query) => real.columns(query),
    async run(query) {
      bed.queries.push(query);
      if (bed.failure) throw bed.failure;
      return real.run(query);
    },
  };
  const tables = (from: State) => ({
    states: recordingStates(
      from.documents<AlertState>("logAlertStates"),
      from.documents<AlertRecord>("alerts"),
    ),
    deliveries: from.documents<Delivery>("deliveries"),
  });
  const bed: LogBed = {
    state: await openNewState(),
    told: [],
    failure: null,
    queries: [],
    source,
    rules: [],
    async insert(tuples) {
      const { batch, classes } = batchOf(tuples);
      await insertFlows(engine, batch, classes, { token: `insert ${++inserts}` });
    },
    sql: (sql) => engine.rows({ sql }),
    newEngine: () =>
      createLogAlertEngine({
        rules: async () =>
          bed.rules.map(({ id, properties }) => ({ id, properties: parseLogRule(properties) })),
        source,
        statuses: bed.state.documents<LogRuleStatus>("logRuleStatuses"),
        states: bed.state.documents<AlertState>("logAlertStates"),
        actionGroup: async (id) =>
          id === groupId ? functionGroup("http://127.0.0.1:9/api?code=secret") : null,
        transact: (work) => bed.state.transact((inside) => work(tables(inside))),
        clock: { now: () => now, sleep: () => new Promise(() => {}) },
        log: silentLog,
        newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
        onTransition: (transition) => bed.told.push(transition),
        linkBase: (scope) => `https://127.0.0.1/v1${scope}/query`,
        delaySeconds: 10,
        concurrencyMax: 2,
      }),
    async at(alerts, second) {
      now = (second + 10) * 1_000;
      await alerts.evaluateDue(now);
      return bed.told.map(({ monitorCondition }) => monitorCondition).join(" ");
    },
    status: async (name) =>
      (
        await bed.state
          .documents<LogRuleStatus>("logRuleStatuses")
          .get(ruleIdOf(name).toLowerCase())
      )?.body,
    deliveries: async () => (await tables(bed.state).deliveries.list()).map(({ body }) => body),
    alerts: async () =>
      (await bed.state.documents<AlertRecord>("alerts").list()).map(({ body }) => body),
    async reset() {
      await bed.state.close();
      Object.assign(bed, { state: await openNewState(), failure: null });
      bed.told.length = bed.queries.length = bed.rules.length = 0;
    },
    async close() {
      await bed.state.close();
      await queries.close();
      await remove();
      rmSync(directory, { recursive: true });
    },
  };
  return bed;
}
