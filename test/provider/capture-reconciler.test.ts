import { afterEach, beforeEach, expect, test } from "vitest";
import { extendCapture } from "../../src/provider/captures/extend-capture.ts";
import {
  accountId,
  type ControlPlane,
  finished,
  hostId,
  machineId,
  makeDirectory,
  makeTestClock,
  observation,
  removeDirectory,
  startControlPlane,
  type TestClock,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let clock: TestClock;
let plane: ControlPlane;
let token: string;

beforeEach(async () => {
  directory = await makeDirectory();
  clock = makeTestClock();
  plane = await startControlPlane({ directory, clock });
  const client = await plane.identity.createClient("test");
  token = (await plane.clients(client).credential.getToken(`${plane.base}/.default`)).token;
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const path = (rest = "") => `${watcherId}/packetCaptures/a${rest}?api-version=2025-05-01`;
const create = () =>
  plane.raw("PUT", path(), {
    token,
    body: {
      properties: {
        target: machineId,
        storageLocation: { storageId: accountId },
        timeLimitInSeconds: 60,
      },
    },
  });
const stop = () => plane.raw("POST", path("/stop"), { token });
const remove = () => plane.raw("DELETE", path(), { token });
const status = async () => (await plane.raw("POST", path("/queryStatus"), { token })).body;
const kinds = () => plane.host.commands.map(({ kind }) => kind);
const sessionId = (): string => {
  const found = plane.host.commands.find((command) => command.kind === "startCapture");
  if (found?.kind !== "startCapture") throw new Error("nothing was started");
  return found.spec.sessionId;
};
/** Renews the token too: these tests let hours pass. */
const after = async (seconds: number): Promise<void> => {
  clock.advance(seconds * 1_000);
  await plane.reconcile();
};

test("asks again only after the named interval, and no more once something was observed", async () => {
  await create();
  await plane.reconcile();
  await plane.reconcile();
  expect(kinds()).toEqual(["startCapture"]);
  await after(11);
  expect(kinds()).toEqual(["startCapture", "startCapture"]);
  await plane.reconciler.observe(hostId, observation(sessionId()));
  await after(30);
  expect(kinds()).toEqual(["startCapture", "startCapture"]);
});

test("a recording that was made longer is sent again until its host says so, and only while it records", async () => {
  await create();
  await plane.reconcile();
  const id = sessionId();
  const longer = () => extendCapture(plane.state, id, { seconds: 30, now: clock.now() });
  await expect(longer()).rejects.toMatchObject({ code: "Conflict" });
  await plane.reconciler.observe(hostId, observation(id, { phase: "recording" }));
  expect(await longer()).toMatchObject({ sessionId: id, timeLimitInSeconds: 90 });
  await plane.reconcile();
  expect(plane.host.commands.at(-1)).toMatchObject({ spec: { timeLimitInSeconds: 90 } });
  expect((await plane.raw("GET", path(), { token })).body).toMatchObject({
    properties: { timeLimitInSeconds: 90 },
  });
  await after(11);
  expect(kinds()).toEqual(["startCapture", "startCapture", "startCapture"]);
  const taken = { phase: "recording", revision: 2, timeLimitInSeconds: 90 } as const;
  await plane.reconciler.observe(hostId, observation(id, taken));
  await after(30);
  expect(kinds()).toHaveLength(3);
  await expect(
    extendCapture(plane.state, id, { seconds: 17_911, now: clock.now() }),
  ).rejects.toMatchObject({ code: "InvalidParameter" });
  await plane.reconciler.observe(hostId, finished(id));
  await expect(longer()).rejects.toMatchObject({ code: "Conflict" });
});

test("an older, repeated or foreign observation changes nothing", async () => {
  await create();
  await plane.reconcile();
  await plane.reconciler.observe(hostId, observation(sessionId(), { revision: 5, packets: 7 }));
  await plane.reconciler.observe(
    hostId,
    observation(sessionId(), { revision: 5, status: "Error" }),
  );
  await plane.reconciler.observe(hostId, finished(sessionId(), { revision: 4 }));
  await plane.reconciler.observe(machineId, finished(sessionId()));
  await plane.reconciler.observe(hostId, observation("0b1c2d3e-0000-4000-8000-0000000000ff"));
  expect(await status()).toMatchObject({ packetCaptureStatus: "Running" });
});

test("a host that is away keeps the session NotStarted until its time is over, then it is an error", async () => {
  plane.host.connected = false;
  await create();
  await after(100);
  expect(kinds()).toEqual([]);
  expect(await status()).toMatchObject({ packetCaptureStatus: "NotStarted" });
  await after(21);
  expect(await status()).toMatchObject({
    packetCaptureStatus: "Error",
    stopReason: "AgentStopped",
    packetCaptureError: ["AgentStopped"],
  });
  const [session] = await plane.state.documents("captureSessions").list();
  expect(JSON.stringify(session)).toContain("was not connected within the time limit");
});

test("a host that comes in time gets the session at once", async () => {
  plane.host.connected = false;
  await create();
  await after(50);
  plane.host.connected = true;
  await plane.reconciler.hello(hostId, []);
  await plane.reconcile();
  expect(kinds()).toEqual(["startCapture"]);
});

test("a host that forgot a session it never spoke of gets it again; one it had is lost", async () => {
  await create();
  await plane.reconcile();
  await plane.reconciler.hello(hostId, []);
  await plane.reconcile();
  expect(kinds()).toEqual(["startCapture", "startCapture"]);
  await plane.reconciler.observe(hostId, observation(sessionId()));
  await plane.reconciler.hello(hostId, []);
  await plane.reconcile();
  expect(kinds()).toHaveLength(2);
  expect(await status()).toMatchObject({
    packetCaptureStatus: "Error",
    stopReason: "AgentStopped",
    packetCaptureError: ["AgentStopped"],
  });
});

test("what the host says later replaces what was assumed of it", async () => {
  await create();
  await plane.reconcile();
  await plane.reconciler.observe(hostId, observation(sessionId()));
  plane.host.connected = false;
  expect(await status()).toMatchObject({ packetCaptureStatus: "Unknown" });
  await after(3_600 + 61 - 1);
  // The token of an hour ago is over by now: the record is looked at instead.
  const documents = plane.state.documents<{ verdict: unknown }>("captureSessions");
  await after(10);
  expect((await documents.list())[0]?.body.verdict).toMatchObject({ stopReason: "AgentStopped" });
  plane.host.connected = true;
  await plane.reconciler.hello(hostId, [finished(sessionId())]);
  expect((await documents.list())[0]?.body).toMatchObject({
    verdict: null,
    observed: { status: "Stopped", phase: "finished" },
  });
});

test("stopping what never began ends it without asking the host", async () => {
  await create();
  expect((await stop()).status).toBe(202);
  await plane.reconcile();
  expect(kinds()).toEqual([]);
  expect(await status()).toMatchObject({ packetCaptureStatus: "Stopped", stopReason: "Manual" });
  expect((await stop()).status).toBe(200);
});

test("a stop that the host does not answer is sent again, and given up when the host never knew it", async () => {
  await create();
  await plane.reconcile();
  await stop();
  await plane.reconcile();
  await after(11);
  expect(kinds()).toEqual(["startCapture", "stopCapture", "stopCapture"]);
  await after(20);
  expect(await status()).toMatchObject({ packetCaptureStatus: "Stopped", stopReason: "Manual" });
});

test("deleting lets the upload finish before the host may forget", async () => {
  await create();
  await plane.reconcile();
  await plane.reconciler.observe(hostId, observation(sessionId()));
  expect((await remove()).status).toBe(202);
  await plane.reconcile();
  const uploading = { revision: 3, status: "Stopped", phase: "uploading" } as const;
  await plane.reconciler.observe(hostId, observation(sessionId(), uploading));
  await plane.reconcile();
  expect(kinds()).toEqual(["startCapture", "stopCapture"]);
  expect((await plane.raw("GET", path(), { token })).status).toBe(404);
  expect((await create()).status).toBe(201);
  await plane.reconciler.observe(hostId, finished(sessionId()));
  await plane.reconcile();
  expect(plane.host.commands.filter(({ kind }) => kind === "forgetCapture")).toEqual([
    { kind: "forgetCapture", sessionId: sessionId() },
  ]);
  expect(await status()).toMatchObject({ packetCaptureStatus: "NotStarted" });
});

test("a host that comes back in mid-upload is given a fresh link, since the one it has may have expired", async () => {
  await create();
  await plane.reconcile();
  const uploading = observation(sessionId(), { status: "Stopped", phase: "uploading" });
  await plane.reconciler.observe(hostId, uploading);
  await plane.reconcile();
  expect(kinds()).toEqual(["startCapture"]);
  await plane.reconciler.hello(hostId, [uploading]);
  await plane.reconcile();
  await plane.reconcile();
  expect(kinds()).toEqual(["startCapture", "startCapture"]);
});

test("a delete that the host does not answer leaves ARM after a minute", async () => {
  await create();
  await plane.reconcile();
  await plane.reconciler.observe(hostId, observation(sessionId()));
  const accepted = await remove();
  await after(30);
  expect((await plane.raw("GET", path(), { token })).status).toBe(200);
  await after(31);
  expect((await plane.raw("GET", path(), { token })).status).toBe(404);
  const operation = String(accepted.headers["azure-asyncoperation"]).slice(plane.base.length);
  expect((await plane.raw("GET", operation, { token })).body).toEqual({ status: "Succeeded" });
});

test("a session that nobody here knows is forgotten by the host", async () => {
  const unknown = "0b1c2d3e-0000-4000-8000-0000000000ff";
  await plane.reconciler.hello(hostId, [observation(unknown)]);
  expect(plane.host.commands).toEqual([{ kind: "forgetCapture", sessionId: unknown }]);
});

test("a stored file with another hash is a storage error", async () => {
  await create();
  await plane.reconcile();
  await plane.reconciler.observe(hostId, finished(sessionId()));
  const sessions = plane.state.documents<object>("captureSessions");
  const [session] = await sessions.list();
  await sessions.put(sessionId(), {
    ...session?.body,
    result: { sha256Verified: false, reportPath: null },
  });
  expect(await status()).toMatchObject({
    packetCaptureStatus: "Error",
    packetCaptureError: ["StorageFailed"],
  });
});

test("a capture that its host ends while it is being deleted does not come back", async () => {
  for (let round = 0; round < 5; round++) {
    plane.host.commands.length = 0;
    await create();
    await plane.reconcile();
    await plane.reconciler.observe(hostId, observation(sessionId()));
    const end = plane.reconciler.observe(hostId, finished(sessionId()));
    await Promise.all([remove(), end, plane.reconcile(), plane.reconcile()]);
    await plane.reconcile();
    expect((await plane.raw("GET", path(), { token })).status).toBe(404);
    expect(await plane.state.documents("captureSessions").count()).toBe(0);
    expect(await plane.state.documents("captureSessionIds").count()).toBe(0);
  }
});
