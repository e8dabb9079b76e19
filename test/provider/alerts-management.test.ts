// Microsoft.AlertsManagement on the wire: az has no command for it, people use "az rest".
import { afterAll, beforeAll, expect, test } from "vitest";
import { alertCountMax, type AlertRecord, recordingStates } from "../../src/alert/alert-record.ts";
import type { AlertState } from "../../src/alert/rule-state.ts";
import type { AlertTransition } from "../../src/alert/transition.ts";
import {
  type ControlPlane,
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;
const hour = 3_600_000;
const subscription = `/subscriptions/${subscriptionId}`;
const ruleId = `${subscription}/resourceGroups/nightcap/providers/Microsoft.Insights/metricAlerts/net`;
const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const alerts = `${subscription}/providers/Microsoft.AlertsManagement/alerts`;

const transition = (n: number, change: Partial<AlertTransition> = {}): AlertTransition => ({
  transitionId: `${idOf(n)}-${(change.monitorCondition ?? "Fired").toLowerCase()}`,
  monitorCondition: "Fired",
  alertId: idOf(n),
  originAlertId: "origin",
  ruleId,
  ruleName: "net",
  description: "out of the machine",
  severity: 3,
  targetResourceId: machineId,
  firedTime: plane.clock.now() - n * hour,
  resolvedTime: null,
  windowSize: "PT5M",
  windowStartTime: 0,
  windowEndTime: 300_000,
  criteria: [],
  customProperties: null,
  ...change,
});

/** As the engine does it: the state's change makes the record. */
const record = (said: AlertTransition): Promise<unknown> =>
  plane.state.transact(async (inside) =>
    recordingStates(inside.documents<AlertState>("alertStates"), inside.documents("alerts")).put(
      said.ruleId.toLowerCase(),
      { ...said, rearmed: false, transition: said },
    ),
  );

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const secret = await plane.identity.createClient("operator");
  token = (await plane.clients(secret).credential.getToken(`${plane.base}/.default`)).token;
  const first = transition(3, { severity: 1 });
  await record(first);
  await record(transition(2));
  await record(transition(30, { ruleName: "old", ruleId: `${ruleId}-old` }));
  const other = `${subscription}/resourceGroups/other/providers/Microsoft.Compute/virtualMachines/db`;
  await record(transition(1, { targetResourceId: other }));
  const resolvedTime = plane.clock.now() - hour / 2;
  await record({
    ...first,
    transitionId: `${idOf(3)}-resolved`,
    monitorCondition: "Resolved",
    resolvedTime,
  });
  const ids = { transitionId: first.transitionId, alertId: first.alertId, ruleId };
  await plane.state.documents("deliveries").put(`${first.transitionId}/group/webhookreceivers/a`, {
    ...ids,
    actionGroupId: "/groups/people",
    createdTime: first.firedTime + 1,
  });
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

interface Alert {
  name: string;
  properties: { essentials: Record<string, unknown>; context?: object; modifications: object[] };
}
interface Answer {
  value: Alert[];
  nextLink?: string;
  error: { code: string; message: string };
}
const get = async (path: string, query: Record<string, string> = {}) => {
  const text = new URLSearchParams({ "api-version": "2019-05-05-preview", ...query }).toString();
  const { status, body } = await plane.raw("GET", `${path}?${text}`, { token });
  return { status, body: body as Answer };
};
const numbers = ({ body }: { body: Answer }) =>
  body.value.map((alert) => Number((alert as unknown as { id: string }).id.slice(-12)));

test("an alert as Azure shows it", async () => {
  const { body } = await get(`${alerts}/${idOf(3)}`);
  expect(body).toEqual({
    id: `${alerts}/${idOf(3)}`,
    name: "net",
    type: "Microsoft.AlertsManagement/alerts",
    properties: {
      essentials: {
        severity: "Sev1",
        signalType: "Metric",
        alertState: "New",
        monitorCondition: "Resolved",
        monitorService: "Platform",
        targetResource: machineId.toLowerCase(),
        targetResourceName: "web-1",
        targetResourceGroup: "nightcap",
        targetResourceType: "microsoft.compute/virtualmachines",
        sourceCreatedId: "origin",
        alertRule: ruleId,
        startDateTime: expect.stringMatching(/Z$/),
        lastModifiedDateTime: expect.stringMatching(/Z$/),
        lastModifiedUserName: "System",
        monitorConditionResolvedDateTime: expect.stringMatching(/Z$/),
        actionStatus: { isSuppressed: false },
        description: "out of the machine",
      },
      context: { context: expect.objectContaining({ conditionType: expect.any(String) }) },
      egressConfig: {},
    },
  });
});

test("lists: a day unless told, newest change first, filtered and sorted", async () => {
  expect(numbers(await get(alerts))).toEqual([3, 1, 2]);
  const cases: [Record<string, string>, number[]][] = [
    [{ timeRange: "30d" }, [3, 1, 2, 30]],
    [{ timeRange: "1h" }, []],
    [{ severity: "sev1" }, [3]],
    [{ monitorCondition: "Fired" }, [1, 2]],
    [{ alertState: "New" }, [3, 1, 2]],
    [{ alertState: "Closed" }, []],
    [{ targetResource: machineId.toUpperCase() }, [3, 2]],
    [{ targetResourceGroup: "OTHER" }, [1]],
    [{ targetResourceType: "microsoft.compute/virtualmachines" }, [3, 1, 2]],
    [{ monitorService: "Zabbix" }, []],
    [{ monitorService: "Platform" }, [3, 1, 2]],
    [{ alertRule: "old", timeRange: "7d" }, [30]],
    [{ alertRule: ruleId }, [3, 1, 2]],
    [{ smartGroupId: "a" }, []],
    [{ sortBy: "severity" }, [3, 1, 2]],
    [{ sortBy: "startDateTime" }, [1, 2, 3]],
    [{ sortBy: "startDateTime", sortOrder: "asc" }, [3, 2, 1]],
    [{ sortBy: "targetResourceName", sortOrder: "desc" }, [2, 3, 1]],
    [{ customTimeRange: "2020-01-01T00:00:00Z/2020-01-02T00:00:00Z" }, []],
  ];
  for (const [query, expected] of cases) {
    expect(numbers(await get(alerts, query)), JSON.stringify(query)).toEqual(expected);
  }
  const selected = await get(alerts, { select: "severity,alertState", includeContext: "true" });
  expect(selected.body.value[0]?.properties).toEqual({
    essentials: { severity: "Sev1", alertState: "New" },
    context: expect.anything(),
  });
});

test("scopes: the group, the machine, and all that there is", async () => {
  const below = "providers/Microsoft.AlertsManagement/alerts";
  expect(numbers(await get(`${subscription}/resourceGroups/NIGHTCAP/${below}`))).toEqual([3, 2]);
  expect(numbers(await get(`${machineId}/${below}`))).toEqual([3, 2]);
  expect(numbers(await get(`/${below}`))).toEqual([3, 1, 2]);
  expect((await get(`${machineId}/${below}/${idOf(1)}`)).status).toBe(404);
});

test("pages follow their link", async () => {
  const first = await get(alerts, { pageCount: "2", timeRange: "30d" });
  expect(numbers(first)).toEqual([3, 1]);
  const link = new URL(first.body.nextLink ?? "");
  const second = await plane.raw("GET", `${link.pathname}${link.search}`, { token });
  expect(numbers({ body: second.body as Answer })).toEqual([2, 30]);
  expect((second.body as Answer).nextLink).toBeUndefined();
});

test.each([
  [{ severity: "Sev9" }, /^severity "Sev9" is not allowed/],
  [{ timeRange: "2d" }, /^timeRange "2d" is not allowed: one of 1h, 1d, 7d, 30d expected$/],
  [{ timeRange: "1d", customTimeRange: "a/b" }, /exclude each other/],
  [{ customTimeRange: "a/b" }, /^customTimeRange "a\/b" is not allowed/],
  [{ pageCount: "251" }, /1 to 250 expected$/],
  [{ pageCount: "26", includeContext: "true" }, /1 to 25 expected$/],
  [{ sortBy: "colour" }, /^sortBy "colour" is not allowed/],
] as [Record<string, string>, RegExp][])("%j is refused by name", async (query, message) => {
  const { status, body } = await get(alerts, query);
  expect({ status, code: body.error.code }).toEqual({ status: 400, code: "InvalidParameter" });
  expect(body.error.message).toMatch(message);
});

test("a person acknowledges it, which the history keeps beside what the rule did", async () => {
  const path = `${alerts}/${idOf(3)}/changestate?api-version=2019-05-05-preview`;
  const post = (newState: string, body?: unknown) =>
    plane.raw("POST", `${path}&newState=${newState}`, { token, ...(body ? { body } : {}) });
  expect(await post("acknowledged", "looking at it")).toMatchObject({
    status: 200,
    body: {
      properties: { essentials: { alertState: "Acknowledged", lastModifiedUserName: "operator" } },
    },
  });
  expect(await post("Closed", { comments: "done" })).toMatchObject({ status: 200 });
  expect(await post("Gone")).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining("New, Acknowledged, Closed") } },
  });
  const { body } = await get(`${alerts}/${idOf(3)}/history`);
  const { modifications } = (body as unknown as Alert).properties;
  expect(modifications).toMatchObject([
    { modificationEvent: "AlertCreated", modifiedBy: "System" },
    {
      modificationEvent: "ActionsTriggered",
      details: { actionGroup: { actionGroupId: "/groups/people" } },
    },
    { modificationEvent: "MonitorConditionChange", oldValue: "Fired", newValue: "Resolved" },
    { modificationEvent: "StateChange", newValue: "Acknowledged", comments: "looking at it" },
    { modificationEvent: "StateChange", newValue: "Closed", comments: "done" },
  ]);
});

test("the summary counts by what it is asked to group by", async () => {
  const path = `${subscription}/providers/Microsoft.AlertsManagement/alertsSummary`;
  const query = { groupby: "severity,monitorCondition", includeSmartGroupsCount: "true" };
  const { body } = await get(path, query);
  expect(body).toMatchObject({
    name: "current",
    type: "Microsoft.AlertsManagement/alertsSummary",
    properties: { groupedby: "severity", total: 3, smartGroupsCount: 0 },
  });
  const { values } = (body as unknown as { properties: { values: object[] } }).properties;
  expect(values).toHaveLength(5);
  expect(values[1]).toEqual({
    name: "Sev1",
    count: 1,
    groupedby: "monitorCondition",
    values: [
      { name: "Fired", count: 0 },
      { name: "Resolved", count: 1 },
    ],
  });
  expect((await get(path)).body.error.message).toMatch(/^groupby is missing/);
  expect((await get(path, { groupby: "colour" })).body.error.message).toMatch(/"colour"/);
});

test("roles: a reader of one machine sees its alerts and changes none", async () => {
  const client = await plane.createClient("part", "Reader", machineId);
  const theirs = await plane.clients(client).credential.getToken(`${plane.base}/.default`);
  const ask = (method: string, path: string) =>
    plane.raw(method, `${path}${path.includes("?") ? "&" : "?"}api-version=2019-05-05-preview`, {
      token: theirs.token,
    });
  const list = await ask("GET", alerts);
  expect(numbers({ body: list.body as Answer }).toSorted((a, b) => a - b)).toEqual([2, 3]);
  const own = `${machineId}/providers/Microsoft.AlertsManagement/alerts/${idOf(2)}`;
  expect((await ask("GET", own)).status).toBe(200);
  expect(await ask("POST", `${own}/changestate?newState=Closed`)).toMatchObject({
    status: 403,
    body: {
      error: {
        message: expect.stringContaining("Microsoft.AlertsManagement/alerts/changestate/action"),
      },
    },
  });
});

test("records are bounded: the longest unchanged go first", async () => {
  const table = plane.state.documents<AlertRecord>("alerts");
  const [some] = await table.list({ limit: 1 });
  await plane.state.transact(async (inside) => {
    const filled = inside.documents<AlertRecord>("alerts");
    for (let n = await filled.count(); n < alertCountMax; n++) {
      if (some) await filled.put(`f${n}`, some.body, { dueAt: plane.clock.now() + hour + n });
    }
  });
  await record(transition(0));
  expect(await table.count()).toBe(alertCountMax);
  expect(await table.get(idOf(0))).not.toBeNull();
});
