import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../common/clock.ts";
import { secretDirectoryMode, writeFileAtomic } from "../common/files.ts";
import { type Closable, Lifecycle } from "../common/lifecycle.ts";
import { holdLock } from "../common/lock-file.ts";
import type { Log } from "../common/log.ts";
import { deletePrincipal } from "../provider/authorization/assignment-store.ts";
import { createAudit } from "../provider/kernel/audit.ts";
import { forgetLostAccounts, openAccountSecrets } from "./account-secrets.ts";
import { startAgents } from "./agents.ts";
import { startAlerting } from "./alerting.ts";
import { listenForCertificates } from "./alert-sources.ts";
import { type FlowRulesOptions, startFlowRules } from "./alerts/flow-rules.ts";
import { createArm } from "./arm.ts";
import { openBlocks } from "./blocks/blocks.ts";
import { createBlocksApi } from "./blocks/blocks-api.ts";
import { createCaptureFiles } from "./capture-files.ts";
import { ensureResources, openContext, type ServerContext, serverNames } from "./context.ts";
import { startEncryption } from "./encryption/encryption.ts";
import { createEncryptionApi } from "./encryption/encryption-api.ts";
import { createEnrolment } from "./enrolment.ts";
import { createEventsApi } from "./events/events-api.ts";
import { tellAway } from "./events/tell-away.ts";
import { openEvidence, openEvidenceLog } from "./evidence/evidence.ts";
import { openFlows } from "./flows/flows.ts";
import { createViewsApi } from "./flows-views/views-api.ts";
import { writeFirstCredentials } from "./first-credentials.ts";
import { healthEndpoints } from "./health.ts";
import { createHosts } from "./hosts.ts";
import { type HttpServer, startHttpServer } from "./http-server.ts";
import { createIdentityApi } from "./identity/identity-api.ts";
import { createIncidentsApi } from "./incidents.ts";
import { createIdentity } from "./identity/identity.ts";
import { openControlPlaneQueries } from "./log-queries.ts";
import { createLogsApi } from "./logs-api.ts";
import { openMetrics } from "./metrics.ts";
import { createGuard } from "./nightcap-access.ts";
import { createNightcapApi } from "./nightcap-api.ts";
import { openNotifications } from "./notifications.ts";
import { createNotificationsApi } from "./notifications-api.ts";
import { openResponder } from "./responder.ts";
import { openRetentionGuard } from "./retention/guard.ts";
import { openRetention } from "./retention/retention.ts";
import { startResults } from "./results/results.ts";
import { clientBaseUrl, createAddressBook, mountHandlers } from "./routes.ts";
import type { ServerSettings } from "./settings.ts";
import type { PasswordCost } from "./sign-in/password-hash.ts";
import { createCookieIdentity, createSignIn, makeFirstLink } from "./sign-in/sign-in.ts";
import { withSignIn } from "./sign-in/with-sign-in.ts";
import { createUsersApi } from "./sign-in/users-api.ts";
import { createStorageTokens } from "./storage-tokens.ts";
import { openEmbeddedStorage } from "./storage.ts";
import { createWebFiles } from "./web/web-files.ts";

/** A token for the host that runs beside the control plane; its agent takes it within this time. */
const localTokenLifeMilliseconds = 10 * 60_000;

export interface ControlPlane extends Closable {
  /** `https://host:port` */
  readonly endpoint: string;
  /** A link for whoever is to be the first user; null when there is one already. */
  makeFirstLink(): Promise<string | null>;
  /** Leaves a token for an agent on this host in a file that only its owner can read. */
  writeJoinToken(path: string): Promise<void>;
}

export interface ControlPlaneOptions {
  settings: ServerSettings;
  clock: Clock;
  log: Log;
  /** What hashing a password costs; less than usual only in tests. */
  passwordCost?: PasswordCost;
}

/** The control plane: ARM, tokens, storage, alerts, responder and agents, on one port. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { directory } = options.settings;
  await mkdir(directory, { recursive: true, mode: secretDirectoryMode });
  const life = new Lifecycle();
  try {
    life.add(await holdLock(join(directory, "server.lock"), `state folder ${directory}`));
    return await startParts(await openContext(options, life), life, options.passwordCost);
  } catch (error) {
    await life.close().catch(() => {});
    throw error;
  }
}

async function startParts(
  context: ServerContext,
  life: Lifecycle,
  passwordCost?: PasswordCost,
): Promise<ControlPlane> {
  const { state, authority, baseUrl, subscription, clock, log } = context;
  const core = await openCore(context, life, passwordCost);
  const work = await startWork(context, core, life);
  const tls = await serverCertificate(context);
  const server = life.add(await listen(context, { core, work, tls }));
  life.add(context.events); // before the server, which waits for open answers to end
  await listenForCertificates(context, { door: work.responder.certificateHandler, tls }, life);
  addGauges(context, work, server);
  await writeFirstCredentials(context, core.identity, work.responder);
  life.add(
    startAlerting({
      state,
      metrics: core.metrics,
      queries: work.logQueries,
      settings: context.settings.alerts,
      baseUrl,
      subscription,
      certificateAuthorityPem: authority.certificatePem,
      processMetrics: context.metrics,
      clock,
      log,
    }),
  );
  if (context.settings.alerts.flowRules) life.add(startFlowRules(flowRuleOptions(context)));
  work.responder.start();
  log.info({ endpoint: baseUrl }, "control plane is ready");
  return {
    endpoint: baseUrl,
    makeFirstLink: () => makeFirstLink(core.signIn),
    writeJoinToken: async (path) => {
      const lifeMilliseconds = localTokenLifeMilliseconds;
      const options = { baseUrl, lifeMilliseconds, replaces: true };
      await writeFileAtomic(path, await core.enrolment.createToken(options));
    },
    close: () => life.close(),
  };
}

const flowRuleOptions = (context: ServerContext): FlowRulesOptions => ({
  ...context,
  ...context.settings,
  actionGroups: context.settings.alerts.flowRuleActionGroups,
});

/** What the other parts stand on: the store, who may come in, the hosts and their metrics. */
async function openCore(context: ServerContext, life: Lifecycle, passwordCost?: PasswordCost) {
  const { settings, state, installation, authority, baseUrl, subscription, clock, log } = context;
  const { directory, resourceGroup, location } = settings;
  const addresses = createAddressBook();
  const cookieIdentity = createCookieIdentity(context);
  const identity = await createIdentity({
    directory,
    state,
    clock,
    log,
    tenantId: installation.tenantId,
    baseUrl: clientBaseUrl,
    audiences: [`${baseUrl}/`],
    addressOf: (request) => addresses.addressOf(request),
    cookieCaller: (request) => cookieIdentity.cookies.caller(request),
  });
  const evidenceLog = life.add(await openEvidenceLog(context));
  const guard = await openRetentionGuard(state, settings.retention);
  const secrets = await openAccountSecrets(directory, installation.storageKeys);
  const storage = life.add(
    await openEmbeddedStorage({
      directory,
      baseUrl,
      secrets,
      remoteAddress: (request) => addresses.addressOf(request),
      tokens: createStorageTokens(context, identity),
      accesses: evidenceLog.records.blobs,
      keys: context.keys?.ring ?? null,
      guard,
      clock,
      log,
    }),
  );
  await ensureResources(context, storage.blobEndpoint);
  await forgetLostAccounts(state, secrets.registered);
  const metrics = life.add(openMetrics({ directory, processMetrics: context.metrics, clock, log }));
  const hosts = createHosts({ state, subscription, resourceGroup, location, clock });
  const enrolment = createEnrolment({
    authority,
    state,
    clock,
    resourceIdOf: (name) => hosts.resourceIdOf(name),
    onEnrolled: (host) => hosts.enrolled(host),
  });
  const audit = createAudit(state);
  const signIn = createSignIn(context, {
    ...cookieIdentity,
    audit,
    passwordCost,
    addressOf: (request) => addresses.addressOf(request),
    tokenCaller: (request) => identity.authenticate(request),
  });
  return {
    addresses,
    evidenceLog,
    guard,
    secrets,
    storage,
    identity,
    signIn,
    audit,
    metrics,
    hosts,
    enrolment,
  };
}

type Core = Awaited<ReturnType<typeof openCore>>;

/** What acts: the responder, the agents with their captures, and the reports. */
async function startWork(context: ServerContext, core: Core, life: Lifecycle) {
  const { storage, enrolment, hosts, metrics } = core;
  const notifications = life.add(await openNotifications(context));
  const responder = life.add(await openResponder(context, { ...core, notifications }));
  const retention = life.add(
    await openRetention(context, {
      ...core,
      isAlertClient: (clientId) => clientId === responder.clientId,
      addressOf: (request) => core.addresses.addressOf(request),
    }),
  );
  const logQueries = life.add(openControlPlaneQueries(context));
  const evidence = life.add(
    openEvidence(context, {
      evidenceLog: core.evidenceLog,
      storage,
      requester: responder,
      addressOf: (request) => core.addresses.addressOf(request),
    }),
  );
  const results = life.add(
    startResults(context, {
      storage,
      requester: responder,
      queries: logQueries,
      factsOf: (addresses) => flows.factsOf(addresses),
      onResult: (sessionId) => evidence.inspected(sessionId),
      onView: (request, view) => evidence.viewed(request, view),
    }),
  );
  const engine = () => logQueries.engine();
  const flowViews = life.add(createViewsApi({ ...context, queries: logQueries, engine }));
  const flows = life.add(await openFlows(context, storage, () => flowViews.rowsWritten()));
  const blocks = life.add(openBlocks(context));
  const agents = life.add(
    startAgents(context, {
      blocks,
      enrolment,
      hosts,
      metrics,
      flows,
      makeUploadUrl: (path) => storage.makeUploadUrl(path),
      onChanged: ({ spec }) => results.wake(spec.sessionId),
      onAway: (hostId) => void tellAway(context, hostId),
    }),
  );
  const encryption = life.add(
    startEncryption({
      keys: context.keys,
      store: storage.store.encryption,
      parts: [flows.sealed, results.sealed],
      log: context.log,
    }),
  );
  return {
    responder,
    encryption,
    evidence,
    notifications,
    results,
    retention,
    agents,
    blocks,
    flows,
    logQueries,
    flowViews,
  };
}

type Work = Awaited<ReturnType<typeof startWork>>;

async function listen(
  context: ServerContext,
  { core, work, tls }: { core: Core; work: Work; tls: Tls },
): Promise<HttpServer> {
  const { settings, state, log } = context;
  const { identity, audit, enrolment, storage, hosts, metrics } = core;
  const { agents, flows, responder, results } = work;
  const guard = createGuard(context, {
    audit,
    authenticate: (request) => identity.authenticate(request),
    addressOf: (request) => core.addresses.addressOf(request),
  });
  const nightcap = createNightcapApi({
    state,
    enrolment,
    hosts,
    baseUrl: context.baseUrl,
    guard,
    audit,
    identityApi: createIdentityApi({
      identity,
      clock: context.clock,
      log,
      beforeDelete: (clientId) => deletePrincipal(state, clientId),
    }),
    usersApi: createUsersApi(core.signIn),
    notificationsApi: createNotificationsApi(work.notifications, log),
    flowViews: (request) => work.flowViews.handle(request),
    incidentsApi: createIncidentsApi(context),
    evidence: (request, caller) => work.evidence.api(request, caller),
    blocksApi: createBlocksApi({
      ...context,
      blocks: work.blocks,
      resourceIdOf: (name) => hosts.resourceIdOf(name),
    }),
    encryptionApi: createEncryptionApi(work.encryption),
    retentionApi: (request, asking) => work.retention.api(request, asking),
    findJob: (ruleId, firedTime) => responder.findJob(ruleId, firedTime),
    onHostRemoved: (hostId) => metrics.forget(hostId),
    log,
  });
  const mounted = mountHandlers({
    identity,
    enrolment,
    captureFiles: createCaptureFiles({
      state,
      storage,
      onRemove: (session, blob) => work.evidence.removed(session, blob),
    }),
    agentAlerts: responder.agentAlerts,
    storage: storage.handler,
    reports: results.handler,
    responder: responder.handler,
    nightcap: await withSignIn(core.signIn, nightcap),
    events: createEventsApi({
      ...context,
      guard,
      callerOf: async (request) =>
        (await core.signIn.cookies.look(request))?.user ?? identity.authenticate(request),
    }),
    web: await createWebFiles(),
    logs: createLogsApi({
      ...context,
      identity,
      audit,
      queries: work.logQueries,
      counter: context.metrics.counter(
        "nightcap_logs_queries_total",
        "Queries of the logs API, by Azure's code of how they ended",
        ["outcome"],
      ),
    }),
    arm: createArm(context, {
      identity,
      audit,
      agents,
      flows,
      logQueries: work.logQueries,
      metrics,
      storage,
      secrets: core.secrets,
      captures: {
        isAlertCaller: ({ id }) => id === responder.clientId,
        onStored: (captures) => captures.forEach((each) => core.guard.note(each)),
      },
    }),
  });
  return startHttpServer({
    host: settings.host,
    port: settings.port,
    tls,
    handlers: [core.addresses.note, ...mounted],
    plain: healthEndpoints(state, context.metrics),
    onUpgrade: (request, socket, head) => agents.hub.upgrade(request, socket, head),
    log,
  });
}

function addGauges({ metrics }: ServerContext, { agents }: Work, server: HttpServer): void {
  metrics.gauge(
    "nightcap_uplink_agents_connected",
    "Agents that are connected now",
    () => agents.hub.connectedCount,
  );
  metrics.gauge(
    "nightcap_http_connections",
    "Connections that are open now",
    () => server.connectionCount,
  );
}

type Tls = Awaited<ReturnType<typeof serverCertificate>>;

async function serverCertificate({ authority, settings }: ServerContext) {
  const { keyPem, certificatePem } = await authority.issueServer(serverNames(settings));
  return { key: keyPem, cert: certificatePem, ca: authority.certificatePem };
}
