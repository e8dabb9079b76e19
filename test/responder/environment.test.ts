import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { azureCloud } from "../../src/responder/clouds.ts";
import { readEnvironment } from "../../src/responder/environment.ts";
import { encryptSecureString, formatSecureStringKey } from "../../src/responder/secure-string.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-environment-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const storage = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
const base = {
  AzureTenant: "tenant",
  AzureClientId: "client",
  AzureCredPassword: "plain secret",
  NightcapStorageAccountId: storage,
};
const read = (change: Record<string, string | undefined> = {}) =>
  readEnvironment({ ...base, ...change });
const secretIn = ({ connection }: ReturnType<typeof read>): string | null =>
  "clientSecret" in connection ? connection.clientSecret : null;
const file = async (name: string, content: string): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
};

test("the tutorial's three settings and a place for captures are enough", () => {
  expect(read()).toEqual({
    connection: {
      cloud: {
        resourceManagerUrl: "https://management.azure.com",
        authorityHost: "https://login.microsoftonline.com",
        scope: "https://management.azure.com/.default",
        custom: false,
      },
      tenantId: "tenant",
      clientId: "client",
      clientSecret: "plain secret",
    },
    responder: {
      subscriptionId: null,
      sessionCountMax: 100,
      storageId: storage,
      fileDirectory: null,
      hostSessionCountMax: 4,
      timeLimitInSeconds: 60,
      bytesToCapturePerPacket: 0,
      totalBytesPerSession: 1_073_741_824,
      filters: [],
      lookBackInSeconds: 0,
      pollIntervalMilliseconds: 5_000,
      reportWaitMilliseconds: 60_000,
    },
    webhooks: [],
  });
});

test("every setting has its name", async () => {
  const settings = read({
    AzureSubscriptionId: "sub",
    NightcapFileDirectory: "/var/captures/x",
    NightcapSessionCountMax: "7",
    NightcapHostSessionCountMax: "3",
    NightcapTimeLimitInSeconds: "10",
    NightcapBytesToCapturePerPacket: "128",
    NightcapTotalBytesPerSession: "1000000",
    NightcapFilters: '[{"protocol":"TCP","remotePort":"443;8443;"}]',
    NightcapPollIntervalMilliseconds: "500",
    NightcapWebhookUrls: "https://a.example/1  http://127.0.0.1:9/2",
    NightcapWebhookCaFile: await file("webhook.pem", "PEM"),
  });
  expect(settings.responder).toMatchObject({
    subscriptionId: "sub",
    fileDirectory: "/var/captures/x",
    sessionCountMax: 7,
    hostSessionCountMax: 3,
    timeLimitInSeconds: 10,
    bytesToCapturePerPacket: 128,
    totalBytesPerSession: 1_000_000,
    filters: [{ protocol: "TCP", remotePort: "443;8443;" }],
    pollIntervalMilliseconds: 500,
  });
  expect(settings.webhooks).toEqual([
    { url: "https://a.example/1", caPem: "PEM" },
    { url: "http://127.0.0.1:9/2", caPem: "PEM" },
  ]);
});

test("clouds have their endpoints and audiences; a custom endpoint its own", async () => {
  expect(read({ AzureCloud: "AzureChinaCloud" }).connection.cloud).toMatchObject({
    resourceManagerUrl: "https://management.chinacloudapi.cn",
    authorityHost: "https://login.chinacloudapi.cn",
    scope: "https://management.chinacloudapi.cn/.default",
  });
  expect(read({ AzureCloud: "AzureUSGovernment" }).connection.cloud).toEqual(
    azureCloud("AzureUSGovernment"),
  );
  const custom = read({
    NightcapResourceManagerUrl: "https://127.0.0.1:8443/",
    NightcapAuthorityHost: "https://127.0.0.1:8443",
    NightcapCaFile: await file("ca.pem", "OUR CA"),
  });
  expect(custom.connection).toMatchObject({
    caPem: "OUR CA",
    cloud: {
      resourceManagerUrl: "https://127.0.0.1:8443",
      authorityHost: "https://127.0.0.1:8443",
      scope: "https://127.0.0.1:8443/.default",
      custom: true,
    },
  });
});

test("the password is decrypted only when it is encrypted and a key file is there", async () => {
  const key = Uint8Array.from({ length: 24 }, (_, index) => index);
  const keyFile = await file("pass.key", formatSecureStringKey(key));
  const encrypted = encryptSecureString("the secret", key, new Uint8Array(16));
  const secretOf = (change: Record<string, string | undefined>) => secretIn(read(change));
  expect(secretOf({ AzureCredPassword: encrypted, AzureCredKeyFile: keyFile })).toBe("the secret");
  expect(secretOf({ AzureCredPassword: encrypted })).toBe(encrypted);
  expect(secretOf({ AzureCredPassword: "plain", AzureCredKeyFile: keyFile })).toBe("plain");
  const fromFile = { AzureCredPassword: undefined, AzureCredKeyFile: keyFile };
  const encryptedFile = await file("password.txt", `${encrypted}\r\n`);
  expect(secretOf({ ...fromFile, AzureCredPasswordFile: encryptedFile })).toBe("the secret");
  const plainFile = await file("plain.txt", "from a file\n");
  expect(secretOf({ ...fromFile, AzureCredPasswordFile: plainFile })).toBe("from a file");
});

test("the client id has either of the tutorial's two spellings", () => {
  const change = { AzureClientId: undefined, AzureClientID: "the other" };
  expect(read(change).connection).toMatchObject({ clientId: "the other" });
});

const none = {
  AzureTenant: undefined,
  AzureClientId: undefined,
  AzureCredPassword: undefined,
};

test("a managed identity stands in for tenant, client and secret", () => {
  const clientId = "0b1c2d3e-0000-4000-8000-0000000000ff";
  const identityOf = (NightcapManagedIdentity: string) =>
    read({ ...none, NightcapManagedIdentity }).connection;
  expect(identityOf("system")).toMatchObject({ managedIdentity: { clientId: null } });
  expect(identityOf(clientId)).toMatchObject({ managedIdentity: { clientId } });
});

test.each([
  [{ AzureTenant: undefined }, "AzureTenant is required"],
  [{ AzureClientId: undefined }, "AzureClientId is required"],
  [{ AzureClientID: "client" }, "AzureClientId and AzureClientID exclude each other"],
  [{ NightcapManagedIdentity: "system" }, "NightcapManagedIdentity and AzureTenant"],
  [{ ...none, NightcapManagedIdentity: "yes" }, '"system" or a client id expected'],
  [{ AzureCredPassword: undefined }, "AzureCredPassword or AzureCredPasswordFile is required"],
  [{ AzureCredPasswordFile: "/x" }, "exclude each other"],
  [{ AzureCloud: "AzureMoonCloud" }, "AzureCloud"],
  [{ NightcapTypo: "1" }, "NightcapTypo"],
  [{ nightcapsessioncountmax: "1" }, "nightcapsessioncountmax"],
  [{ NightcapResourceManagerUrl: "https://x" }, "belong together"],
  [
    { NightcapResourceManagerUrl: "http://x", NightcapAuthorityHost: "https://x" },
    "NightcapResourceManagerUrl",
  ],
  [{ NightcapSessionCountMax: "many" }, "a whole number expected"],
  [{ NightcapSessionCountMax: "0" }, "sessionCountMax"],
  [{ NightcapTimeLimitInSeconds: "18001" }, "timeLimitInSeconds"],
  [{ NightcapFilters: "{" }, "NightcapFilters is not JSON"],
  [{ NightcapFilters: '[{"port":"1"}]' }, "port"],
  [{ NightcapStorageAccountId: undefined }, "storageId or fileDirectory is required"],
  [{ NightcapFileDirectory: "/tmp" }, 'a path at or below "/var/captures" expected'],
  [{ NightcapFileDirectory: "/var/captures/.." }, 'without ".."'],
  [{ NightcapCaFile: "/nowhere.pem" }, "cannot read /nowhere.pem"],
  [
    { NightcapWebhookUrls: "http://example.com/?sig=hidden" },
    "webhook URL http://example.com is not allowed",
  ],
  [{ NightcapWebhookUrls: "https://a/ ".repeat(17) }, "17 URLs; at most 16 allowed"],
])("wrong settings are SettingsInvalid and name what is wrong: %j", (change, said) => {
  const thrown = ((): unknown => {
    try {
      return read(change);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toMatchObject({ code: "SettingsInvalid" });
  expect(String(thrown)).toContain(said);
  expect(String(thrown)).not.toContain("plain secret");
  expect(String(thrown)).not.toContain("sig=hidden");
});

test("a key file that does not fit is SecretUnreadable", async () => {
  const key = new Uint8Array(16).fill(7);
  const encrypted = encryptSecureString("the secret", key, new Uint8Array(16));
  const wrong = await file("wrong.key", formatSecureStringKey(new Uint8Array(16).fill(8)));
  const change = { AzureCredPassword: encrypted, AzureCredKeyFile: wrong };
  expect(() => read(change)).toThrow(expect.objectContaining({ code: "SecretUnreadable" }));
});

test("variables of others are no business of ours", () => {
  expect(() => read({ PATH: "/bin", AzureWebJobsStorage: "x", NIGHTCAP_NODE: "/n" })).not.toThrow();
});
