import { deletePrincipal } from "../provider/authorization/assignment-store.ts";
import { alertPreviewRoutes } from "./alert-previews/alert-previews-api.ts";
import { createArm } from "./arm.ts";
import { alertIncidentRoutes } from "./alert-incidents.ts";
import { alertLifeRoutes } from "./alert-life-api.ts";
import { auditRoutes } from "./audit-api.ts";
import { blockRoutes } from "./blocks/blocks-api.ts";
import { createCaptureFiles } from "./capture-files.ts";
import type { ServerContext } from "./context.ts";
import { drillRoutes } from "./drills/drills-api.ts";
import { encryptionRoutes } from "./encryption/encryption-api.ts";
import { extendRoutes } from "./captures/extend-api.ts";
import { expectationRoutes } from "./expectations/expectations-api.ts";
import { gatewayCapacityRoutes } from "./flows-views/gateway-capacities.ts";
import { explainRoutes } from "./flows-views/explain-api.ts";
import { reportLinkRoutes } from "./results/report-link-routes.ts";
import { previewRoutes } from "./previews/preview-api.ts";
import { writeFirstCredentials } from "./first-credentials.ts";
import { functionKeyRoutes } from "./function-keys/function-keys-api.ts";
import { createEventsApi } from "./events/events-api.ts";
import { feedRoutes } from "./feeds/feeds-api.ts";
import { healthEndpoints } from "./health.ts";
import { identityRoutes } from "./identity/identity-api.ts";
import { incidentRoutes } from "./incidents.ts";
import { hostRoutes } from "./hosts/hosts-api.ts";
import { joinRoutes } from "./hosts/join-api.ts";
import { queryCheckRoutes } from "./logs/check-api.ts";
import { logTableRoutes } from "./logs/tables-api.ts";
import { createLogsApi } from "./logs-api.ts";
import { createGuard, type Guard } from "./nightcap-access.ts";
import { createNightcapApi } from "./nightcap-api.ts";
import { notificationRoutes } from "./notifications-api.ts";
import { openApiRoute } from "./openapi/openapi-api.ts";
import { otherRoutes } from "./openapi/other-routes.ts";
import type { ApiRoute } from "./openapi/route.ts";
import { packetRoutes } from "./packets/packets-api.ts";
import { mountHandlers } from "./routes.ts";
import { createStorageTokens } from "./storage-tokens.ts";
import { troubleRoutes } from "./troubles/troubles-api.ts";
import { withSignIn } from "./sign-in/with-sign-in.ts";
import { userRoutes } from "./sign-in/users-api.ts";
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
    web: await createWebFiles(undefined, () => work.books.warm()),
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

/** All below `/nightcap/`, with a document about itself. */
function nightcapOf(context: ServerContext, parts: Parts, guard: Guard) {
  const own = [...routesOf(context, parts), ...otherRoutes];
  const routes = [...own, openApiRoute(own, context.baseUrl)];
  return createNightcapApi({ routes, guard });
}

function routesOf(context: ServerContext, { core, work }: Parts): ApiRoute[] {
  const { state, clock, log, baseUrl } = context;
  const { identity, audit, enrolment, hosts, metrics, signIn, storage } = core;
  const tokens = createStorageTokens(context, identity);
  const beforeDelete = (clientId: string): Promise<void> => deletePrincipal(state, clientId);
  const resourceIdOf = (name: string): string => hosts.resourceIdOf(name);
  const onHostRemoved = async (hostId: string): Promise<void> => {
    metrics.forget(hostId);
    await work.hostStates.forget(hostId);
  };
  return [
    ...joinRoutes({ enrolment, hosts, baseUrl, clock }),
    ...hostRoutes({ ...context, hostStates: work.hostStates, hosts, onHostRemoved }),
    ...identityRoutes({ identity, clock, log, beforeDelete }),
    ...userRoutes(signIn),
    ...auditRoutes(audit),
    ...alertLifeRoutes({ state, findJob: (...alert) => work.responder.findJob(...alert) }),
    ...alertIncidentRoutes(state),
    ...alertPreviewRoutes({ ...context, metrics, queries: work.logQueries }),
    ...incidentRoutes(context, work.notifications.outbox),
    ...expectationRoutes({ ...context, resourceIdOf }),
    ...drillRoutes(work.drills),
    ...troubleRoutes({ state, clock, ...work }),
    ...notificationRoutes(work.notifications, log),
    ...work.flowViews.routes,
    ...queryCheckRoutes(work.logQueries),
    ...logTableRoutes(() => work.logQueries.engine()),
    ...gatewayCapacityRoutes(context),
    ...explainRoutes(() => work.flows.trafficData()),
    ...feedRoutes(work.flows.feeds),
    ...work.evidence.routes,
    ...work.retention.routes,
    ...encryptionRoutes(work.encryption),
    ...functionKeyRoutes({
      ...context,
      keys: core.functionKeys,
      url: work.responder.url,
      onRotated: () =>
        writeFirstCredentials(context, identity, {
          url: work.responder.url,
          key: core.functionKeys.current(),
        }),
    }),
    ...packetRoutes({
      ...context,
      store: storage.store,
      books: work.books,
      records: core.evidenceLog.records,
      addressOf: (request) => core.addresses.addressOf(request),
      allows: (...asked) => tokens.allows(...asked),
    }),
    ...blockRoutes({ ...context, blocks: work.blocks, resourceIdOf }),
    ...reportLinkRoutes({ state, clock, linkTo: (...of) => work.results.linkTo(...of) }),
    ...extendRoutes({
      ...context,
      hub: work.agents.hub,
      onExtended: (captureId, extended) => work.responder.extended(captureId, extended),
      wake: () => work.agents.wake(),
    }),
    ...previewRoutes({ state, hub: work.agents.hub, usage: () => work.retention.usage() }),
  ];
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
