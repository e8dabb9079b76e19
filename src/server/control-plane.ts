import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../common/clock.ts";
import { secretDirectoryMode, writeFileAtomic } from "../common/files.ts";
import { type Closable, Lifecycle } from "../common/lifecycle.ts";
import { holdLock } from "../common/lock-file.ts";
import type { Log } from "../common/log.ts";
import { startAlerting } from "./alerting.ts";
import { listenForCertificates } from "./alert-sources.ts";
import { type FlowRulesOptions, startFlowRules } from "./alerts/flow-rules.ts";
import { openContext, type ServerContext, serverNames } from "./context.ts";
import { writeFirstCredentials } from "./first-credentials.ts";
import { type HttpServer } from "./http-server.ts";
import type { ServerSettings } from "./settings.ts";
import type { PasswordCost } from "./sign-in/password-hash.ts";
import { makeFirstLink } from "./sign-in/sign-in.ts";
import { openCore } from "./core.ts";
import { listen } from "./listen.ts";
import { startWork, type Work } from "./work.ts";

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
  const server = life.add(await listen(context, { core, work }, tls));
  life.add(context.events); // before the server, which waits for open answers to end
  await listenForCertificates(context, { door: work.responder.certificateHandler, tls }, life);
  addGauges(context, work, server);
  await writeFirstCredentials(context, core.identity, {
    url: work.responder.url,
    key: core.functionKeys.current(),
  });
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
      await writeFileAtomic(path, (await core.enrolment.invite(options)).token);
    },
    close: () => life.close(),
  };
}

const flowRuleOptions = (context: ServerContext): FlowRulesOptions => ({
  ...context,
  ...context.settings,
  actionGroups: context.settings.alerts.flowRuleActionGroups,
});

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

async function serverCertificate({ authority, settings }: ServerContext) {
  const { keyPem, certificatePem } = await authority.issueServer(serverNames(settings));
  return { key: keyPem, cert: certificatePem, ca: authority.certificatePem };
}
