import { openControlPlaneClient } from "./control-plane-client.ts";
import { storageAccountOf, storageKey, isRegistered } from "./capture-resources.ts";
import { type Credentials, readCredentials } from "./credentials.ts";

/**
 * The key of a store that this host's control plane knows: its own, or a registered account in Azure. Null for
 * any other, and where there is no control plane: then the SAS or the key that the caller gave must do.
 */
export async function knownStore(
  url: URL,
  stateDirectory: string,
): Promise<{ accountKey: string; certificateAuthorityPem?: string } | null> {
  const credentials = await readCredentials(stateDirectory).catch(() => null);
  if (credentials === null) return null;
  const isOwn = new URL(credentials.endpoint).origin === url.origin;
  if (isOwn) return keyOf(url, credentials);
  if (url.searchParams.has("sig")) return null;
  return keyOf(url, credentials).catch(() => null);
}

async function keyOf(url: URL, credentials: Credentials) {
  const client = await openControlPlaneClient(credentials);
  const account = await storageAccountOf(client, `${url.origin}${url.pathname}`);
  const accountKey = await storageKey(client, account.id);
  const { certificateAuthorityPem } = client;
  return isRegistered(account) ? { accountKey } : { accountKey, certificateAuthorityPem };
}
