import type { PacketCaptureOptions } from "../provider/captures/capture-options.ts";
import { type ArmKernel, createArmKernel } from "../provider/kernel/arm-kernel.ts";
import type { Audit } from "../provider/kernel/audit.ts";
import { providerOperations } from "../provider/operations.ts";
import type { AccountSecrets } from "./account-secrets.ts";
import type { Agents } from "./agents.ts";
import type { ServerContext } from "./context.ts";
import type { LogQueries } from "../logs/log-queries.ts";
import type { Flows } from "./flows/flows.ts";
import type { Identity } from "./identity/identity.ts";
import { storageAccountName } from "./installation.ts";
import { clientBaseUrl } from "./routes.ts";
import type { Metrics } from "./metrics.ts";
import type { EmbeddedStorage } from "./storage.ts";
import { tryAccount } from "./try-account.ts";

/** Azure Resource Manager as this control plane answers it. */
export function createArm(
  context: ServerContext,
  parts: {
    identity: Identity;
    audit: Audit;
    agents: Agents;
    flows: Flows;
    logQueries: LogQueries;
    metrics: Metrics;
    storage: EmbeddedStorage;
    secrets: AccountSecrets;
    /** What of captures is told to retention. */
    captures: Pick<PacketCaptureOptions, "isAlertCaller" | "onStored">;
  },
): ArmKernel {
  const { state, installation, settings, clock, log } = context;
  const { agents, secrets, storage } = parts;
  return createArmKernel({
    state,
    clock,
    log,
    operations: providerOperations({
      tenantId: installation.tenantId,
      location: settings.location,
      audit: parts.audit,
      askHost: (hostId, question) => agents.hub.ask(hostId, question),
      metrics: parts.metrics.query,
      captures: {
        agents: agents.hub,
        sessionCountMax: settings.sessionCountMax,
        makeStoragePath: (target) => storage.makeStoragePath(target),
        onChanged: () => agents.wake(),
        placeOf: (storagePath) => storage.addressOf(storagePath),
        ...parts.captures,
      },
      storage: {
        embedded: {
          name: storageAccountName,
          blobEndpoint: storage.blobEndpoint,
          keys: () => secrets.embeddedKeys(),
          regenerateKey: (index) => secrets.regenerateKey(index),
          store: storage.store,
        },
        registered: secrets.registered,
        tryAccount: (account) => tryAccount(account, clock.now()),
      },
      flowLogs: parts.flows.parts,
      checkQuery: async (text) =>
        (await parts.logQueries.translate({ text, nowMs: clock.now() })).columns,
      onInsightsChanged: (resourceId) => log.debug({ resourceId }, "alert resource written"),
    }),
    baseUrl: clientBaseUrl,
    audit: parts.audit,
    location: settings.location,
    authenticate: (request) => parts.identity.authenticate(request),
  });
}
