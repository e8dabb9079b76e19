// What people say they expect: such an incident is recorded, and wakes nobody; any other one does, a moment later.
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { createProcessMetrics } from "../../src/common/metrics.ts";
import { incidentSettings } from "../../src/incident/settings.ts";
import { passTime } from "../../src/incident/updates.ts";
import type { IncidentCulprit } from "../../src/incident/expectation.ts";
import { expectationRoutes } from "../../src/server/expectations/expectations-api.ts";
import { incidentOptions } from "../../src/server/incidents.ts";
import { type Notifications, openNotifications } from "../../src/server/notifications.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { openState, type State } from "../../src/state/state.ts";
import { type Receiver, startReceiver } from "../notify/receiver.ts";
import { machineId } from "../provider/names.ts";
import { alertRequest, legacyAlert } from "../responder/alerts.ts";
import { type ArmBed, startArmBed } from "../responder/arm-bed.ts";
import { openResponder } from "../responder/open-responder.ts";
import { askRoutes } from "./ask-routes.ts";

const backup = { destination: "198.51.100.7", port: "22/tcp", process: "rsync" };
const signal = AbortSignal.timeout(3_600_000);

let bed: ArmBed;
let receiver: Receiver;
let state: State;
let notifications: Notifications;
let context: Parameters<typeof openNotifications>[0];
let offsetMilliseconds = 0;
let count = 0;

beforeAll(async () => {
  bed = await startArmBed();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await bed.close();
});
beforeEach(async () => {
  offsetMilliseconds = 0;
  receiver.received.length = 0;
  bed.received.length = 0;
  state = await openState({ kind: "sqlite", path: join(bed.directory, `expected-${++count}.db`) });
  const target = { kind: "webhook", url: `${receiver.url}/hook`, allowPrivateAddresses: true };
  context = {
    settings: serverSettings.parse({
      directory: bed.directory,
      notifications: { targets: [{ name: "hook", ...target }] },
    }),
    state,
    metrics: createProcessMetrics(),
    baseUrl: "https://nightcap.example:8443",
    clock: { ...systemClock, now: () => systemClock.now() + offsetMilliseconds },
    log: silentLog,
  };
  notifications = await openNotifications(context);
});
afterEach(async () => {
  await notifications.close();
  await state.close();
});

/** Of its own time: the same alert again would find the same capture. */
const alertOf = (change: { rule?: string; status?: string } = {}) =>
  alertRequest(legacyAlert({ ...change, time: `2026-11-21T04:00:${10 + count}.4Z` }));

const routes = () =>
  expectationRoutes({ ...context, resourceIdOf: (name) => machineId.replace(/[^/]+$/, name) });
async function expectThat(wanted: object): Promise<{ id: string }> {
  const body = { rule: "net-out", reason: "the nightly backup", ...wanted };
  const made = await askRoutes(routes(), ["POST", "/nightcap/v1/expectations", body]);
  return JSON.parse(made?.text ?? "") as { id: string };
}

const openAll = (culprit: IncidentCulprit | null) =>
  openResponder(bed, {
    file: `expected-${count}.db`,
    incidents: incidentOptions(context, notifications),
    describe: async () => ({
      text: "what grew\n12 packets",
      link: "https://nightcap.example:8443/reports/1",
      answer: { sentence: "what grew", ...(culprit && { culprit }) },
    }),
  });
type Responder = Awaited<ReturnType<typeof openAll>>;

async function alertAndSettle(responder: Responder, rule = "net-out"): Promise<void> {
  await responder.handler(alertOf({ rule }));
  const isDone = async () => {
    await responder.runDue(signal);
    return (await responder.listJobs()).every(({ step }) => step === "done");
  };
  await expect.poll(isDone, { timeout: 20_000, interval: 20 }).toBe(true);
}
const toldKinds = () =>
  receiver.received.map(({ json }) => (json["data"] as { kind: string }).kind);

test("an incident that the packets show to be expected is recorded, least severe, and tells nobody", async () => {
  const { id } = await expectThat({ host: "web-1", ...backup });
  const responder = await openAll(backup);
  await alertAndSettle(responder);
  const [incident] = await responder.listIncidents();
  expect(incident).toMatchObject({
    severity: 4,
    alerts: [{ severity: 3, role: "recording" }],
    captures: [{ state: "ended", answer: { culprit: backup } }],
    expected: { state: "met", expectationId: id, reason: "the nightly backup", by: "me" },
    updates: [
      { kind: "opened", state: "quiet" },
      { kind: "answered", state: "quiet" },
    ],
  });
  expect(incident?.updates[1]?.text).toContain("expected, because the nightly backup (me)");
  await responder.handler(alertOf({ status: "Deactivated" }));
  const isClosed = async () => {
    await responder.runDue(signal);
    return (await responder.listIncidents())[0]?.state;
  };
  await expect.poll(isClosed, { timeout: 20_000, interval: 20 }).toBe("closed");
  expect(toldKinds()).toEqual([]);
  expect(bed.received).toEqual([]); // the old webhook either
  await responder.close();
});

test.each([
  ["another destination", { ...backup, destination: "203.0.113.9" }],
  ["another process", { ...backup, process: "curl" }],
  ["an answer that blames nobody", null],
])("with %s people are told of all of it, in order", async (_, culprit) => {
  await expectThat(backup);
  const responder = await openAll(culprit);
  await alertAndSettle(responder);
  const told = async () => {
    await responder.runDue(signal);
    return toldKinds();
  };
  await expect.poll(told, { timeout: 20_000, interval: 50 }).toEqual(["opened", "answered"]);
  const [incident] = await responder.listIncidents();
  expect(incident).toMatchObject({ severity: 3, expected: { state: "unmet" } });
  expect(bed.received).toHaveLength(1);
  await responder.close();
});

test("an alert that nothing expects ends the wait at once", async () => {
  await expectThat(backup);
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  const responder = await openAll(backup);
  const standing = async () => {
    await responder.runDue(signal);
    const [incident] = await responder.listIncidents();
    return incident?.expected?.state;
  };
  await responder.handler(alertOf());
  await expect.poll(standing, { timeout: 20_000, interval: 20 }).toBe("awaited");
  expect(toldKinds()).toEqual([]);
  await responder.handler(alertOf({ rule: "disk" }));
  await expect.poll(standing, { timeout: 20_000, interval: 20 }).toBe("unmet");
  const told = async () => {
    await responder.runDue(signal);
    return toldKinds();
  };
  await expect.poll(told, { timeout: 20_000, interval: 50 }).toContain("opened");
  bed.captureMilliseconds = 0;
  await responder.close();
});

test("who is awaited for too long is told of", async () => {
  await expectThat(backup);
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  const responder = await openAll(backup);
  await responder.handler(alertOf());
  const look = async () => {
    await responder.runDue(signal);
    return (await responder.listIncidents())[0]?.expected;
  };
  await expect.poll(async () => (await look())?.state, { timeout: 20_000 }).toBe("awaited");
  const { until } = (await look()) ?? { until: 0 };
  expect(until - systemClock.now()).toBeLessThanOrEqual(600_000);
  const [incident] = await responder.listIncidents();
  const later = incident && passTime(incident, until, incidentSettings.parse({}));
  expect(later).toMatchObject({ severity: 3, expected: { state: "unmet" } });
  expect(later?.updates).toMatchObject([{ kind: "opened", state: "waiting" }]);
  bed.captureMilliseconds = 0;
  await responder.close();
});

test("expectations are listed until they expire or are removed, and what was done is noted", async () => {
  const { id } = await expectThat({ host: "web-1", destination: "2001:DB8:0::1", days: 1 });
  const list = async () => {
    const answer = await askRoutes(routes(), ["GET", "/nightcap/v1/expectations"]);
    return (JSON.parse(answer?.text ?? "") as { value: object[] }).value;
  };
  expect(await list()).toMatchObject([
    { id, rule: "net-out", host: machineId, destination: "2001:db8::1", createdBy: "me" },
  ]);
  offsetMilliseconds = 86_400_001;
  expect(await list()).toEqual([]);
  offsetMilliseconds = 0;
  const notes: string[] = [];
  const path = `/nightcap/v1/expectations/${id}`;
  await askRoutes(routes(), ["DELETE", path], { notes });
  expect(notes).toEqual([
    `rule net-out, host ${machineId}, destination 2001:db8::1, reason: the nightly backup`,
  ]);
  expect(await list()).toEqual([]);
  await expect(askRoutes(routes(), ["DELETE", path])).rejects.toMatchObject({
    code: "ResourceNotFound",
  });
});

test.each([
  ["no culprit", {}],
  ["neither rule nor host", { ...backup, rule: null }],
  ["a destination that is none", { destination: "backup.example.com" }],
  ["a port without its protocol", { port: "22" }],
  ["too many days", { ...backup, days: 366 }],
  ["a reason of two lines", { ...backup, reason: "a\nb" }],
  ["what is not known", { ...backup, severity: 4 }],
])("%s is refused", async (_, wanted) => {
  await expect(expectThat(wanted)).rejects.toMatchObject({
    code: expect.stringMatching(/^Invalid/),
  });
});
