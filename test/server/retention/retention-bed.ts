// A control plane in this process; the test plays the host that records, and is Azure's clients with several roles.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { NetworkManagementClient } from "@azure/arm-network";
import { ClientSecretCredential } from "@azure/identity";
import {
  AccountSASPermissions,
  AnonymousCredential,
  BlobServiceClient,
  type BlockBlobClient,
  generateAccountSASQueryParameters,
  newPipeline,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { type Clock, systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { findRole } from "../../../src/provider/authorization/built-in-roles.ts";
import { grantRole } from "../../../src/provider/authorization/grants.ts";
import { sessionStore } from "../../../src/provider/captures/session-store.ts";
import { recordMachine } from "../../../src/provider/compute/machines.ts";
import { startControlPlane } from "../../../src/server/control-plane.ts";
import { serverSettings } from "../../../src/server/settings.ts";
import { openState } from "../../../src/state/state.ts";
import { finished } from "../../provider/control-plane.ts";
import { freePort } from "../../e2e/free-port.ts";

export const watcherGroup = "NetworkWatcherRG";
export const watcherName = "NetworkWatcher_local";
const storeName = "nightcapstore";
const version = "api-version=2024-05-01";

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

export function makeClock(): TestClock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
    advance: (milliseconds) => void (offset += milliseconds),
  };
}

export type RetentionBed = Awaited<ReturnType<typeof openRetentionBed>>;

export async function openRetentionBed(settings: object = {}, clock: TestClock = makeClock()) {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-retention-"));
  const port = await freePort();
  const parsed = serverSettings.parse({ directory, port, ...settings });
  const plane = await startControlPlane({ settings: parsed, clock, log: silentLog });
  const state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  const credentials = JSON.parse(await readFile(join(directory, "credentials.json"), "utf8"));
  const installation = JSON.parse(await readFile(join(directory, "installation.json"), "utf8"));
  const ca = await readFile(join(directory, "pki", "ca.pem"), "utf8");
  const { tenantId, subscriptionId } = installation as { tenantId: string; subscriptionId: string };
  const url = `https://127.0.0.1:${port}`;
  const tls = { tlsOptions: { ca } };
  const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
  const machineId = `${group}/providers/Microsoft.Compute/virtualMachines/web-1`;
  const hostId = "0b1c2d3e-0000-4000-8000-00000000000c";
  await recordMachine(state, {
    resourceId: machineId,
    hostId,
    heardAt: 0,
    location: "local",
    facts: null,
  });
  const credentialOf = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) =>
    new ClientSecretCredential(tenantId, clientId, clientSecret, {
      authorityHost: url,
      disableInstanceDiscovery: true,
      ...tls,
    });
  const tokenOf = async (pair: { clientId: string; clientSecret: string }): Promise<string> =>
    (await credentialOf(pair).getToken(`${url}/.default`)).token;
  let administrator = await tokenOf(credentials);
  const key = new StorageSharedKeyCredential(storeName, installation.storageKeys[0]);
  const blobs = new BlobServiceClient(
    `${url}/${storeName}`,
    newPipeline(key, { retryOptions: { maxTries: 1 }, ...tls }),
  );
  const lasting = new BlobServiceClient(
    `${url}/${storeName}?${lastingSas(key)}`,
    newPipeline(new AnonymousCredential(), { retryOptions: { maxTries: 1 }, ...tls }),
  );
  const call = (method: string, path: string, options: { token?: string; body?: unknown } = {}) =>
    send(`${url}${path}`, { method, ca, token: administrator, ...options });
  const storageId = `${group}/providers/Microsoft.Storage/storageAccounts/${storeName}`;
  const capturePath = (name: string): string =>
    `/subscriptions/${subscriptionId}/resourceGroups/${watcherGroup}/providers/Microsoft.Network/networkWatchers/${watcherName}/packetCaptures/${name}?${version}`;
  const bed = {
    directory,
    url,
    storageId,
    state,
    clock,
    /** Days go by for the control plane; its tokens end with that, and clients get new ones. */
    advanceDays: async (days: number): Promise<void> => {
      clock.advance(days * 86_400_000);
      administrator = await tokenOf(credentials);
    },
    call,
    blobs,
    arm: new NetworkManagementClient(credentialOf(credentials), subscriptionId, {
      endpoint: url,
      ...tls,
    }),
    responderToken: async () =>
      tokenOf(JSON.parse(await readFile(join(directory, "responder.json"), "utf8"))),
    /** The token of a client with these roles in the subscription. */
    tokenWith: async (...roleNames: string[]): Promise<string> => {
      const displayName = `${roleNames.join(" ")} ${crypto.randomUUID().slice(0, 8)}`;
      const made = await call("POST", "/nightcap/servicePrincipals", { body: { displayName } });
      const { appId, password } = made.body as { appId: string; password: string };
      const scope = `/subscriptions/${subscriptionId}`;
      for (const roleName of roleNames) {
        const role = findRole(roleName);
        if (!role) throw new Error(`no role ${roleName}`);
        await grantRole(state, { principalId: appId, role, scope, now: Date.now() });
      }
      return tokenOf({ clientId: appId, clientSecret: password });
    },
    show: async (name: string) => {
      const { body } = await call("GET", capturePath(name));
      return (body as { properties: { nightcap: Record<string, unknown> } }).properties.nightcap;
    },
    /** A capture whose recording is still to come. */
    create: async (name: string, properties: object = {}, token = administrator) => {
      const answer = await call("PUT", capturePath(name), {
        token,
        body: {
          properties: { target: machineId, storageLocation: { storageId }, ...properties },
        },
      });
      if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
      const { id } = answer.body as { id: string };
      const [session] = await sessionStore(state).findAll(id);
      if (!session) throw new Error(`no session of ${name}`);
      return { id, sessionId: session.spec.sessionId, storagePath: session.storagePath };
    },
    blobAt: (storagePath: string): BlockBlobClient => {
      const [container = "", ...rest] = storagePath.split(`/${storeName}/`)[1]?.split("/") ?? [];
      return lasting
        .getContainerClient(container)
        .getBlockBlobClient(rest.map(decodeURIComponent).join("/"));
    },
    /** What the host and the inspection say of a recording that has ended, with its file. */
    finish: async (
      made: { sessionId: string; storagePath: string },
      content: Uint8Array,
    ): Promise<BlockBlobClient> => {
      const blob = bed.blobAt(made.storagePath);
      await blob.uploadData(content);
      const sha256 = createHash("sha256").update(content).digest("hex");
      const sizeBytes = content.length;
      await sessionStore(state).update(made.sessionId, (session) => ({
        dueAt: null,
        session: {
          ...session,
          observed: finished(made.sessionId, { sha256, sizeBytes }),
          result: { sha256Verified: true, reportPath: null, packets: 1 },
        },
      }));
      return blob;
    },
    /** A recording that has ended, of so many bytes. */
    record: async (
      name: string,
      sizeBytes: number,
      properties: object = {},
      token = administrator,
    ) => {
      const made = await bed.create(name, properties, token);
      const blob = await bed.finish(made, Buffer.alloc(sizeBytes, name));
      return { ...made, blob };
    },
    counters: async (name: string): Promise<string[]> => {
      const { text } = await send(`${url}/metrics`, { method: "GET", ca });
      return text.split("\n").filter((line) => line.startsWith(name));
    },
    close: async () => {
      await state.close();
      await plane.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return bed;
}

/** Whatever the control plane's clock says: a shared key's date would be refused after some days. */
function lastingSas(key: StorageSharedKeyCredential): string {
  const expiresOn = new Date(Date.now() + 1_000 * 86_400_000);
  return generateAccountSASQueryParameters(
    {
      services: "b",
      resourceTypes: "sco",
      permissions: AccountSASPermissions.parse("racwdli"),
      expiresOn,
    },
    key,
  ).toString();
}

function send(
  url: string,
  options: { method: string; ca: string; token?: string; body?: unknown },
): Promise<{ status: number; text: string; body: unknown }> {
  const { method, ca, token, body } = options;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, { method, ca, headers, agent: false }, (answer) => {
      buffer(answer).then((bytes) => resolve(readAnswer(answer, bytes.toString())), reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function readAnswer({ statusCode = 0, headers }: IncomingMessage, text: string) {
  const isJson = headers["content-type"]?.includes("json");
  return { status: statusCode, text, body: isJson ? (JSON.parse(text) as unknown) : null };
}
