import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseAlert } from "../../../src/alert/parse-alert.ts";
import {
  type LogBed,
  logRule,
  machineId,
  openLogBed,
  ruleIdOf,
  subscription,
  type Tuple,
} from "./log-bed.ts";

let bed: LogBed;
/** A whole minute; each test has an hour of its own. */
let start = Date.UTC(2026, 10, 21, 0) / 1_000;

beforeAll(async () => {
  bed = await openLogBed();
}, 60_000);
beforeEach(async () => {
  start += 3_600;
  await bed.reset();
});
afterAll(() => bed.close());

/** `count` denied flows of a source that end in the minute before `second`. */
const denied = (second: number, from: string, count: number): Tuple[] =>
  Array.from({ length: count }, (_, index) => ({
    second: second - 60 + index,
    from,
    to: "10.0.0.4",
    port: 22,
    denied: true,
  }));
const put = (change: object = {}, criterion: object = {}): void => {
  bed.rules = [{ id: ruleIdOf("denied"), properties: logRule(change, criterion) }];
};
const seen = (): string[] =>
  bed.told.map(
    ({ monitorCondition, criteria }) =>
      `${monitorCondition} ${criteria[0]?.dimensions.map(({ value }) => value).join()} ${criteria[0]?.metricValue}`,
  );

test("each source fires once while it lasts, and is resolved when it is over long enough", async () => {
  put();
  await bed.insert([
    ...denied(start, "192.0.2.1", 3),
    ...denied(start, "192.0.2.2", 2),
    ...denied(start + 60, "192.0.2.1", 4),
    ...denied(start + 60, "192.0.2.2", 5),
    ...denied(start + 180, "192.0.2.1", 1),
    ...denied(start + 240, "192.0.2.2", 9),
  ]);
  const alerts = bed.newEngine();
  await bed.at(alerts, start);
  expect(seen()).toEqual(["Fired 192.0.2.1 3"]);
  await bed.at(alerts, start + 30); // not yet its minute
  await bed.at(alerts, start + 60);
  expect(seen()).toEqual(["Fired 192.0.2.1 3", "Fired 192.0.2.2 5"]);
  await bed.at(alerts, start + 120);
  await bed.at(alerts, start + 180);
  expect(bed.told).toHaveLength(2);
  await bed.at(alerts, start + 240); // the third check without the first; the second is met again
  expect(seen().slice(2)).toEqual(["Resolved 192.0.2.1 0"]);
  await bed.at(alerts, start + 300);
  await bed.at(alerts, start + 360);
  await bed.at(alerts, start + 420);
  expect(seen().slice(3)).toEqual(["Resolved 192.0.2.2 0"]);
  const record = (await bed.alerts()).find(({ alertId }) => alertId === bed.told[0]?.alertId);
  expect(record?.modifications.map(({ event }) => event)).toEqual([
    "AlertCreated",
    "MonitorConditionChange",
  ]);
  await bed.at(alerts, start + 480);
  expect(await bed.state.documents("logAlertStates").count()).toBe(0);
});

test("a notification says what Azure's says, and carries the flows", async () => {
  put({ targetResourceTypes: ["Microsoft.OperationalInsights/workspaces"] });
  await bed.insert(denied(start, "192.0.2.1", 3));
  await bed.at(bed.newEngine(), start);
  const [delivery] = await bed.deliveries();
  const payload = JSON.parse(delivery?.body ?? "") as Record<string, unknown>;
  const time = (second: number): string => new Date(second * 1_000).toISOString();
  const query = (text: string): string =>
    `https://127.0.0.1/v1${subscription}/query?query=${encodeURIComponent(text)}&timespan=${encodeURIComponent(`${time(start - 60)}/${time(start)}`)}`;
  const text = 'NightcapFlows | where FlowStatus == "Denied"';
  const filtered = query(`${text}\n| where tostring(["SrcIp"]) in ("192.0.2.1")`);
  expect(payload).toEqual({
    schemaId: "azureMonitorCommonAlertSchema",
    data: {
      essentials: expect.objectContaining({
        alertRule: "denied",
        severity: "Sev2",
        signalType: "Log",
        monitorCondition: "Fired",
        monitoringService: "Log Alerts V2",
        alertTargetIDs: [subscription],
        firedDateTime: expect.any(String),
      }) as unknown,
      alertContext: {
        properties: { team: "net" },
        conditionType: "LogQueryCriteria",
        condition: {
          windowSize: "PT1M",
          allOf: [
            {
              searchQuery: text,
              metricMeasureColumn: null,
              targetResourceTypes: "['Microsoft.OperationalInsights/workspaces']",
              operator: "GreaterThan",
              threshold: "2",
              timeAggregation: "Count",
              dimensions: [{ name: "SrcIp", value: "192.0.2.1" }],
              metricValue: 3,
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
              linkToSearchResultsUI: query(text),
              linkToFilteredSearchResultsUI: filtered,
              linkToSearchResultsAPI: query(text),
              linkToFilteredSearchResultsAPI: filtered,
              nightcapFlows: [
                {
                  SrcIp: "192.0.2.1",
                  DestIp: "10.0.0.4",
                  DestPort: 22,
                  L4Protocol: "T",
                  FlowDirection: "Inbound",
                  FlowStatus: "Denied",
                  FlowType: "ExternalPublic",
                  AclRule: "DefaultRule_AllowInternetOutBound",
                  Reason: "as told",
                  resourceId: expect.stringMatching(/\/virtualMachines\/vm1$/) as unknown,
                  rowCount: 3,
                },
              ],
              nightcapHasAllFlows: true,
            },
          ],
          windowStartTime: time(start - 60),
          windowEndTime: time(start),
        },
      },
      customProperties: { team: "net" },
    },
  });
  expect(parseAlert(payload)).toMatchObject({
    fired: true,
    criteria: [{ hasAllFlows: true, flows: [{ SrcIp: "192.0.2.1", DestPort: 22 }] }],
  });
});

test("a new process repeats nothing, and looks at the windows that passed, each once", async () => {
  put({ ruleResolveConfiguration: { timeToResolve: "PT1M" } });
  await bed.insert([...denied(start, "192.0.2.1", 3), ...denied(start + 180, "192.0.2.3", 7)]);
  await bed.at(bed.newEngine(), start);
  expect(seen()).toEqual(["Fired 192.0.2.1 3"]);
  await bed.at(bed.newEngine(), start);
  expect(seen()).toHaveLength(1);
  // Away for five minutes, in which one is over and another came and went.
  await bed.at(bed.newEngine(), start + 300);
  expect(seen().slice(1)).toEqual([
    "Resolved 192.0.2.1 0",
    "Fired 192.0.2.3 7",
    "Resolved 192.0.2.3 0",
  ]);
  const fired = bed.told[2]?.firedTime ?? 0;
  expect(fired).toBe((start + 190) * 1_000); // when it was due
  expect(await bed.status("denied")).toMatchObject({ checkedSecond: start + 300, skippedCount: 0 });
});

test("a query that fails is said, and its windows are looked at when it works again", async () => {
  put();
  await bed.insert(denied(start, "192.0.2.1", 3));
  const alerts = bed.newEngine();
  bed.failure = new Error("the engine is away");
  await bed.at(alerts, start);
  expect(await bed.status("denied")).toMatchObject({
    failure: { reason: "the engine is away", attemptCount: 1 },
  });
  const asked = bed.queries.length;
  await bed.at(alerts, start + 1); // not at once
  expect(bed.queries).toHaveLength(asked);
  bed.failure = null;
  await bed.at(alerts, start + 320);
  expect(seen()).toEqual(["Fired 192.0.2.1 3", "Resolved 192.0.2.1 0"]);
  expect(await bed.status("denied")).toMatchObject({ failure: null });
});

test("failing periods count windows, and a measure may be of any column", async () => {
  put(
    {},
    {
      query: 'NightcapFlows | where FlowStatus == "Denied" | extend Weight = DestPort * 2',
      timeAggregation: "Total",
      metricMeasureColumn: "Weight",
      dimensions: [{ name: "SrcIp", operator: "Exclude", values: ["192.0.2.2"] }],
      threshold: 100,
      failingPeriods: { numberOfEvaluationPeriods: 3, minFailingPeriodsToAlert: 2 },
    },
  );
  await bed.insert([
    ...denied(start, "192.0.2.1", 3), // 3 * 22 * 2
    ...denied(start, "192.0.2.2", 3),
    ...denied(start + 60, "192.0.2.2", 3),
    ...denied(start + 120, "192.0.2.1", 4),
  ]);
  const alerts = bed.newEngine();
  await bed.at(alerts, start);
  await bed.at(alerts, start + 60);
  expect(seen()).toEqual([]);
  await bed.at(alerts, start + 120);
  expect(seen()).toEqual(["Fired 192.0.2.1 176"]);
});

test("without dimensions nothing counts as zero, and a lower bound fires on it", async () => {
  put({}, { dimensions: [], operator: "LessThan", threshold: 1 });
  const alerts = bed.newEngine();
  await bed.insert(denied(start + 60, "192.0.2.1", 1));
  await bed.at(alerts, start);
  await bed.at(alerts, start + 60);
  expect(seen()).toEqual(["Fired  0"]);
});

test("without autoMitigate each evaluation fires, calling nobody while it is muted", async () => {
  put({
    autoMitigate: false,
    muteActionsDuration: "PT2M",
    ruleResolveConfiguration: null,
  });
  for (const minute of [0, 1, 2]) await bed.insert(denied(start + minute * 60, "192.0.2.1", 3));
  for (const minute of [0, 1, 1, 2, 3]) await bed.at(bed.newEngine(), start + minute * 60);
  expect(seen()).toEqual(["Fired 192.0.2.1 3", "Fired 192.0.2.1 3", "Fired 192.0.2.1 3"]);
  expect(new Set(bed.told.map(({ alertId }) => alertId)).size).toBe(3);
  const called = (await bed.deliveries()).map(({ alertId }) => alertId).toSorted();
  expect(called).toEqual([bed.told[0]?.alertId, bed.told[2]?.alertId]);
});

test("a query may look further back than the window, and ends with now", async () => {
  put(
    { overrideQueryTimeRange: "PT10M" },
    {
      query: `let before = NightcapFlows | where TimeGenerated < ago(1m) | distinct SrcIp;
NightcapFlows | where FlowStatus == "Denied" and SrcIp !in (before) // never seen before
;`,
    },
  );
  await bed.insert([
    ...denied(start - 120, "192.0.2.1", 1),
    ...denied(start, "192.0.2.1", 5),
    ...denied(start, "192.0.2.2", 4),
    ...denied(start - 1_200, "192.0.2.2", 1),
  ]);
  await bed.at(bed.newEngine(), start);
  expect(seen()).toEqual(["Fired 192.0.2.2 4"]);
});

test("more series than one evaluation looks at are told of in the next", async () => {
  put({}, { threshold: 0 });
  const many = (second: number): Tuple[] =>
    Array.from({ length: 150 }, (_, index) => denied(second, `192.0.2.${index}`, 1)).flat();
  await bed.insert(many(start));
  await bed.at(bed.newEngine(), start);
  expect(bed.told).toHaveLength(100);
  expect(await bed.status("denied")).toMatchObject({ isCut: true, firedCount: 100 });
});

test("a rule that is gone or disabled is forgotten, with what it fired", async () => {
  put();
  await bed.insert([...denied(start, "192.0.2.1", 3), ...denied(start + 60, "192.0.2.1", 3)]);
  const alerts = bed.newEngine();
  await bed.at(alerts, start);
  put({ enabled: false });
  await bed.at(alerts, start + 60);
  expect(await bed.status("denied")).toBeUndefined();
  put();
  await bed.at(alerts, start + 60);
  expect(seen()).toEqual(["Fired 192.0.2.1 3", "Fired 192.0.2.1 3"]);
});

test("a rule sees the rows of what it is about, and no others", async () => {
  const group = `${subscription}/resourceGroups`;
  const workspace = `${group}/rg1/providers/Microsoft.OperationalInsights/workspaces/w`;
  await bed.insert(denied(start, "192.0.2.1", 3));
  const seenBy = async (scope: string): Promise<number> => {
    bed.queries.length = bed.told.length = 0;
    bed.rules = [{ id: ruleIdOf(`of ${scope}`), properties: logRule({ scopes: [scope] }) }];
    await bed.at(bed.newEngine(), start);
    return bed.told.length;
  };
  expect(await seenBy(machineId)).toBe(1);
  expect(await seenBy(`${group}/rg1`)).toBe(1);
  expect(await seenBy(`${machineId}2`)).toBe(0);
  expect(await seenBy(workspace)).toBe(0); // no flow log writes to it
});
