import { afterEach, beforeEach, expect, test } from "vitest";
import { accountOf } from "../../src/incident/incident.ts";
import { runningCaptures } from "../../src/server/incidents.ts";
import { machineId } from "../provider/names.ts";
import { alertRequest, legacyAlert } from "./alerts.ts";
import { type ArmBed, startArmBed } from "./arm-bed.ts";
import { openResponder } from "./open-responder.ts";

let bed: ArmBed;
let responder: Awaited<ReturnType<typeof openResponder>>;
const signal = AbortSignal.timeout(3_600_000);

beforeEach(async () => {
  bed = await startArmBed();
  responder = await openResponder(bed, { storm: {} });
});

afterEach(async () => {
  await responder.close();
  await bed.close();
});

type Opened = typeof responder;
const call = async (change: Parameters<typeof legacyAlert>[0], on: Opened = responder) =>
  (await on.handler(alertRequest(legacyAlert(change)))).status;
const runUntil = async (done: () => Promise<boolean>, on: Opened = responder): Promise<void> => {
  const look = async () => {
    await on.runDue(signal);
    return done();
  };
  await expect.poll(look, { timeout: 20_000, interval: 20 }).toBe(true);
};
const steps = async (on: Opened = responder) =>
  Object.fromEntries((await on.listJobs()).map(({ alert, step }) => [alert.ruleName, step]));
const settle = (on: Opened = responder) =>
  runUntil(async () => Object.values(await steps(on)).every((step) => step === "done"), on);

test("alerts on one host are one incident with one recording and one notification; resolved, it is closed", async () => {
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  await call({ rule: "one" });
  await runUntil(async () => (await steps())["one"] === "poll");
  for (const rule of ["two", "three", "two"]) await call({ rule });
  await runUntil(async () => (await steps())["three"] === "shared");
  bed.captureMilliseconds = 0;
  await settle();
  expect(bed.startedCount()).toBe(1);
  const [incident, ...others] = await responder.listIncidents();
  expect(others).toEqual([]);
  expect(incident && accountOf(incident)).toEqual({
    recording: 1,
    delayed: 0,
    merged: 2,
    refused: 0,
  });
  const [name] = await bed.captureNames();
  expect(incident?.captures).toMatchObject([
    { captureName: name, state: "ended", outcome: expect.stringContaining("is complete") },
  ]);
  const jobs = await responder.listJobs();
  expect(new Set(jobs.map(({ capture }) => capture?.name))).toEqual(new Set([name]));
  expect(jobs.find(({ alert }) => alert.ruleName === "two")?.outcome).toMatchObject({
    kind: "captured",
    message: `shares the recording of alert "one": packet capture "${name}" is complete (TimeExceeded)`,
  });
  // The webhook's payload is as before, with the incident's update beside it.
  expect(bed.received).toMatchObject([
    {
      notification: {
        outcome: "captured",
        capture: { name },
        incident: { incidentId: incident?.incidentId, kind: "answered" },
      },
    },
  ]);
  for (const rule of ["one", "two", "three"]) await call({ rule, status: "Deactivated" });
  await runUntil(async () => (await responder.listIncidents())[0]?.state === "closed");
  const told = responder.messages.map(({ revision, kind }) => [revision, kind]);
  expect(told).toEqual([
    [1, "opened"],
    [2, "answered"],
    [3, "closed"],
  ]);
  expect(responder.messages.at(-1)?.text).toBe(
    "3 alerts of 3 rules (one, two, three): 1 recorded, 2 sharing a recording",
  );
});

test("an alert after the recording is another incident", async () => {
  await call({ rule: "one" });
  await settle();
  await call({ rule: "two" });
  await settle();
  expect(bed.startedCount()).toBe(2);
  expect((await responder.listIncidents()).map(({ alerts }) => alerts.length)).toEqual([1, 1]);
  // A late repetition finds its own incident.
  await call({ rule: "one" });
  await settle();
  expect((await responder.listIncidents()).map(({ alerts }) => alerts.length)).toEqual([1, 1]);
});

test("a recording that waits says why and where; refused for a full queue, people are told", async () => {
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  const tight = await openResponder(bed, {
    file: "tight.db",
    storm: { recordingCountMax: 1, queueLengthMax: 1, windowSeconds: 600, afterSecondsMin: 3_600 },
  });
  // Their filters keep them from sharing.
  const send = (rule: string, severity: string, SrcIp: string) => {
    const alert = legacyAlert({ rule });
    const [criterion] = alert.data.context.condition.allOf;
    const dimensions = [{ name: "SrcIp", value: SrcIp }];
    const context = {
      ...alert.data.context,
      severity,
      condition: { ...alert.data.context.condition, allOf: [{ ...criterion, dimensions }] },
    };
    return tight.handler(alertRequest({ ...alert, data: { ...alert.data, context } }));
  };
  await send("first", "3", "192.0.2.1");
  await runUntil(async () => (await steps(tight))["first"] === "poll", tight);
  await send("mild", "4", "192.0.2.2");
  await runUntil(async () => (await steps(tight))["mild"] === "queue", tight);
  await send("severe", "0", "192.0.2.3");
  await runUntil(async () => (await steps(tight))["mild"] === "done", tight);
  const [incident] = await tight.listIncidents();
  expect(incident?.captures).toMatchObject([
    { rule: "first", state: "recording", isDelayed: false },
    { rule: "mild", state: "refused", why: expect.stringMatching(/^the queue is full: 1 rec/) },
    {
      rule: "severe",
      state: "waiting",
      isDelayed: true,
      why: expect.stringMatching(/^waits at position 1: 1 recordings/),
    },
  ]);
  expect(bed.received).toMatchObject([
    { notification: { outcome: "limitReached", capture: null } },
  ]);
  bed.captureMilliseconds = 0;
  await settle(tight);
  expect(bed.startedCount()).toBe(2);
  const [after] = await tight.listIncidents();
  expect(after && accountOf(after)).toEqual({ recording: 1, delayed: 1, merged: 0, refused: 1 });
  expect(after?.captures[2]?.why).toMatch(/^waited \d+ s for a place$/);
  await tight.close();
});

test("a capture made by hand takes a place of its host until it ends", async () => {
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  const machine = await bed.captures.findMachine(machineId, signal);
  const watcher = await bed.captures.findWatcher(machine, signal);
  const request = {
    target: machineId,
    bytesToCapturePerPacket: 0,
    totalBytesPerSession: 0,
    timeLimitInSeconds: 60,
    storageLocation: { filePath: "/var/captures/a.cap" },
    filters: [],
  };
  await bed.captures.createCapture(watcher, "by-hand", request, signal);
  const tight = await openResponder(bed, {
    file: "by-hand.db",
    storm: { hostRecordingCountMax: 1 },
    runningCaptures: () => runningCaptures(bed.plane.state),
  });
  await call({}, tight);
  await runUntil(async () => (await steps(tight))["net-out"] === "queue", tight);
  const [incident] = await tight.listIncidents();
  expect(incident?.captures).toMatchObject([
    {
      state: "waiting",
      why: "waits at position 1: 1 of its host are under way, 1 of them made by hand",
    },
  ]);
  bed.captureMilliseconds = 0;
  await settle(tight);
  const [after] = await tight.listIncidents();
  expect(after && accountOf(after)).toMatchObject({ delayed: 1, refused: 0 });
  await tight.close();
});

test("two processes over the same documents make one recording of an incident", async () => {
  const other = await openResponder(bed, { storm: {} });
  const rules = ["a", "b", "c", "d", "e", "f", "g", "h"];
  await Promise.all(
    rules.flatMap((rule) => [call({ rule }), call({ rule }, other), call({ rule }, other)]),
  );
  await Promise.all([settle(), settle(other)]);
  expect(bed.startedCount()).toBe(1);
  const [incident, ...more] = await responder.listIncidents();
  expect(more).toEqual([]);
  expect(incident?.alerts.map(({ rule }) => rule).toSorted()).toEqual(rules);
  expect(new Set(bed.received.map(({ id }) => id)).size).toBe(1);
  await other.close();
});

test("an update that is not taken is sent again with the same revision and words", async () => {
  const taken: string[] = [];
  let failures = 2;
  const publish = async (message: { revision: number; kind: string; text: string }) => {
    taken.push(`${message.revision} ${message.kind} ${message.text}`);
    if (failures-- > 0) throw new Error("nobody there");
  };
  const { tables } = responder;
  const { incidentSettings } = await import("../../src/incident/settings.ts");
  const stubborn = await openResponder(bed, {
    file: "stubborn.db",
    incidents: { tables, settings: incidentSettings.parse({}), publish },
  });
  await call({ rule: "one" }, stubborn);
  await settle(stubborn);
  await runUntil(async () => taken.some((each) => each.startsWith("2 answered")), stubborn);
  expect(taken.slice(0, 3)).toEqual([taken[0], taken[0], taken[0]]);
  expect(taken[0]).toMatch(/^1 opened /);
  await stubborn.close();
});
