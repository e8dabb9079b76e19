// Storage accounts by Azure's own client: the embedded one, and those that are registered.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { StorageManagementClient } from "@azure/arm-storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeUploadUrl } from "../../src/server/upload-links.ts";
import {
  accountTrial,
  type ControlPlane,
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

const group = "nightcap";
const azureEndpoint = "https://elsewhere.blob.core.windows.net/";
const azureKey = Buffer.from("a key that only Azure has").toString("base64");
let directory: string;
let plane: ControlPlane;
let storage: StorageManagementClient;
let network: ReturnType<ControlPlane["clients"]>["network"];

const start = async () => {
  plane = await startControlPlane({ directory });
  const client = await plane.identity.createClient("storage tests");
  const clients = plane.clients(client);
  network = clients.network;
  storage = new StorageManagementClient(clients.credential, subscriptionId, {
    endpoint: plane.base,
    credentials: { scopes: [`${plane.base}/.default`] },
    tlsOptions: { ca: plane.ca },
    retryOptions: { maxRetries: 0 },
  });
};

beforeAll(async () => {
  directory = await makeDirectory();
  await start();
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

/** The raw request: the client's serializer drops properties that Azure does not have. */
async function put(name: string, nightcap: unknown, more: object = {}) {
  const client = await plane.identity.createClient("raw");
  const answer = await fetchToken(client);
  const path = `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${name}?api-version=2024-01-01`;
  const body = { location: "local", properties: { nightcap, ...more }, tags: { team: "net" } };
  return plane.raw("PUT", path, {
    token: answer,
    body,
    headers: { "content-type": "application/json" },
  });
}

async function fetchToken(client: { clientId: string; secret: string }): Promise<string> {
  const { credential } = plane.clients(client);
  return (await credential.getToken(`${plane.base}/.default`)).token;
}

/** Code of the refusal that `work` must end in. */
async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.then(
    () => ({ code: "it was allowed" }),
    (thrown: unknown) => thrown,
  );
  return (error as { code?: string }).code;
}

test("a key is made anew while the other goes on, also after a restart", async () => {
  const keys = async () =>
    (await storage.storageAccounts.listKeys(group, "captures")).keys?.map(({ value }) => value);
  const before = await keys();
  const answer = await storage.storageAccounts.regenerateKey(group, "captures", {
    keyName: "key2",
  });
  const after = answer.keys?.map(({ value }) => value);
  expect(after?.[0]).toBe(before?.[0]);
  expect(Buffer.from(after?.[1] ?? "", "base64").length).toBe(64);
  await plane.close();
  await start();
  expect(await keys()).toEqual(after);
  expect((await stat(join(directory, "storage-accounts.json"))).mode & 0o777).toBe(0o600);
  expect(
    await codeOf(storage.storageAccounts.regenerateKey(group, "captures", { keyName: "kerb1" })),
  ).toBe("InvalidRequestContent");
});

test("an account in Azure is registered, and its key is shown by listKeys alone", async () => {
  const made = await put("elsewhere", { blobEndpoint: azureEndpoint, accountKey: azureKey });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  expect(JSON.stringify(made.body)).not.toContain(azureKey);
  const found = await storage.storageAccounts.getProperties(group, "elsewhere");
  expect(found.primaryEndpoints?.blob).toBe(azureEndpoint);
  expect([found.provisioningState, found.tags]).toEqual(["Succeeded", { team: "net" }]);
  const database = await readFile(join(directory, "nightcap.db"));
  expect(database.includes(azureKey)).toBe(false);
  const { keys } = await storage.storageAccounts.listKeys(group, "elsewhere");
  expect(keys?.map(({ keyName, value }) => [keyName, value])).toEqual([["key1", azureKey]]);
  const work = storage.storageAccounts.regenerateKey(group, "elsewhere", { keyName: "key1" });
  expect(await codeOf(work)).toBe("Conflict");
  const names = (await Array.fromAsync(storage.storageAccounts.list())).map(({ name }) => name);
  expect(names).toEqual(["captures", "elsewhere"]);
});

test("a capture goes to the registered account, by a link for its blob alone", async () => {
  const storageId = (await storage.storageAccounts.getProperties(group, "elsewhere")).id ?? "";
  const watcher = ["NetworkWatcherRG", "NetworkWatcher_local"] as const;
  await network.networkWatchers.createOrUpdate(...watcher, { location: "local" });
  await network.packetCaptures.beginCreateAndWait(...watcher, "to-azure", {
    target: machineId,
    storageLocation: { storageId },
  });
  const capture = await network.packetCaptures.get(...watcher, "to-azure");
  const { storagePath = "" } = capture.storageLocation ?? {};
  expect(storagePath).toMatch(
    /^https:\/\/elsewhere\.blob\.core\.windows\.net\/network-watcher-logs\//,
  );
  const accounts = [
    {
      name: "elsewhere",
      blobEndpoint: azureEndpoint,
      credential: { kind: "keys", keys: [azureKey] } as const,
    },
  ];
  const url = new URL(makeUploadUrl(storagePath, accounts, Date.now()));
  expect(`${url.origin}${url.pathname}`).toBe(storagePath);
  expect([url.searchParams.get("sr"), url.searchParams.get("sp")]).toEqual(["b", "rcw"]);
  expect(() => makeUploadUrl("https://other.example/x/y.cap", accounts, 0)).toThrow(
    /no storage account that is registered/,
  );
});

test("what cannot be registered is refused with what is wrong", async () => {
  const refused = async (name: string, nightcap: unknown) => {
    const { status, body } = await put(name, nightcap);
    const { error } = body as { error: { code: string; message: string } };
    return `${status} ${error.code} ${error.message}`;
  };
  const good = { blobEndpoint: "https://third.blob.core.windows.net", accountKey: azureKey };
  expect(await refused("third", undefined)).toMatch(/400 InvalidParameter .*cannot be made here/);
  expect(await refused("Third_1", good)).toMatch(/400 InvalidParameter .*not a valid storage/);
  expect(await refused("third", { ...good, sharedAccessSignature: "sig=x" })).toMatch(
    /400 InvalidRequestContent .*not both/,
  );
  expect(await refused("third", { ...good, blobEndpoint: "http://third.x/" })).toMatch(/^400 /);
  expect(await refused("third", { ...good, blobEndpoint: "https://other.x/" })).toMatch(
    /400 InvalidParameter blobEndpoint/,
  );
  expect(await refused("captures", good)).toMatch(/409 Conflict .*embedded store/);
  expect(await refused("third", { ...good, password: "x" })).toMatch(/400 InvalidRequestContent/);
  accountTrial.failure = "storage account cannot be used: HTTP 403";
  expect(await refused("third", good)).toMatch(/400 InvalidParameter .*HTTP 403/);
  accountTrial.failure = null;
  expect(await codeOf(storage.storageAccounts.getProperties(group, "third"))).toBe(
    "ResourceNotFound",
  );
  const sku = { name: "Standard_LRS" };
  const azures = { kind: "StorageV2", location: "local", sku };
  expect(await codeOf(storage.storageAccounts.create(group, "third", azures))).toBe(
    "InvalidParameter",
  );
});

test("tags change, and nothing else does", async () => {
  const changed = await storage.storageAccounts.update(group, "captures", { tags: { a: "b" } });
  expect(changed.tags).toEqual({ a: "b" });
  const work = storage.storageAccounts.update(group, "captures", {
    allowBlobPublicAccess: true,
  });
  expect(await codeOf(work)).toBe("InvalidParameter");
  expect(await codeOf(storage.storageAccounts.delete(group, "captures"))).toBe("Conflict");
});

test("names are checked as Azure checks them", async () => {
  const check = async (name: string) => {
    const type = "Microsoft.Storage/storageAccounts";
    const { nameAvailable, reason } = await storage.storageAccounts.checkNameAvailability({
      name,
      type,
    });
    return [nameAvailable, reason];
  };
  expect(await check("free")).toEqual([true, undefined]);
  expect(await check("elsewhere")).toEqual([false, "AlreadyExists"]);
  expect(await check("captures")).toEqual([false, "AlreadyExists"]);
  expect(await check("Not-Valid")).toEqual([false, "AccountNameInvalid"]);
});

test("signatures are made by the server too", async () => {
  const signedExpiry = new Date(Date.now() + 60_000);
  const account = await storage.storageAccounts.listAccountSAS(group, "captures", {
    services: "b",
    resourceTypes: "o",
    permissions: "r",
    sharedAccessExpiryTime: signedExpiry,
    protocols: "https",
  });
  expect(account.accountSasToken).toMatch(/^sv=.*&ss=b&srt=o&sp=r&se=.*&spr=https&sig=/);
  const service = await storage.storageAccounts.listServiceSAS(group, "captures", {
    canonicalizedResource: "/blob/captures/first/a.cap",
    resource: "b",
    permissions: "r",
    sharedAccessExpiryTime: signedExpiry,
  });
  expect(service.serviceSasToken).toMatch(/^sv=.*&sr=b&sp=r&se=.*&sig=/);
  const other = storage.storageAccounts.listServiceSAS(group, "captures", {
    canonicalizedResource: "/blob/other/first",
    resource: "c",
    permissions: "r",
    sharedAccessExpiryTime: signedExpiry,
  });
  expect(await codeOf(other)).toBe("InvalidParameter");
});

test("containers are made, listed in pages and deleted by ARM too", async () => {
  const { blobContainers, blobServices } = storage;
  const service = await blobServices.getServiceProperties(group, "captures");
  expect(service.deleteRetentionPolicy?.enabled).toBe(false);
  for (const name of ["one", "two", "three"]) {
    await blobContainers.create(group, "captures", name, { metadata: { team: "net" } });
  }
  const found = await blobContainers.get(group, "captures", "two");
  expect([found.metadata, found.publicAccess]).toEqual([{ team: "net" }, "None"]);
  const list = blobContainers.list(group, "captures", { maxpagesize: "2" });
  const pages: string[][] = [];
  for await (const page of list.byPage()) pages.push(page.map(({ name }) => name ?? ""));
  expect(pages).toEqual([["one", "three"], ["two"]]);
  await blobContainers.delete(group, "captures", "two");
  expect(await codeOf(blobContainers.get(group, "captures", "two"))).toBe("ResourceNotFound");
  expect(await codeOf(blobContainers.create(group, "captures", "Not_Valid", {}))).toBe(
    "InvalidParameter",
  );
  const open = blobContainers.create(group, "captures", "open", { publicAccess: "Blob" });
  expect(await codeOf(open)).toBe("InvalidRequestContent");
  expect(await codeOf(Array.fromAsync(blobContainers.list(group, "elsewhere")))).toBe(
    "NotImplemented",
  );
});

test("a reader sees accounts and neither keys nor changes", async () => {
  const reader = await plane.createClient("reader", "Reader");
  const token = await fetchToken(reader);
  const base = `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/elsewhere`;
  const ask = (method: string, below = "") =>
    plane.raw(method, `${base}${below}?api-version=2024-01-01`, { token });
  expect((await ask("GET")).status).toBe(200);
  expect((await ask("POST", "/listKeys")).status).toBe(403);
  expect((await ask("POST", "/regenerateKey")).status).toBe(403);
  expect((await ask("DELETE")).status).toBe(403);
});

test("an account that is deleted is forgotten with its key", async () => {
  await storage.storageAccounts.delete(group, "elsewhere");
  const secrets = await readFile(join(directory, "storage-accounts.json"), "utf8");
  expect(secrets).not.toContain(azureKey);
  expect(await codeOf(storage.storageAccounts.listKeys(group, "elsewhere"))).toBe(
    "ResourceNotFound",
  );
});
