import { Lifecycle } from "../common/lifecycle.ts";
import { createAudit } from "../provider/kernel/audit.ts";
import { forgetLostAccounts, openAccountSecrets } from "./account-secrets.ts";
import { ensureResources, type ServerContext } from "./context.ts";
import { createEnrolment } from "./enrolment.ts";
import { openEvidenceLog } from "./evidence/evidence.ts";
import { openFunctionKeys } from "./function-keys/function-keys.ts";
import { createHosts } from "./hosts/hosts.ts";
import { createIdentity } from "./identity/identity.ts";
import { openMetrics } from "./metrics.ts";
import { openRetentionGuard } from "./retention/guard.ts";
import { clientBaseUrl, createAddressBook } from "./routes.ts";
import type { PasswordCost } from "./sign-in/password-hash.ts";
import { createCookieIdentity, createSignIn } from "./sign-in/sign-in.ts";
import { createStorageTokens } from "./storage-tokens.ts";
import { openEmbeddedStorage } from "./storage.ts";

/** What the other parts stand on: the store, who may come in, the hosts and their metrics. */
export async function openCore(
  context: ServerContext,
  life: Lifecycle,
  passwordCost?: PasswordCost,
) {
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
  const functionKeys = await openFunctionKeys(directory, installation.responderKey, clock);
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
    functionKeys,
    storage,
    identity,
    signIn,
    audit,
    metrics,
    hosts,
    enrolment,
  };
}

/** Those parts; closed with the life that they were opened in. */
export type Core = Awaited<ReturnType<typeof openCore>>;
