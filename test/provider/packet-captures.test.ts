import { afterEach, beforeEach, expect, test } from "vitest";
import {
  accountId,
  type ControlPlane,
  finished,
  hostId,
  machineId,
  makeDirectory,
  observation,
  removeDirectory,
  startControlPlane,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let secret: { clientId: string; secret: string };
let token: string;

const start = async (options: { sessionCountMax?: number } = {}): Promise<void> => {
  plane = await startControlPlane({ directory, ...options });
  secret = await plane.identity.createClient("test");
  token = await takeToken();
};

const takeToken = async (): Promise<string> => {
  const { credential } = plane.clients(secret);
  return (await credential.getToken(`${plane.base}/.default`)).token;
};

beforeEach(async () => {
  directory = await makeDirectory();
  await start();
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const version = "api-version=2025-05-01";
const storageLocation = { storageId: accountId };
const capture = (name: string) => `${watcherId}/packetCaptures/${name}?${version}`;
const put = (name: string, properties: Record<string, unknown> = {}, path = capture(name)) =>
  plane.raw("PUT", path, {
    token,
    body: { properties: { target: machineId, storageLocation, ...properties } },
  });
const post = (name: string, verb: string) =>
  plane.raw("POST", `${watcherId}/packetCaptures/${name}/${verb}?${version}`, { token });
const status = async (name: string) => (await post(name, "queryStatus")).body;
const sessionIdAt = (index: number): string => {
  const command = plane.host.commands[index];
  if (command?.kind !== "startCapture") throw new Error("a startCapture command expected");
  return command.spec.sessionId;
};
const errorOf = ({ status: code, body }: { status: number; body: unknown }) => ({
  status: code,
  ...(body as { error: { code: string; message: string } }).error,
});

test("look-back reaches the host, and its coverage the one who asks", async () => {
  const moment = "2026-11-21T04:00:00.500+01:00";
  await put("look", { lookBackInSeconds: 60, lookBackFrom: moment });
  await put("now", { lookBackInSeconds: 5 });
  await plane.reconcile();
  expect(plane.host.commands).toMatchObject([
    { spec: { lookBack: { seconds: 60, from: Date.parse(moment) } } },
    { spec: { lookBack: { seconds: 5, from: null } } },
  ]);
  const get = async () => (await plane.raw("GET", capture("look"), { token })).body;
  expect(await get()).toMatchObject({
    properties: { lookBackInSeconds: 60, lookBackFrom: moment, nightcap: { coverage: null } },
  });
  const sha256 = "0".repeat(64);
  const side = { kind: "coverage" as const, sizeBytes: 9, sha256, filePath: null, uploaded: true };
  const sessionId = sessionIdAt(0);
  await plane.reconciler.observe(hostId, finished(sessionId, { sideFiles: [side] }));
  expect(await get()).toMatchObject({
    properties: {
      nightcap: {
        sideFiles: [
          { kind: "coverage", storagePath: expect.stringMatching(/\.cap\.coverage\.json$/) },
        ],
      },
    },
  });
});

test("a capture lives its whole life through Azure's own client", async () => {
  const { network } = plane.clients(secret);
  const created = await network.packetCaptures.beginCreateAndWait(
    "NetworkWatcherRG",
    "NetworkWatcher_local",
    "first",
    {
      target: machineId,
      storageLocation: { storageId: accountId },
      timeLimitInSeconds: 30,
      filters: [{ protocol: "TCP", remotePort: "443" }],
    },
  );
  expect(created).toMatchObject({
    name: "first",
    id: `${watcherId}/packetCaptures/first`,
    provisioningState: "Succeeded",
    target: machineId,
    totalBytesPerSession: 1_073_741_824,
    timeLimitInSeconds: 30,
    bytesToCapturePerPacket: 0,
    filters: [{ protocol: "TCP", remotePort: "443" }],
  });
  expect(created.storageLocation?.storagePath).toMatch(
    /^https:\/\/127\.0\.0\.1:8443\/captures\/network-watcher-logs\/subscriptions\/.*\/virtualmachines\/web-1\/\d{4}\/\d{2}\/\d{2}\/packetcapture_\d\d_\d\d_\d\d_\d{3}\.cap$/,
  );
  expect(await status("first")).toMatchObject({ packetCaptureStatus: "NotStarted" });

  await plane.reconcile();
  const sessionId = sessionIdAt(0);
  expect(plane.host.commands).toMatchObject([
    { kind: "startCapture", spec: { name: "first", timeLimitInSeconds: 30 } },
  ]);
  await plane.reconciler.observe(hostId, observation(sessionId));
  const wait = network.packetCaptures.beginGetStatusAndWait(
    "NetworkWatcherRG",
    "NetworkWatcher_local",
    "first",
  );
  expect(await wait).toMatchObject({
    name: "first",
    id: `${watcherId}/packetCaptures/first`,
    packetCaptureStatus: "Running",
    captureStartTime: new Date("2026-11-21T04:00:00.000Z"),
    packetCaptureError: [],
  });

  plane.host.onCommand = (command) => {
    if (command.kind !== "stopCapture") return;
    void plane.reconciler.observe(hostId, finished(sessionId, { stopReason: "Manual" }));
  };
  const stop = network.packetCaptures.beginStopAndWait(
    "NetworkWatcherRG",
    "NetworkWatcher_local",
    "first",
  );
  await expect
    .poll(async () => {
      await plane.reconcile();
      return plane.host.commands.at(-1)?.kind;
    })
    .toBe("stopCapture");
  await stop;
  expect(await status("first")).toMatchObject({
    packetCaptureStatus: "Stopped",
    stopReason: "Manual",
  });

  const names: (string | undefined)[] = [];
  const list = network.packetCaptures.list("NetworkWatcherRG", "NetworkWatcher_local");
  for await (const { name } of list) names.push(name);
  expect(names).toEqual(["first"]);

  await network.packetCaptures.beginDeleteAndWait(
    "NetworkWatcherRG",
    "NetworkWatcher_local",
    "first",
  );
  await plane.reconcile();
  expect(plane.host.commands.at(-1)).toEqual({ kind: "forgetCapture", sessionId });
  await expect(
    network.packetCaptures.get("NetworkWatcherRG", "NetworkWatcher_local", "first"),
  ).rejects.toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
});

test("az's strict statuses: 201 for create, 202 or 200 for stop, 202 or 204 for delete", async () => {
  const created = await put("a");
  expect(created.status).toBe(201);
  expect(created.headers["azure-asyncoperation"]).toBeUndefined();
  await plane.reconcile();
  await plane.reconciler.observe(hostId, observation(sessionIdAt(0)));
  expect((await post("a", "queryStatus")).status).toBe(200);

  const deletion = await plane.raw("DELETE", capture("a"), { token });
  expect(deletion).toMatchObject({ status: 202, headers: { "retry-after": "1" } });
  const operation = String(deletion.headers["azure-asyncoperation"]);
  expect(operation).toMatch(
    new RegExp(`^${plane.base}/subscriptions/.*/locations/local/operations/.*api-version=`),
  );
  const poll = async (url: unknown) =>
    plane.raw("GET", String(url).slice(plane.base.length), { token });
  expect((await poll(operation)).body).toEqual({ status: "InProgress" });
  expect((await poll(deletion.headers["location"])).status).toBe(202);
  expect((await plane.raw("GET", capture("a"), { token })).body).toMatchObject({
    properties: { provisioningState: "Deleting" },
  });
  await plane.reconcile();
  expect(plane.host.commands.at(-1)?.kind).toBe("stopCapture");
  await plane.reconciler.observe(hostId, finished(sessionIdAt(0), { stopReason: "Manual" }));
  await plane.reconcile();
  expect((await poll(operation)).body).toEqual({ status: "Succeeded" });
  expect((await poll(deletion.headers["location"])).status).toBe(204);
  expect((await plane.raw("DELETE", capture("a"), { token })).status).toBe(204);
});

test("the upload address is made anew for each command and never kept or shown", async () => {
  await put("a");
  await plane.reconcile();
  const [command] = plane.host.commands;
  expect(command).toMatchObject({
    spec: { uploadUrl: expect.stringMatching(/\.cap\?sig=secret$/) },
  });
  const kept = JSON.stringify(await plane.state.documents("captureSessions").list());
  expect(kept).not.toContain("sig=secret");
});

test("null and absent fields get Azure's defaults, and a file on the host needs no account", async () => {
  const answer = await put("a", {
    storageLocation: { storageId: null, storagePath: "", filePath: "/var/captures/x/a.cap" },
    filters: null,
    continuousCapture: null,
  });
  expect(answer).toMatchObject({
    status: 201,
    body: {
      properties: {
        targetType: "AzureVM",
        scope: { include: [], exclude: [] },
        timeLimitInSeconds: 18_000,
        storageLocation: { storagePath: "", filePath: "/var/captures/x/a.cap" },
        filters: [],
      },
    },
  });
});

test("refuses unknown machines, watchers and a name that is taken", async () => {
  expect(errorOf(await put("a", { target: `${machineId}2` }))).toMatchObject({
    status: 404,
    code: "ResourceNotFound",
    message:
      "The Resource 'Microsoft.Compute/virtualMachines/web-12' under resource group 'nightcap' was not found.",
  });
  const elsewhere = capture("a").replace("NetworkWatcher_local", "NetworkWatcher_mars");
  expect(errorOf(await put("a", {}, elsewhere))).toMatchObject({ status: 404 });
  await put("a");
  expect(errorOf(await put("A"))).toMatchObject({ status: 409, code: "ResourceAlreadyExists" });
  expect(errorOf(await put("-bad-"))).toMatchObject({ status: 400, code: "InvalidParameter" });
});

test("the session limit is said, and finished captures do not count", async () => {
  await plane.close();
  await start({ sessionCountMax: 2 });
  await put("a");
  await put("b");
  expect(errorOf(await put("c"))).toMatchObject({
    status: 409,
    code: "CaptureLimitReached",
    message: expect.stringContaining("the limit is 2"),
  });
  await plane.reconcile();
  await plane.reconciler.observe(hostId, finished(sessionIdAt(0)));
  expect((await put("c")).status).toBe(201);
});

test("many creates at once never pass the limit, and one name goes to one of them", async () => {
  await plane.close();
  await start({ sessionCountMax: 5 });
  const different = await Promise.all(Array.from({ length: 12 }, (_, index) => put(`n${index}`)));
  expect(different.filter(({ status: code }) => code === 201)).toHaveLength(5);
  await plane.close();
  await start({ sessionCountMax: 100 });
  const same = await Promise.all(Array.from({ length: 8 }, () => put("one")));
  expect(same.filter(({ status: code }) => code === 201)).toHaveLength(1);
  expect(same.filter(({ status: code }) => code === 409)).toHaveLength(7);
});

test("after a restart tokens stay valid and a session goes on where it was", async () => {
  await put("a");
  await plane.reconcile();
  const sessionId = sessionIdAt(0);
  await plane.reconciler.observe(hostId, observation(sessionId));
  await plane.close();
  plane = await startControlPlane({ directory, port: plane.port });
  expect(await status("a")).toMatchObject({ packetCaptureStatus: "Running" });
  await plane.reconciler.hello(hostId, [finished(sessionId)]);
  await plane.reconcile();
  expect(plane.host.commands).toEqual([]);
  expect(await status("a")).toMatchObject({
    packetCaptureStatus: "Stopped",
    stopReason: "TimeExceeded",
  });
});

test("the name of a deleted capture can be used again while its host is away", async () => {
  await put("a");
  await plane.reconcile();
  await plane.reconciler.observe(hostId, observation(sessionIdAt(0)));
  plane.host.connected = false;
  expect(await status("a")).toMatchObject({ packetCaptureStatus: "Unknown" });
  expect((await plane.raw("DELETE", capture("a"), { token })).status).toBe(204);
  expect((await put("a")).status).toBe(201);
  plane.host.connected = true;
  await plane.reconciler.hello(hostId, [finished(sessionIdAt(0))]);
  await plane.reconcile();
  const kinds = plane.host.commands.map(({ kind }) => kind);
  expect(kinds.toSorted()).toEqual(["forgetCapture", "startCapture", "startCapture"]);
  expect(await status("a")).toMatchObject({ packetCaptureStatus: "NotStarted" });
});

test("protocols in any case and Microsoft's own three-octet range are taken; PATCH is not in Azure", async () => {
  const filters = [
    { protocol: "tcp", remoteIPAddress: "1.1.1.1-255.255.255", localPort: "1-65535" },
    { protocol: "ANY", remotePort: "20;80;443" },
  ];
  expect(await put("a", { filters })).toMatchObject({
    status: 201,
    body: { properties: { filters: [{ ...filters[0], protocol: "TCP" }, { protocol: "Any" }] } },
  });
  const patch = await plane.raw("PATCH", capture("a"), { token, body: { tags: {} } });
  expect(errorOf(patch)).toMatchObject({ status: 501, code: "NotImplemented" });
});
