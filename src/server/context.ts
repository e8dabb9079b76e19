import { join } from "node:path";
import type { Clock } from "../common/clock.ts";
import type { Lifecycle } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { createProcessMetrics, type ProcessMetrics } from "../common/metrics.ts";
import {
  type CertificateAuthority,
  openCertificateAuthority,
} from "../pki/certificate-authority.ts";
import { ensureStorageAccount, ensureSubscription } from "../provider/compute/machines.ts";
import { openState, type State } from "../state/state.ts";
import { watchState } from "../state/watched-state.ts";
import { createEvents, type Events } from "./events/events.ts";
import { type OpenKeys, openKeys } from "./encryption/key-rotation.ts";
import { type Installation, openInstallation, storageAccountName } from "./installation.ts";
import type { ServerSettings } from "./settings.ts";

/** What every part of the control plane is given. */
export interface ServerContext {
  readonly settings: ServerSettings;
  readonly state: State;
  readonly installation: Installation;
  readonly authority: CertificateAuthority;
  readonly metrics: ProcessMetrics;
  /** What is told of each change of `state`. */
  readonly events: Events;
  /** What the store, and what lies beside it, is encrypted with; null: nothing is. */
  readonly keys: OpenKeys | null;
  /** `https://host:port`, as agents and links use it. */
  readonly baseUrl: string;
  /** `/subscriptions/{id}` */
  readonly subscription: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Folder of the authority; its certificate is for whoever wants to trust this control plane. */
export const pkiDirectory = (directory: string): string => join(directory, "pki");

export async function openContext(
  options: { settings: ServerSettings; clock: Clock; log: Log },
  life: Lifecycle,
): Promise<ServerContext> {
  const { settings, clock } = options;
  const { directory } = settings;
  const keys = await openKeys(settings.storage.encryption.keyFile);
  const installation = await openInstallation(directory);
  const authority = await openCertificateAuthority({ directory: pkiDirectory(directory), clock });
  const path = join(directory, "nightcap.db");
  const metrics = createProcessMetrics();
  const events = life.add(createEvents({ clock, log: options.log, metrics }));
  const stored = life.add(await openState({ kind: "sqlite", path }));
  await events.open(stored);
  return {
    ...options,
    state: watchState(stored, (change) => events.changed(change)),
    events,
    installation,
    authority,
    metrics,
    keys,
    baseUrl: baseUrlOf(settings),
    subscription: `/subscriptions/${installation.subscriptionId}`,
  };
}

/** The subscription and the embedded store, as ARM shows them. */
export async function ensureResources(context: ServerContext, blobEndpoint: string): Promise<void> {
  const { state, installation, settings } = context;
  const { tenantId, subscriptionId } = installation;
  await ensureSubscription(state, { tenantId, subscriptionId, displayName: "Nightcap" });
  const id = storageAccountId(context);
  await ensureStorageAccount(state, { id, location: settings.location, blobEndpoint });
}

/** The ARM id of the embedded store. */
export function storageAccountId({
  settings,
  subscription,
}: Pick<ServerContext, "settings" | "subscription">): string {
  const group = `${subscription}/resourceGroups/${settings.resourceGroup}`;
  return `${group}/providers/Microsoft.Storage/storageAccounts/${storageAccountName}`;
}

/** The names that the certificate is for; the first is the one that links use. */
export function serverNames({ host, names }: ServerSettings): string[] {
  const isAny = host === "0.0.0.0" || host === "::";
  return [...new Set([...names, ...(isAny ? [] : [host]), "127.0.0.1", "localhost"])];
}

function baseUrlOf(settings: ServerSettings): string {
  const [name = "127.0.0.1"] = serverNames(settings);
  return `https://${name.includes(":") ? `[${name}]` : name}:${settings.port}`;
}
