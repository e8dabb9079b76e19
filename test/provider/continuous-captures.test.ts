// Continuous captures and captures of scale sets: what is recorded, asked of hosts, joined and shown.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  accountId,
  blobEndpoint,
  type ControlPlane,
  finished,
  hostId,
  machineId,
  makeDirectory,
  observation,
  recordHost,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let secret: { clientId: string; secret: string };
let token: string;

const start = async (options: { sessionCountMax?: number; port?: number } = {}): Promise<void> => {
  plane = await startControlPlane({ directory, ...options });
  secret ??= await plane.identity.createClient("test");
  token = (await plane.clients(secret).credential.getToken(`${plane.base}/.default`)).token;
};

beforeEach(async () => {
  directory = await makeDirectory();
  secret = undefined as never;
  await start();
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const setId = `/subscriptions/${subscriptionId}/resourceGroups/nightcap/providers/Microsoft.Compute/virtualMachineScaleSets/web`;
const version = "api-version=2025-05-01";
const path = (name: string) => `${watcherId}/packetCaptures/${name}`;
const put = (name: string, properties: Record<string, unknown>) =>
  plane.raw("PUT", `${path(name)}?${version}`, {
    token,
    body: {
      properties: { target: machineId, storageLocation: { storageId: accountId }, ...properties },
    },
  });
const get = async (name: string) =>
  (await plane.raw("GET", `${path(name)}?${version}`, { token })).body as {
    properties: Record<string, unknown> & { nightcap: Record<string, unknown> };
  };
const post = (name: string, verb: string) =>
  plane.raw("POST", `${path(name)}/${verb}?${version}`, { token });
const status = async (name: string) => (await post(name, "queryStatus")).body;
const errorOf = ({ status: code, body }: { status: number; body: unknown }) => ({
  status: code,
  ...(body as { error: { code: string; message: string } }).error,
});
const specs = () =>
  plane.host.commands.flatMap((command) => (command.kind === "startCapture" ? [command.spec] : []));

test("a ring is Azure's captureSettings, defaults filled in, and the host is told of it", async () => {
  const { network } = plane.clients(secret);
  const created = await network.packetCaptures.beginCreateAndWait(
    "NetworkWatcherRG",
    "NetworkWatcher_local",
    "ring",
    {
      target: machineId,
      storageLocation: { storageId: accountId, localPath: "/var/captures/ring.cap" },
      continuousCapture: true,
      captureSettings: { fileCount: 3 },
    },
  );
  expect(created).toMatchObject({
    continuousCapture: true,
    captureSettings: {
      fileCount: 3,
      fileSizeInBytes: 104_857_600,
      sessionTimeLimitInSeconds: 86_400,
    },
    storageLocation: {
      localPath: "/var/captures/ring.cap",
      storagePath: expect.stringMatching(/packetcapture_[\d_]+\.cap$/),
    },
  });
  const { properties } = await get("ring");
  expect(properties).not.toHaveProperty("totalBytesPerSession");
  expect(properties).not.toHaveProperty("timeLimitInSeconds");
  await plane.reconcile();
  expect(specs()).toMatchObject([
    {
      filePath: "/var/captures/ring.cap",
      uploadUrl: null,
      timeLimitInSeconds: 86_400,
      totalBytesPerSession: 0,
      ring: { overwrites: true, fileCount: 3, fileSizeInBytes: 104_857_600, uploads: true },
    },
  ]);
});

test("continuousCapture false has the same settings and ends when they are full", async () => {
  const answer = await put("files", {
    continuousCapture: false,
    // What Azure's client for Python sends of its own accord.
    totalBytesPerSession: 1_073_741_824,
    timeLimitInSeconds: 18_000,
    storageLocation: { localPath: "/var/captures/files.cap" },
  });
  expect(answer).toMatchObject({
    status: 201,
    body: { properties: { continuousCapture: false, captureSettings: { fileCount: 10 } } },
  });
  await plane.reconcile();
  expect(specs()).toMatchObject([
    {
      ring: { overwrites: false, fileCount: 10, uploads: false },
      filePath: "/var/captures/files.cap",
    },
  ]);
});

test("the files of a ring are shown with their hashes and where they are", async () => {
  await put("ring", { continuousCapture: true });
  await plane.reconcile();
  const sessionId = specs()[0]?.sessionId ?? "";
  const file = {
    name: "00007_20261121040000",
    sizeBytes: 5,
    sha256: "cd".repeat(32),
    filePath: null,
    uploaded: true,
  };
  const files = { count: 1, overwrittenCount: 6, newest: [file] };
  await plane.reconciler.observe(hostId, observation(sessionId, { files, sizeBytes: 5 }));
  const { properties } = await get("ring");
  const { storagePath } = properties["storageLocation"] as { storagePath: string };
  expect(properties.nightcap).toMatchObject({
    phase: "recording",
    files: {
      count: 1,
      overwrittenCount: 6,
      newest: [
        {
          name: file.name,
          sha256: file.sha256,
          storagePath: storagePath.replace(/\.cap$/, `_${file.name}.cap`),
        },
      ],
    },
  });
  expect(await status("ring")).toMatchObject({ packetCaptureStatus: "Running" });
});

const makeSet = async (): Promise<string[]> => {
  const hosts: string[] = [];
  for (const name of ["web-1", "web-2", "web-3"]) {
    hosts.push((await recordHost(plane.state, { name, scaleSet: "web" })).hostId);
  }
  return hosts;
};
const hostOf = async (sessionId: string): Promise<string> => {
  const found = await plane.state.documents<{ hostId: string }>("captureSessions").get(sessionId);
  return found?.body.hostId ?? "";
};

test("a scale set's capture is one session a host, each with its own path", async () => {
  const hosts = await makeSet();
  const { network } = plane.clients(secret);
  const created = await network.packetCaptures.beginCreateAndWait(
    "NetworkWatcherRG",
    "NetworkWatcher_local",
    "set",
    { target: setId, targetType: "AzureVMSS", storageLocation: { storageId: accountId } },
  );
  const folder = `${blobEndpoint}network-watcher-logs${setId.toLowerCase()}/virtualmachines/`;
  expect(created).toMatchObject({
    target: setId,
    targetType: "AzureVMSS",
    scope: { include: [], exclude: [] },
    storageLocation: { storagePath: folder },
  });
  await plane.reconcile();
  expect((await Promise.all(specs().map(({ sessionId }) => hostOf(sessionId)))).toSorted()).toEqual(
    hosts.toSorted(),
  );
  const { nightcap } = (await get("set")).properties;
  expect(nightcap).toMatchObject({
    phase: "waiting",
    members: ["web-1", "web-2", "web-3"].map((instanceId) => ({
      instanceId,
      targetId: `${setId}/virtualMachines/${instanceId}`,
      packetCaptureStatus: "NotStarted",
      storagePath: expect.stringMatching(
        new RegExp(`^${folder}${instanceId}/\\d{4}/\\d\\d/\\d\\d/packetcapture_[\\d_]+\\.cap$`),
      ),
    })),
  });
});

test("status runs while one host runs, errors name their host, stop and delete act on all", async () => {
  await makeSet();
  await put("set", { target: setId, targetType: "azurevmss" });
  expect(await status("set")).toMatchObject({ packetCaptureStatus: "NotStarted" });
  await plane.reconcile();
  const [one, two, three] = specs().map(({ sessionId }) => sessionId) as [string, string, string];
  const say = async (sessionId: string, what: ReturnType<typeof observation>) =>
    plane.reconciler.observe(await hostOf(sessionId), what);
  await say(one, observation(one, { captureStartTime: "2026-11-21T04:00:02.000Z" }));
  await say(
    two,
    finished(two, {
      status: "Error",
      stopReason: "Failed",
      uploaded: false,
      errors: [{ code: "CaptureFailed", message: "no such device" }],
    }),
  );
  await say(three, observation(three, { captureStartTime: "2026-11-21T04:00:01.000Z" }));
  expect(await status("set")).toEqual({
    name: "set",
    id: path("set"),
    captureStartTime: "2026-11-21T04:00:00.000Z",
    packetCaptureStatus: "Running",
    packetCaptureError: ["CaptureFailed"],
  });
  const { nightcap } = (await get("set")).properties;
  expect(nightcap["errors"]).toEqual([
    { code: "CaptureFailed", message: expect.stringMatching(/^web-\d: no such device$/) },
  ]);

  const stop = await post("set", "stop");
  expect(stop.status).toBe(202);
  await plane.reconcile();
  const stopped = plane.host.commands.filter(({ kind }) => kind === "stopCapture");
  expect(stopped).toHaveLength(2);
  const operation = async () => {
    const url = String(stop.headers["azure-asyncoperation"]).slice(plane.base.length);
    return (await plane.raw("GET", url, { token })).body;
  };
  await say(one, finished(one, { stopReason: "Manual" }));
  expect(await operation()).toEqual({ status: "InProgress" });
  await say(three, finished(three, { stopReason: "Manual" }));
  expect(await operation()).toEqual({ status: "Succeeded" });
  expect(await status("set")).toMatchObject({
    packetCaptureStatus: "Error",
    stopReason: "Failed",
    packetCaptureError: ["CaptureFailed"],
  });

  expect((await plane.raw("DELETE", `${path("set")}?${version}`, { token })).status).toBe(204);
  await plane.reconcile();
  const forgotten = plane.host.commands.filter(({ kind }) => kind === "forgetCapture");
  expect(forgotten).toHaveLength(3);
  expect(await plane.state.documents("captureSessions").count()).toBe(0);
  expect(await plane.state.documents("captureSessionIds").count()).toBe(0);
});

test("a delete waits for every host that records, through a restart, and then the name is free", async () => {
  await makeSet();
  await put("set", { target: setId, targetType: "AzureVMSS", scope: { exclude: ["web-3"] } });
  await plane.reconcile();
  const [one, two] = specs().map(({ sessionId }) => sessionId) as [string, string];
  for (const each of [one, two])
    await plane.reconciler.observe(await hostOf(each), observation(each));
  const deletion = await plane.raw("DELETE", `${path("set")}?${version}`, { token });
  expect(deletion.status).toBe(202);
  const { port } = plane;
  await plane.close();
  await start({ port });
  const poll = async () =>
    (
      await plane.raw("GET", String(deletion.headers["location"]).slice(plane.base.length), {
        token,
      })
    ).status;
  await plane.reconciler.observe(await hostOf(one), finished(one));
  await plane.reconcile();
  expect(await poll()).toBe(202);
  expect((await get("set")).properties["provisioningState"]).toBe("Deleting");
  await plane.reconciler.observe(await hostOf(two), finished(two));
  await plane.reconcile();
  expect(await poll()).toBe(204);
  expect((await put("set", { target: setId, targetType: "AzureVMSS" })).status).toBe(201);
});

test("scope chooses instances by instance id or whole id, and refuses one that is not there", async () => {
  await makeSet();
  const set = { target: setId, targetType: "AzureVMSS" };
  const chosen = async (name: string) => {
    const { nightcap } = (await get(name)).properties;
    return (nightcap["members"] as { instanceId: string }[]).map(({ instanceId }) => instanceId);
  };
  await put("a", { ...set, scope: { include: ["WEB-2", `${setId}/virtualMachines/web-3`] } });
  expect(await chosen("a")).toEqual(["web-2", "web-3"]);
  await put("b", { ...set, scope: { include: null, exclude: [machineId] } });
  expect(await chosen("b")).toEqual(["web-2", "web-3"]);
  expect((await get("a")).properties["scope"]).toEqual({
    include: ["WEB-2", `${setId}/virtualMachines/web-3`],
    exclude: [],
  });
  const unknown = await put("c", { ...set, scope: { include: ["web-9"] } });
  expect(errorOf(unknown)).toMatchObject({
    status: 400,
    code: "InvalidParameter",
    message: expect.stringMatching(/"web-9".*web-1, web-2, web-3/),
  });
  const none = await put("c", { ...set, scope: { exclude: ["web-1", "web-2", "web-3"] } });
  expect(errorOf(none)).toMatchObject({ status: 400, code: "InvalidParameter" });
  expect(errorOf(await put("c", { ...set, target: `${setId}9` }))).toMatchObject({
    status: 404,
    code: "ResourceNotFound",
  });
  const mixed = await put("c", { target: setId });
  expect(errorOf(mixed).message).toContain("virtualMachines expected");
});

test("a storage path that is asked for gets the instance, and the limit counts hosts", async () => {
  await plane.close();
  await start({ sessionCountMax: 3 });
  await makeSet();
  const storagePath = `${blobEndpoint}mine/a.cap`;
  await put("a", {
    target: setId,
    targetType: "AzureVMSS",
    scope: { include: ["web-1", "web-2"] },
    storageLocation: { storageId: accountId, storagePath },
  });
  const { storageLocation, nightcap } = (await get("a")).properties;
  expect(storageLocation).toMatchObject({ storagePath });
  expect(nightcap["members"]).toMatchObject([
    { storagePath: `${blobEndpoint}mine/a_web-1.cap` },
    { storagePath: `${blobEndpoint}mine/a_web-2.cap` },
  ]);
  expect(errorOf(await put("b", { target: setId, targetType: "AzureVMSS" }))).toMatchObject({
    status: 409,
    code: "CaptureLimitReached",
    message: expect.stringContaining("this one needs 3"),
  });
  expect((await put("b", {})).status).toBe(201);
});
