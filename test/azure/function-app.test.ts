// The packaged function, loaded as Azure's host loads it, against Nightcap in Azure's place.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClientSecretCredential } from "@azure/identity";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accountId, machineId, recordHost } from "../provider/control-plane.ts";
import { classicAlert, commonAlert, legacyAlert } from "../responder/alerts.ts";
import { type ArmBed, startArmBed } from "../responder/arm-bed.ts";
import { type FunctionsHost, startFunctionsHost } from "./functions-host.ts";
import { makePackage } from "./package.ts";
import { deployTemplate } from "./template/arm-template.ts";
import { flatten } from "./template/deployment.ts";

let packaged: Awaited<ReturnType<typeof makePackage>>;
let bed: ArmBed;
let caFile = "";
const hosts: FunctionsHost[] = [];

beforeAll(async () => {
  packaged = await makePackage();
});
afterAll(() => packaged.remove());

beforeEach(async () => {
  bed = await startArmBed();
  bed.captureMilliseconds = 300;
  caFile = join(bed.directory, "bed-ca.pem");
  await writeFile(caFile, bed.ca);
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  await bed.close();
});

const endpoint = () => ({
  NightcapResourceManagerUrl: bed.url,
  NightcapAuthorityHost: bed.url,
  NightcapCaFile: caFile,
  NightcapStorageAccountId: accountId,
  NightcapPollIntervalMilliseconds: "50",
});
const application = () => ({
  AzureTenant: bed.connection.tenantId,
  AzureClientID: bed.connection.clientId,
  AzureCredPassword: bed.connection.clientSecret,
});

/** A new process of the app; the same settings again is what Azure's scaling does. */
async function start(
  change: Record<string, string> = {},
  credentials: Record<string, string> = application(),
): Promise<FunctionsHost> {
  const settings = { ...endpoint(), ...credentials, ...change };
  const host = await startFunctionsHost(packaged.app, settings);
  hosts.push(host);
  return host;
}

/** A job whose capture ARM has confirmed, however far it went since. */
const placed = { capture: { name: expect.stringMatching(/^alert-/) as string } };
const countCalls = (name: string): number => bed.calls.filter((call) => call.name === name).length;

test.each([
  ["the common alert schema", commonAlert()],
  ["the metric alert schema", legacyAlert()],
  ["the classic schema", classicAlert()],
])("a fired alert in %s makes a capture, and says so", async (_schema, alert) => {
  const host = await start({ NightcapWebhookUrls: bed.webhookUrl, NightcapWebhookCaFile: caFile });
  const answer = await host.post(alert);
  expect(answer.status).toBe(202);
  const [job] = answer.json().jobs ?? [];
  expect(job).toMatchObject(placed);
  expect(await bed.captureNames()).toEqual([job?.capture?.name]);
  // The process lives on here, so the capture is followed to its end and people are told.
  await expect.poll(() => bed.received.length, { timeout: 15_000 }).toBe(1);
  expect(bed.received[0]?.notification).toMatchObject({ outcome: "captured" });
  expect(host.log()).not.toContain(bed.connection.clientSecret);
});

test("a resolved alert, a malformed one and another method make nothing", async () => {
  const host = await start();
  expect((await host.post(commonAlert({ status: "Resolved" }))).status).toBe(200);
  expect((await host.post(legacyAlert({ status: "Deactivated" }))).status).toBe(200);
  const malformed = await host.post("{");
  expect(malformed.status).toBe(400);
  expect(malformed.text).toContain("AlertUnreadable");
  expect((await host.post(null, { method: "GET" })).status).toBe(404);
  expect(bed.calls).toEqual([]);
});

test("the key is asked for at level function: a wrong one is 401 before the app hears of it", async () => {
  const host = await start();
  expect((await host.post(legacyAlert(), { key: "wrong" })).status).toBe(401);
  expect((await host.post(legacyAlert(), { key: null })).status).toBe(401);
  expect(bed.calls).toEqual([]);
  const code = `?code=${"f".repeat(43)}`;
  expect((await host.post(legacyAlert(), { key: null, query: code })).status).toBe(202);
});

test("the same alert twice is one capture, in one process or in two", async () => {
  bed.captureMilliseconds = 1_000;
  const [first, second] = [await start(), await start()];
  const names = [];
  for (const host of [first, first, second]) {
    names.push((await host.post(legacyAlert())).json().jobs?.[0]?.capture?.name);
  }
  expect(new Set(names).size).toBe(1);
  expect(bed.startedCount()).toBe(1);
  expect(countCalls("PUT packetCaptures")).toBe(1);
});

test("at the session limit no capture is made, and the answer says why", async () => {
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  const https = '[{"protocol":"TCP","remotePort":"443"}]';
  await (await start({ NightcapFilters: https })).post(legacyAlert());
  const host = await start({ NightcapSessionCountMax: "1" });
  const refused = await host.post(legacyAlert({ rule: "another" }));
  expect(refused.json().jobs).toMatchObject([{ capture: null, outcome: { kind: "limitReached" } }]);
  expect(await bed.captureNames()).toHaveLength(1);
});

test("an alert in another process shares a capture that runs on its machine with the same filter", async () => {
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  bed.captureStartTime = new Date().toISOString();
  const first = (await (await start()).post(legacyAlert())).json().jobs?.[0]?.capture;
  await expect.poll(() => bed.startedCount()).toBe(1);
  const limit = { NightcapHostSessionCountMax: "1" };
  const shared = await (await start(limit)).post(legacyAlert({ rule: "another" }));
  const message = expect.stringMatching(
    /^shares packet capture "alert-net-out-web-1-[0-9a-f]{10}"/,
  );
  expect(shared.json().jobs).toMatchObject([
    { step: "done", capture: first, outcome: { kind: "captured", message } },
  ]);
  expect(await bed.captureNames()).toHaveLength(1);
});

test("a capture of somebody else under the same name stays; the alert's own takes a suffix", async () => {
  const host = await start();
  const name = (await host.post(legacyAlert())).json().jobs?.[0]?.capture?.name ?? "";
  const signal = AbortSignal.timeout(20_000);
  const watcher = await bed.captures.findWatcher(
    await bed.captures.findMachine(machineId, signal),
    signal,
  );
  await bed.captures.deleteCapture(watcher, name, signal);
  await expect.poll(() => bed.captureNames()).toEqual([]);
  const other = await recordHost(bed.plane.state, { name: "db-1" });
  await bed.captures.createCapture(
    watcher,
    name,
    {
      target: other.machineId,
      bytesToCapturePerPacket: 0,
      totalBytesPerSession: 0,
      timeLimitInSeconds: 5,
      storageLocation: { filePath: "/var/captures/a.cap" },
      filters: [],
    },
    signal,
  );
  const again = await (await start()).post(legacyAlert());
  expect(again.json().jobs?.[0]?.capture?.name).toBe(`${name}-2`);
  expect((await bed.captureNames()).toSorted()).toEqual([name, `${name}-2`]);
});

describe.each([429, 503])("when Azure answers %i with Retry-After", (status) => {
  test("the call is made again after that time, and not before", async () => {
    const times: number[] = [];
    bed.hooks.before = ({ name }) => {
      if (name !== "PUT packetCaptures") return undefined;
      times.push(Date.now());
      return times.length === 1 ? { status, headers: { "retry-after": "2" } } : undefined;
    };
    const host = await start();
    const answer = await host.post(legacyAlert());
    expect(answer.json().jobs).toMatchObject([placed]);
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
  });
});

describe("with the app's managed identity", () => {
  const identityHeader = "a-secret-of-this-process";
  const asked: { query: Record<string, string>; header: unknown }[] = [];
  let endpointOfIdentity: Server;

  beforeEach(async () => {
    asked.length = 0;
    const { tenantId, clientId, clientSecret, caPem } = bed.connection;
    const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
      authorityHost: bed.url,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: caPem },
    });
    // As Azure's App Service answers (api-version 2019-08-01), with a real token of Nightcap's.
    const answerToken = async (resource: string): Promise<string> => {
      const { token } = await credential.getToken(`${resource}/.default`);
      const expires_on = `${Math.floor(Date.now() / 1_000) + 3_600}`;
      return JSON.stringify({ access_token: token, expires_on, resource, token_type: "Bearer" });
    };
    endpointOfIdentity = createServer((incoming, outgoing) => {
      const query = Object.fromEntries(new URL(incoming.url ?? "", "http://x").searchParams);
      asked.push({ query, header: incoming.headers["x-identity-header"] });
      void answerToken(query["resource"] ?? "").then((body) => outgoing.end(body));
    });
    await new Promise<void>((resolve) => endpointOfIdentity.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => endpointOfIdentity.close(resolve)));

  const identity = (NightcapManagedIdentity: string) => ({
    NightcapManagedIdentity,
    IDENTITY_ENDPOINT: `http://127.0.0.1:${(endpointOfIdentity.address() as AddressInfo).port}/msi/token`,
    IDENTITY_HEADER: identityHeader,
  });

  test("the token comes from the host's endpoint, and no secret is in the settings", async () => {
    const host = await start({}, identity("system"));
    expect((await host.post(legacyAlert())).json().jobs).toMatchObject([placed]);
    expect(asked[0]).toEqual({
      header: identityHeader,
      query: { resource: bed.url, "api-version": "2019-08-01" },
    });
  });

  test("a user-assigned identity is asked for by its client id", async () => {
    const clientId = "0b1c2d3e-0000-4000-8000-0000000000ff";
    const host = await start({}, identity(clientId));
    expect((await host.post(legacyAlert())).json().jobs).toMatchObject([placed]);
    expect(asked[0]?.query).toMatchObject({ client_id: clientId });
  });
});

test("it asks for no right that the templates' roles do not give", async () => {
  const host = await start();
  await host.post(legacyAlert());
  // The finished capture of this alert is cleared away by the next one of its rule.
  await expect.poll(() => countCalls("POST queryStatus"), { timeout: 10_000 }).toBeGreaterThan(0);
  await expect.poll(() => host.log(), { timeout: 10_000 }).toContain("alert answered");
  await host.post(legacyAlert({ time: "2026-11-21T05:00:00.0Z" }));
  expect(countCalls("DELETE packetCaptures")).toBe(1);
  const asked = new Set(bed.calls.flatMap(({ name, path }) => actionOf(name, path)));
  expect(asked.size).toBeGreaterThan(5);
  const given = new Set(rolesGiven().map((action) => action.toLowerCase()));
  expect([...asked].filter((action) => !given.has(action.toLowerCase()))).toEqual([]);
});

/** The action of the operation that answers a call, as role definitions spell it; none of a login. */
function actionOf(name: string, path: string): string[] {
  if (!path.startsWith("/subscriptions")) return [];
  const method = name.split(" ")[0];
  const found = bed.plane.operations.find((operation) => {
    const pattern = operation.path.replaceAll(/\{\+?\w+\}/g, "[^/]+");
    return operation.method === method && new RegExp(`^${pattern}$`, "i").test(path);
  });
  return [found?.action ?? `unknown ${name} ${path}`];
}

const rolesGiven = (): string[] => {
  const template: unknown = JSON.parse(readFileSync("deploy/azure/azuredeploy.json", "utf8"));
  const { resources } = deployTemplate(template, { virtualMachineId: machineId });
  return flatten(resources)
    .filter(({ type }) => type.endsWith("/roleDefinitions"))
    .flatMap(({ body }) => {
      const properties = body["properties"] as { permissions: { actions: string[] }[] };
      return properties.permissions.flatMap(({ actions }) => actions);
    });
};

test("wrong settings are an error that the log names, and the secret is not in it", async () => {
  const host = await start({ NightcapTimeLimitInSeconds: "18001" });
  expect((await host.post(legacyAlert())).status).toBe(500);
  expect(host.log()).toContain("timeLimitInSeconds");
  expect(host.log()).not.toContain(bed.connection.clientSecret);
});
