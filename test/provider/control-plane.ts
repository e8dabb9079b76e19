// The control plane's REST edge over a real https server, with a host that the test itself plays.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ComputeManagementClient } from "@azure/arm-compute";
import { NetworkManagementClient } from "@azure/arm-network";
import { ClientSecretCredential } from "@azure/identity";
import { request as httpsRequest } from "node:https";
import type { CaptureObservation } from "../../src/capture/session.ts";
import { type Clock, systemClock } from "../../src/common/clock.ts";
import { NightcapError } from "../../src/common/errors.ts";
import { silentLog } from "../../src/common/log.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { openLogQueries } from "../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import type { HostAnswer, HostQuestion } from "../../src/diagnosis/question.ts";
import { openCertificateAuthority } from "../../src/pki/certificate-authority.ts";
import { findRole } from "../../src/provider/authorization/built-in-roles.ts";
import { grantRole } from "../../src/provider/authorization/grants.ts";
import { createArmKernel } from "../../src/provider/kernel/arm-kernel.ts";
import { createAudit } from "../../src/provider/kernel/audit.ts";
import { createCaptureReconciler } from "../../src/provider/captures/capture-reconciler.ts";
import type { AgentCommandLike } from "../../src/provider/captures/capture-session.ts";
import {
  ensureStorageAccount,
  ensureSubscription,
  recordMachine,
} from "../../src/provider/compute/machines.ts";
import { providerOperations } from "../../src/provider/operations.ts";
import { startHttpServer } from "../../src/server/http-server.ts";
import { createLogsApi } from "../../src/server/logs-api.ts";
import { createIdentity } from "../../src/server/identity/identity.ts";
import { keySetPath } from "../../src/server/identity/key-set.ts";
import { createMetricQuery } from "../../src/metric/query.ts";
import { metricArchiveSettings, openMetricArchive } from "../../src/state/metric-archive.ts";
import type { StorageParts } from "../../src/provider/storage/account-secrets.ts";
import { openAccountSecrets } from "../../src/server/account-secrets.ts";
import { openState, type State } from "../../src/state/state.ts";
import { openBlobStore } from "../../src/storage/blob-store.ts";
import { capturePath } from "../../src/storage/capture-path.ts";
import {
  tenantId,
  subscriptionId,
  hostId,
  machineId,
  accountId,
  blobEndpoint,
  group,
} from "./names.ts";

export * from "./names.ts";

/** A clock that the test moves; `sleep` is not used here. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

export function makeTestClock(): TestClock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
    advance: (milliseconds) => void (offset += milliseconds),
  };
}

/** The agents' side: records commands; the test decides what the host then says. */
export function makeHost() {
  const commands: AgentCommandLike[] = [];
  const host = {
    connected: true,
    commands,
    /** What to do at a command; by default nothing. */
    onCommand: (_command: AgentCommandLike, _hostId: string): void => {},
    /** What the host answers when it is asked; by default it is not there. */
    onQuestion: async (_question: HostQuestion): Promise<HostAnswer> => {
      throw new NightcapError("VMAgentStatusCommunicationError", "the agent is not connected");
    },
    isConnected: () => host.connected,
    send: (toHostId: string, command: AgentCommandLike) => {
      commands.push(command);
      host.onCommand(command, toHostId);
    },
  };
  return host;
}

export function observation(
  sessionId: string,
  change: Partial<CaptureObservation> = {},
): CaptureObservation {
  return {
    sessionId,
    revision: 1,
    status: "Running",
    stopReason: null,
    errors: [],
    captureStartTime: "2026-11-21T04:00:00.000Z",
    captureEndTime: null,
    packets: 0,
    packetsDropped: 0,
    sizeBytes: 0,
    sha256: null,
    phase: "recording",
    filePath: null,
    uploaded: false,
    ...change,
  };
}

export const finished = (sessionId: string, change: Partial<CaptureObservation> = {}) =>
  observation(sessionId, {
    revision: 9,
    status: "Stopped",
    stopReason: "TimeExceeded",
    phase: "finished",
    captureEndTime: "2026-11-21T04:00:05.000Z",
    uploaded: true,
    sha256: "ab".repeat(32),
    ...change,
  });

const facts = {
  hostName: "web-1",
  operatingSystem: "Debian GNU/Linux 12",
  kernelRelease: "6.1.0",
  cpuCount: 2,
  memoryBytes: 1 << 30,
  networkNamespace: null,
  dumpcapVersion: "Dumpcap 4.0.17",
  interfaces: [
    { name: "lo", index: 1, macAddress: "00:00:00:00:00:00", up: true, addresses: [] },
    {
      name: "eth0",
      index: 2,
      macAddress: "02:00:00:00:00:01",
      up: true,
      addresses: [{ address: "192.0.2.4", prefixLength: 24 }],
    },
  ],
};

/** A further host, or news of one; its id is made from its name. */
export async function recordHost(
  state: State,
  { name, scaleSet = null }: { name: string; scaleSet?: string | null },
): Promise<{ hostId: string; machineId: string }> {
  const resourceId = `${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
  const id = resourceId === machineId ? hostId : `host-${name}`;
  await recordMachine(state, {
    resourceId,
    hostId: id,
    facts: { ...facts, hostName: name, scaleSet },
    heardAt: Date.now(),
    location: "local",
  });
  return { hostId: id, machineId: resourceId };
}

export const makeDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), "nightcap-arm-"));

/** What `tryAccount` of the bed says of an account: it is good, or why it is not. */
export const accountTrial: { failure: string | null } = { failure: null };

async function makeStorageParts(directory: string): Promise<StorageParts> {
  const secrets = await openAccountSecrets(directory, ["a2V5", "a2V5Mg=="]);
  const store = {
    kind: "directory",
    directory: join(directory, "store"),
    freeBytesMin: 0,
  } as const;
  return {
    embedded: {
      name: "captures",
      blobEndpoint,
      keys: () => secrets.embeddedKeys(),
      regenerateKey: (index) => secrets.regenerateKey(index),
      store: await openBlobStore(store),
    },
    registered: secrets.registered,
    async tryAccount() {
      if (accountTrial.failure) throw new NightcapError("InvalidParameter", accountTrial.failure);
    },
  };
}

/** Two RSA keys cost a fifth of a second: those of the first control plane of this process serve all. */
let tokenKeys: string | undefined;
async function lendTokenKeys(directory: string): Promise<void> {
  const hasOwn = (await readdir(directory)).some((name) => name.startsWith("token-key"));
  if (tokenKeys === undefined || hasOwn) return;
  await writeFile(keySetPath(directory), tokenKeys, { mode: 0o600 });
}

/** Starts the edge over `directory`; the same directory again is a restart. */
export async function startControlPlane(options: {
  directory: string;
  clock?: TestClock;
  sessionCountMax?: number;
  port?: number;
  /** Makes keys of its own, as each installation does. */
  ownTokenKeys?: boolean;
  /** Where flows are; none unless told. */
  engine?: FlowEngine;
  logSettings?: object;
}) {
  const { directory } = options;
  const clock = options.clock ?? makeTestClock();
  const host = makeHost();
  const state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  const archive = openMetricArchive({
    path: join(directory, "metrics.db"),
    settings: metricArchiveSettings.parse({}),
    clock,
    log: silentLog,
  });
  const authority = await openCertificateAuthority({ directory, clock });
  const { keyPem, certificatePem } = await authority.issueServer(["127.0.0.1", "localhost"]);
  const baseUrl = (request: Request): string => new URL(request.url).origin;
  if (!options.ownTokenKeys) await lendTokenKeys(directory);
  const identity = await createIdentity({
    directory,
    state,
    clock,
    log: silentLog,
    tenantId,
    baseUrl,
    audiences: [],
    addressOf: () => null,
  });
  tokenKeys ??= await readFile(keySetPath(directory), "utf8");
  await ensureSubscription(state, { tenantId, subscriptionId, displayName: "Nightcap" });
  await recordMachine(state, {
    resourceId: machineId,
    hostId,
    facts,
    heardAt: clock.now(),
    location: "local",
  });
  await ensureStorageAccount(state, { id: accountId, location: "local", blobEndpoint });
  const abort = new AbortController();
  const reconciler = createCaptureReconciler({
    state,
    agents: host,
    clock,
    log: silentLog,
    makeUploadUrl: ({ storagePath }) => `${storagePath}?sig=secret`,
  });
  const reconcile = (): Promise<void> => reconciler.reconcile(abort.signal);
  const audit = createAudit(state);
  const storage = await makeStorageParts(directory);
  const queries = openLogQueries({
    engine: async () => {
      if (options.engine) return options.engine;
      throw new NightcapError("ServiceUnavailable", "there is no engine");
    },
    settings: logQuerySettings.parse(options.logSettings ?? {}),
  });
  const operations = providerOperations({
    tenantId,
    location: "local",
    audit,
    askHost: (_hostId, question) => host.onQuestion(question),
    metrics: createMetricQuery(archive),
    captures: {
      agents: host,
      sessionCountMax: options.sessionCountMax ?? 100,
      makeStoragePath: ({ blobEndpoint: endpoint, targetId, time }) =>
        `${endpoint}${capturePath(targetId, time)}`,
      onChanged: () => {},
    },
    storage,
    flowLogs: { isConnected: () => host.connected, progressOf: () => null, onChanged: () => {} },
    checkQuery: async (text) => (await queries.translate({ text, nowMs: clock.now() })).columns,
    onInsightsChanged: () => {},
  });
  const kernel = createArmKernel({
    state,
    operations,
    clock,
    log: silentLog,
    baseUrl,
    audit,
    location: "local",
    authenticate: (request) => identity.authenticate(request),
  });
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: options.port ?? 0,
    tls: { key: keyPem, cert: certificatePem, ca: authority.certificatePem },
    handlers: [
      (request) => identity.handle(request),
      createLogsApi({
        identity,
        state,
        queries,
        audit,
        clock,
        log: silentLog,
        subscription: `/subscriptions/${subscriptionId}`,
      }),
      kernel,
    ],
    plain: { "/healthz": async () => new Response("ok") },
    log: silentLog,
  });
  const createClient = async (
    name: string,
    roleName: string | null,
    scope = `/subscriptions/${subscriptionId}`,
  ) => {
    const client = await identity.createClient(name);
    const role = roleName === null ? null : findRole(roleName);
    if (role) {
      const principalId = client.clientId;
      await grantRole(state, { principalId, role, scope, now: clock.now() });
    }
    return client;
  };
  const base = `https://127.0.0.1:${server.port}`;
  const ca = authority.certificatePem;
  return {
    base,
    ca,
    port: server.port,
    clock,
    host,
    state,
    archive,
    audit,
    operations,
    identity: { ...identity, createClient: (name: string) => createClient(name, "Owner") },
    /** A client with one role at one scope, or with none. */
    createClient,
    reconciler,
    reconcile,
    raw: makeRaw({ port: server.port, ca }),
    clients: (secret: { clientId: string; secret: string }) => makeClients(base, ca, secret),
    async close() {
      abort.abort();
      await server.close();
      await queries.close();
      await archive.close();
      await state.close();
    },
  };
}

export type ControlPlane = Awaited<ReturnType<typeof startControlPlane>>;

function makeClients(
  base: string,
  ca: string,
  { clientId, secret }: { clientId: string; secret: string },
) {
  const tls = { tlsOptions: { ca } };
  const credential = new ClientSecretCredential(tenantId, clientId, secret, {
    authorityHost: base,
    disableInstanceDiscovery: true,
    ...tls,
  });
  return {
    credential,
    network: new NetworkManagementClient(credential, subscriptionId, { endpoint: base, ...tls }),
    compute: new ComputeManagementClient(credential, subscriptionId, {
      endpoint: base,
      credentials: { scopes: [`${base}/.default`] },
      ...tls,
    }),
  };
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

/** A request with exactly this path: `fetch` would tidy it. */
function makeRaw({ port, ca }: { port: number; ca: string }) {
  return (
    method: string,
    path: string,
    options: {
      token?: string;
      body?: unknown;
      text?: string;
      headers?: Record<string, string>;
    } = {},
  ): Promise<RawAnswer> =>
    new Promise((resolve, reject) => {
      const text = options.text ?? (options.body === undefined ? "" : JSON.stringify(options.body));
      const headers = {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        "content-length": String(Buffer.byteLength(text)),
        ...options.headers,
      };
      const outgoing = httpsRequest(
        { host: "127.0.0.1", port, ca, method, path, headers, agent: false },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("end", () => {
            const said = Buffer.concat(chunks).toString("utf8");
            const isJson = incoming.headers["content-type"]?.includes("json");
            const body: unknown = isJson ? JSON.parse(said) : said;
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });
}

export const removeDirectory = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true });
