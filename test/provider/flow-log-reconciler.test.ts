// What hosts are asked to record, found from the resources, and what they say of it.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FlowLogsState, WantedFlowLogs } from "../../src/common/flow-log-spec.ts";
import { silentLog } from "../../src/common/log.ts";
import { createFlowLogReconciler } from "../../src/provider/network/flow-log-reconciler.ts";
import {
  accountId,
  type ControlPlane,
  hostId,
  machineId,
  makeDirectory,
  makeTestClock,
  recordHost,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;
const clock = makeTestClock();
const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/nightcap/providers/Microsoft.Network`;
const nicId = `${group}/networkInterfaces/web-1-eth0`;
const networkId = `${group}/virtualNetworks/net`;

beforeEach(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory, clock });
  const { credential } = plane.clients(await plane.identity.createClient("test"));
  token = (await credential.getToken(`${plane.base}/.default`)).token;
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const raw = async (method: string, path: string, body?: unknown) => {
  const answer = await plane.raw(method, `${path}?api-version=2022-01-01`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body as { properties: { nightcap: Record<string, unknown> } };
};
const putLog = (name: string, targetResourceId: string, change: object = {}) =>
  raw("PUT", `${watcherId}/flowLogs/${name}`, {
    location: "local",
    properties: { targetResourceId, storageId: accountId, ...change },
  });
const statusOf = async (name: string) =>
  (await raw("GET", `${watcherId}/flowLogs/${name}`)).properties.nightcap;

/** The reconciler with agents that the test plays. */
function openReconciler(takes: boolean | null = true) {
  const sent: { hostId: string; wanted: WantedFlowLogs }[] = [];
  const agents = {
    takes,
    isConnected: () => agents.takes !== null,
    takesFlowLogs: () => agents.takes,
    setFlowLogs: (to: string, wanted: WantedFlowLogs) => void sent.push({ hostId: to, wanted }),
  };
  const reconciler = createFlowLogReconciler({
    state: plane.state,
    agents,
    subscription,
    clock,
    log: silentLog,
  });
  const signal = new AbortController().signal;
  const pass = async () => {
    await reconciler.reconcile(signal);
    return sent.splice(0);
  };
  return { agents, reconciler, pass };
}

const observed = (
  wanted: WantedFlowLogs | null,
  change: Partial<FlowLogsState> = {},
): FlowLogsState => ({
  revision: wanted?.revision ?? null,
  engine: "conntrack",
  error: null,
  lostCount: 0,
  waitingCount: 0,
  droppedCount: 0,
  flowLogs: (wanted?.flowLogs ?? []).map(({ id }) => ({
    id,
    records: 3,
    tuples: 9,
    lastRecordAt: Date.parse("2026-11-21T12:00:00Z"),
  })),
  ...change,
});

test("a host is sent what is wanted until it says that it has it, and its words are shown", async () => {
  const { reconciler, pass } = openReconciler();
  await putLog("log", nicId, { recordTypes: "E,B", enabledFilteringCriteria: "dstPort=22" });
  const [first, ...others] = await pass();
  expect([first?.hostId, others]).toEqual([hostId, []]);
  expect(first?.wanted.flowLogs).toMatchObject([
    {
      id: `${watcherId}/flowLogs/log`,
      targetId: nicId,
      interfaces: ["eth0"],
      recordTypes: ["B", "E"],
      criteria: "dstPort=22",
    },
  ]);
  expect(await statusOf("log")).toMatchObject({ recording: false, hostCount: 1 });
  expect(await pass()).toEqual([]);
  clock.advance(16_000);
  expect(await pass()).toEqual([first]);
  await reconciler.observe(hostId, observed(first?.wanted ?? null, { lostCount: 2 }));
  clock.advance(16_000);
  expect(await pass()).toEqual([]);
  expect(await statusOf("log")).toMatchObject({
    recording: true,
    guid: first?.wanted.flowLogs[0]?.guid,
    problem: null,
    hosts: [
      {
        name: "web-1",
        recording: true,
        connected: true,
        engine: "conntrack",
        tuples: 9,
        lostCount: 2,
        lastRecordTime: "2026-11-21T12:00:00.000Z",
      },
    ],
  });
  const information = (await raw("POST", `${watcherId}/queryFlowLogStatus`, {
    targetResourceId: nicId,
  })) as { properties: object };
  expect(information.properties).toMatchObject({ enabled: true, nightcap: { recording: true } });
  await reconciler.observe(
    hostId,
    observed(first?.wanted ?? null, { engine: null, error: "no netlink" }),
  );
  expect(await statusOf("log")).toMatchObject({ recording: false, problem: "no netlink" });
});

test("each connection is told anew, also a host that lost its disk or should not record any more", async () => {
  const { reconciler, pass } = openReconciler();
  await putLog("log", machineId);
  const [first] = await pass();
  await reconciler.hello(hostId, observed(first?.wanted ?? null));
  expect(await pass()).toEqual([first]);
  await reconciler.hello(hostId, observed(null));
  expect(await pass()).toEqual([first]);
  await raw("DELETE", `${watcherId}/flowLogs/log`);
  const [empty] = await pass();
  expect(empty?.wanted.flowLogs).toEqual([]);
  // A restored control plane meets a host with a flow log that nobody knows.
  const other = openReconciler();
  await other.reconciler.hello("host-x", observed(first?.wanted ?? null));
  const sent = await other.pass();
  expect(sent.find((each) => each.hostId === "host-x")?.wanted.flowLogs).toEqual([]);
});

test("an older agent is not sent flow logs, and the resource says so", async () => {
  const { agents, reconciler, pass } = openReconciler(false);
  await putLog("log", machineId);
  expect(await pass()).toEqual([]);
  expect(await statusOf("log")).toMatchObject({
    recording: false,
    problem: "the agent is too old for flow logs",
  });
  agents.takes = true;
  await reconciler.hello(hostId, observed(null));
  expect(await pass()).toHaveLength(1);
});

test("an interface is in the nearest of the flow logs that cover it, and a disabled one covers nothing", async () => {
  const { pass } = openReconciler();
  await recordHost(plane.state, { name: "web-2" });
  await raw("PUT", networkId, {
    location: "local",
    properties: {
      addressSpace: { addressPrefixes: ["192.0.2.0/24"] },
      subnets: [{ name: "web", properties: { addressPrefix: "192.0.2.0/28" } }],
    },
  });
  await putLog("wide", networkId);
  const covers = async () =>
    Object.fromEntries(
      (await pass()).map((each) => [
        each.hostId,
        each.wanted.flowLogs.map(({ id }) => id.split("/").at(-1)).join(),
      ]),
    );
  expect(await covers()).toEqual({ [hostId]: "wide", "host-web-2": "wide" });
  await putLog("near", nicId);
  expect(await covers()).toEqual({ [hostId]: "near" });
  await putLog("part", `${networkId}/subnets/web`);
  expect(await covers()).toEqual({ "host-web-2": "part" });
  await putLog("near", nicId, { enabled: false });
  expect(await covers()).toEqual({ [hostId]: "part" });
  await raw("DELETE", networkId);
  expect(await covers()).toEqual({ [hostId]: "", "host-web-2": "" });
});

test("a security group covers its interfaces and those of its subnets", async () => {
  const { pass } = openReconciler();
  const groupId = `${group}/networkSecurityGroups/nsg`;
  await raw("PUT", groupId, { location: "local" });
  await putLog("of-group", groupId);
  expect(await pass()).toEqual([]);
  expect(await statusOf("of-group")).toMatchObject({
    problem: expect.stringMatching(/^no interface/),
  });
  await raw("PUT", networkId, {
    location: "local",
    properties: {
      addressSpace: { addressPrefixes: ["192.0.2.0/24"] },
      subnets: [
        {
          name: "web",
          properties: { addressPrefix: "192.0.2.0/28", networkSecurityGroup: { id: groupId } },
        },
      ],
    },
  });
  expect((await pass())[0]?.wanted.flowLogs).toMatchObject([
    { aclId: groupId, interfaces: ["eth0"] },
  ]);
});
