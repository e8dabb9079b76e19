import { deletePrincipal } from "../provider/authorization/assignment-store.ts";
import { createArm } from "./arm.ts";
import { createBlocksApi } from "./blocks/blocks-api.ts";
import { createCaptureFiles } from "./capture-files.ts";
import type { ServerContext } from "./context.ts";
import { createEncryptionApi } from "./encryption/encryption-api.ts";
import { createEventsApi } from "./events/events-api.ts";
import { healthEndpoints } from "./health.ts";
import { createIdentityApi } from "./identity/identity-api.ts";
import { createIncidentsApi } from "./incidents.ts";
import { createLogsApi } from "./logs-api.ts";
import { createGuard, type Guard } from "./nightcap-access.ts";
import { createNightcapApi } from "./nightcap-api.ts";
import { createNotificationsApi } from "./notifications-api.ts";
import { mountHandlers } from "./routes.ts";
import { withSignIn } from "./sign-in/with-sign-in.ts";
import { createUsersApi } from "./sign-in/users-api.ts";
import { createWebFiles } from "./web/web-files.ts";
import type { Core } from "./core.ts";
import type { Work } from "./work.ts";
import {
  type HttpServer,
  type HttpServerOptions,
  type MountedHandler,
  startHttpServer,
} from "./http-server.ts";

interface Parts {
  core: Core;
  work: Work;
}

/** The one port: who asks, which part answers, and what may be asked without a name. */
export async function listen(
  context: ServerContext,
  parts: Parts,
  tls: HttpServerOptions["tls"],
): Promise<HttpServer> {
  const { settings, state, metrics, log } = context;
  const { addresses } = parts.core;
  const { hub } = parts.work.agents;
  return startHttpServer({
    host: settings.host,
    port: settings.port,
    tls,
    handlers: [addresses.note, ...(await handlersOf(context, parts))],
    plain: healthEndpoints(state, metrics),
    onUpgrade: (request, socket, head) => hub.upgrade(request, socket, head),
    log,
  });
}

async function handlersOf(context: ServerContext, parts: Parts): Promise<MountedHandler[]> {
  const { core, work } = parts;
  const { identity, audit, enrolment, storage, addresses } = core;
  const { agents, flows, responder, results } = work;
  const guard = createGuard(context, {
    audit,
    authenticate: (request) => identity.authenticate(request),
    addressOf: (request) => addresses.addressOf(request),
  });
  return mountHandlers({
    identity,
    enrolment,
    captureFiles: createCaptureFiles({
      state: context.state,
      storage,
      onRemove: (session, blob) => work.evidence.removed(session, blob),
    }),
    agentAlerts: responder.agentAlerts,
    storage: storage.handler,
    reports: results.handler,
    responder: responder.handler,
    nightcap: await withSignIn(core.signIn, nightcapOf(context, parts, guard)),
    events: createEventsApi({
      ...context,
      guard,
      callerOf: async (request) =>
        (await core.signIn.cookies.look(request))?.user ?? identity.authenticate(request),
    }),
    web: await createWebFiles(),
    logs: logsOf(context, parts),
    arm: createArm(context, {
      identity,
      audit,
      agents,
      flows,
      logQueries: work.logQueries,
      metrics: core.metrics,
      storage,
      secrets: core.secrets,
      captures: {
        isAlertCaller: ({ id }) => id === responder.clientId,
        onStored: (captures) => captures.forEach((each) => core.guard.note(each)),
      },
    }),
  });
}

/** All below `/nightcap/`. */
function nightcapOf(context: ServerContext, { core, work }: Parts, guard: Guard) {
  const { state, clock, log } = context;
  const { identity, audit, enrolment, hosts, metrics } = core;
  return createNightcapApi({
    state,
    enrolment,
    hosts,
    baseUrl: context.baseUrl,
    guard,
    audit,
    identityApi: createIdentityApi({
      identity,
      clock,
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
    findJob: (ruleId, firedTime) => work.responder.findJob(ruleId, firedTime),
    onHostRemoved: (hostId) => metrics.forget(hostId),
    log,
  });
}

const logsOf = (context: ServerContext, { core, work }: Parts): MountedHandler =>
  createLogsApi({
    ...context,
    identity: core.identity,
    audit: core.audit,
    queries: work.logQueries,
    counter: context.metrics.counter(
      "nightcap_logs_queries_total",
      "Queries of the logs API, by Azure's code of how they ended",
      ["outcome"],
    ),
  });
