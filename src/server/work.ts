import { Lifecycle } from "../common/lifecycle.ts";
import { startAgents } from "./agents.ts";
import { openBlocks } from "./blocks/blocks.ts";
import { type ServerContext } from "./context.ts";
import { createDrills } from "./drills/drills.ts";
import { startEncryption } from "./encryption/encryption.ts";
import { tellAway } from "./events/tell-away.ts";
import { openEvidence } from "./evidence/evidence.ts";
import { openFlows } from "./flows/flows.ts";
import { createViewsApi } from "./flows-views/views-api.ts";
import { openHostStates } from "./hosts/host-states.ts";
import { openControlPlaneQueries } from "./log-queries.ts";
import { openNotifications } from "./notifications.ts";
import { createOpenBooks } from "./packets/open-books.ts";
import { openResponder } from "./responder.ts";
import { openRetention } from "./retention/retention.ts";
import { startResults } from "./results/results.ts";
import type { Core } from "./core.ts";

/** What acts: the responder, the agents with their captures, and the reports. */
export async function startWork(context: ServerContext, core: Core, life: Lifecycle) {
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
  const hostStates = life.add(
    await openHostStates({
      ...context,
      hosts,
      publish: (subject) => context.events.publish(subject),
    }),
  );
  const agents = life.add(
    startAgents(context, {
      blocks,
      enrolment,
      hosts,
      hostStates,
      metrics,
      flows,
      makeUploadUrl: (path) => storage.makeUploadUrl(path),
      onChanged: ({ spec }) => results.wake(spec.sessionId),
      onAway: (hostId) => void tellAway(context, hostId),
    }),
  );
  const books = life.add(
    createOpenBooks({
      store: storage.store,
      indexOf: (sessionId) => results.packetsOf(sessionId),
      clock: context.clock,
    }),
  );
  const drills = life.add(createDrills({ ...context, directory: context.settings.directory }));
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
    books,
    encryption,
    evidence,
    notifications,
    results,
    retention,
    agents,
    blocks,
    drills,
    flows,
    hostStates,
    logQueries,
    flowViews,
  };
}

/** Those parts, at work. */
export type Work = Awaited<ReturnType<typeof startWork>>;
