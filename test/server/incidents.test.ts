// Alerts through incidents to targets, and the API that shows them.
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { createProcessMetrics } from "../../src/common/metrics.ts";
import { incidentOptions, incidentRoutes, incidentTables } from "../../src/server/incidents.ts";
import { type Notifications, openNotifications } from "../../src/server/notifications.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { openState, type State } from "../../src/state/state.ts";
import { openedAt, sampleIncident, sentence } from "../incident/sample.ts";
import { type Receiver, startReceiver } from "../notify/receiver.ts";
import { alertRequest, legacyAlert } from "../responder/alerts.ts";
import { type ArmBed, startArmBed } from "../responder/arm-bed.ts";
import { askRoutes } from "./ask-routes.ts";
import { openResponder } from "../responder/open-responder.ts";

const gist = {
  kind: "singleDestination",
  level: "certain",
  metric: "bytesOut",
  unit: "bytes/s",
  before: 1_200,
  after: 48_000,
  at: Date.parse("2026-11-21T04:00:11Z"),
  destination: { name: "198.51.100.66:443", share: 0.97 },
  destinationCount: 3,
} as const;

let bed: ArmBed;
let receiver: Receiver;
let state: State;
let notifications: Notifications;
let context: Parameters<typeof openNotifications>[0];
let count = 0;
const signal = AbortSignal.timeout(3_600_000);

beforeAll(async () => {
  bed = await startArmBed();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await bed.close();
});
beforeEach(async () => {
  receiver.received.length = 0;
  state = await openState({ kind: "sqlite", path: join(bed.directory, `told-${++count}.db`) });
  const targets = [
    { name: "hook", kind: "webhook", url: `${receiver.url}/hook`, allowPrivateAddresses: true },
    { name: "team", kind: "slack", url: `${receiver.url}/slack`, allowPrivateAddresses: true },
  ];
  context = {
    settings: serverSettings.parse({ directory: bed.directory, notifications: { targets } }),
    state,
    metrics: createProcessMetrics(),
    baseUrl: "https://nightcap.example:8443",
    clock: systemClock,
    log: silentLog,
  };
  notifications = await openNotifications(context);
});
afterEach(async () => {
  await notifications.close();
  await state.close();
});

const api = (path: string) =>
  askRoutes(incidentRoutes(context, notifications.outbox), [
    "GET",
    `/nightcap/v1/incidents${path}`,
  ]);
const get = async (path: string) => JSON.parse((await api(path))?.text ?? "null") as Answer;
interface Answer {
  alerts: { resolved: boolean }[];
  value: { incidentId: string }[];
}

test("each update reaches every target once, the answer's sentence first, and the old webhook as before", async () => {
  const responder = await openResponder(bed, {
    file: `told-${count}.db`,
    incidents: incidentOptions(context, notifications),
    describe: async () => ({
      text: `${sentence}\n12 packets`,
      link: "https://nightcap.example:8443/reports/1",
      answer: { sentence, gist },
    }),
  });
  const send = (rule: string, status = "Activated", time = "2026-11-21T04:00:12.4Z") =>
    responder.handler(alertRequest(legacyAlert({ rule, status, time })));
  await send("one");
  await send("two");
  const isDone = async () => {
    await responder.runDue(signal);
    return (await responder.listJobs()).every(({ step }) => step === "done");
  };
  await expect.poll(isDone, { timeout: 20_000, interval: 20 }).toBe(true);
  await send("one", "Deactivated");
  await send("two", "Deactivated", "2026-11-21T04:00:12.3Z"); // before it fired: of another firing
  const alerts = (await get(`/${(await get("")).value[0]?.incidentId}`)).alerts;
  expect(alerts.map(({ resolved }) => resolved)).toEqual([true, false]);
  // The schema has one time: it may be that of the resolution.
  await send("two", "Deactivated", "2026-11-21T04:06:12.4Z");
  const at = (path: string) => receiver.received.filter((each) => each.path === path);
  const isTold = async () => {
    await responder.runDue(signal);
    return at("/hook").length + at("/slack").length;
  };
  await expect.poll(isTold, { timeout: 20_000, interval: 50 }).toBe(6);
  const { value } = await get("");
  const incidentId = value[0]?.incidentId ?? "";
  const calls = at("/hook").map(({ json }) => json["data"] as Record<string, string>);
  expect(
    calls.map(({ incidentId: id, revision, kind, text }) => [
      id,
      revision,
      kind,
      text?.split("\n")[0],
    ]),
  ).toEqual([
    [incidentId, 1, "opened", expect.stringContaining("1 alert of 1 rule")],
    [incidentId, 2, "answered", sentence],
    [incidentId, 3, "closed", sentence],
  ]);
  expect(at("/slack").map(({ text }) => text.includes(sentence))).toEqual([false, true, true]);
  expect(bed.received).toMatchObject([
    { notification: { outcome: "captured", incident: { incidentId, revision: 2 } } },
  ]);
  expect(await get(`/${incidentId}`)).toMatchObject({
    state: "closed",
    answer: { sentence, gist, reportLink: "https://nightcap.example:8443/reports/1" },
    alerts: [
      { rule: "one", role: "recording", resolved: true },
      { rule: "two", role: "merged", resolved: true },
    ],
    captures: [{ answer: { sentence }, state: "ended" }],
    updates: [{ state: "sent" }, { state: "sent" }, { state: "sent" }],
  });
  const { body } = await context.metrics.text();
  const counted = body.split("\n").filter((line) => line.startsWith("nightcap_incident"));
  // Which of two labels is counted first is nobody's business.
  expect(counted.toSorted()).toEqual([
    'nightcap_incident_alerts_total{role="merged"} 1',
    'nightcap_incident_alerts_total{role="recording"} 1',
    "nightcap_incident_open 0",
    "nightcap_incident_recordings_running 0",
    "nightcap_incident_recordings_waiting 0",
    'nightcap_incident_updates_total{kind="answered"} 1',
    'nightcap_incident_updates_total{kind="closed"} 1',
    'nightcap_incident_updates_total{kind="opened"} 1',
  ]);
  await responder.close();
});

test("the list is newest first, narrowed by state and host, and within its limit", async () => {
  const { incidents } = incidentTables(state);
  const put = (incidentId: string, change: object) =>
    incidents.put(incidentId, sampleIncident({ incidentId, ...change }));
  await put("a1", { openedAt });
  await put("a2", { openedAt: openedAt + 1, state: "closed", closedAt: openedAt + 2 });
  await put("a3", {
    openedAt: openedAt + 3,
    resourceId: "/x/virtualMachines/db-1",
    answered: true,
  });
  await put("a4", { alerts: [] }); // not yet made
  const ids = async (query: string) => (await get(query)).value.map(({ incidentId }) => incidentId);
  expect(await ids("")).toEqual(["a3", "a2", "a1"]);
  expect(await ids("?state=open")).toEqual(["a3", "a1"]);
  expect(await ids("?host=DB-1")).toEqual(["a3"]);
  expect(await get("?limit=1")).toMatchObject({
    count: 3,
    value: [{ incidentId: "a3", answer: { sentence }, account: { recording: 1, merged: 1 } }],
  });
  expect(await get("/a1")).toMatchObject({
    incidentId: "a1",
    answer: null,
    captures: [{ answer: null }],
  });
});

test("the list is narrowed by an address that is named, and not by one that begins alike", async () => {
  const { incidents } = incidentTables(state);
  const update = (text: string) => ({
    revision: 1,
    kind: "opened" as const,
    at: openedAt,
    recordingId: null,
    link: null,
    title: "",
    text,
    state: "sent" as const,
    attemptCount: 1,
  });
  const put = (incidentId: string, text: string) =>
    incidents.put(incidentId, { ...sampleIncident({ incidentId }), updates: [update(text)] });
  await put("b1", "bytes to 203.0.113.9:443 rose");
  await put("b2", "bytes to 203.0.113.99 rose");
  await put("b3", "bytes to [2001:db8::9]:443 rose, and 1203.0.113.9");
  await put("b4", "bytes to 2001:db8::9a rose");
  const ids = async (address: string) =>
    (await get(`?address=${address}`)).value.map(({ incidentId }) => incidentId);
  expect(await ids("203.0.113.9")).toEqual(["b1"]);
  expect(await ids("2001:db8::9")).toEqual(["b3"]);
  expect(await ids("203.0.113.1")).toEqual([]);
  await expect(api("?address=.*")).rejects.toMatchObject({ code: "InvalidParameter" });
});

test("an incident tells of those of other hosts in which its rule fired at about the same time", async () => {
  const { incidents } = incidentTables(state);
  const host = (name: string) => `/x/virtualMachines/${name}`;
  const minutes = (later: number): number => openedAt + later * 60_000;
  const put = (incidentId: string, name: string, fired: number, change = {}) => {
    const made = sampleIncident({ incidentId, resourceId: host(name), openedAt: fired, ...change });
    const alerts = made.alerts.map((alert) => ({ ...alert, firedTime: fired }));
    return incidents.put(incidentId, { ...made, alerts });
  };
  const closed = { state: "closed" as const, closedAt: minutes(10) };
  await put("c1", "web-1", openedAt, closed);
  await put("c2", "web-2", minutes(15), { answered: true });
  await put("c3", "web-3", minutes(-5));
  await put("c4", "web-4", minutes(16)); // later than five minutes after the end
  await put("c5", "WEB-1", minutes(5)); // the same host
  await put("c6", "web-6", minutes(5), { alerts: [] });
  expect(await get("/c1")).toMatchObject({
    relatedCount: 2,
    related: [
      { incidentId: "c3", host: "web-3", rule: "net-out", sentence: null },
      { incidentId: "c2", host: "web-2", state: "open", sentence },
    ],
  });
});

test("what is not there, not asked for or not allowed is answered as such", async () => {
  await expect(api("/beef")).rejects.toMatchObject({ code: "ResourceNotFound" });
  await expect(api("/../x")).resolves.toBeNull();
  await expect(api("/not-hex")).rejects.toMatchObject({ code: "ResourceNotFound" });
  for (const limit of ["0", "1001", "-1", "x"]) {
    await expect(api(`?limit=${limit}`)).rejects.toMatchObject({ code: "InvalidParameter" });
  }
});
