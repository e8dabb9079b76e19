import type { RegisteredAccount } from "../provider/storage/account-secrets.ts";
import { NightcapError } from "../common/errors.ts";
import { signBlobUrl } from "../storage/access/sas.ts";

/** A host that was away this long finds its upload link expired, and is given a new one when it is back. */
const uploadLinkLifeMilliseconds = 7 * 86_400_000;
/** Get Block List needs r, Put Block and Put Block List need c and w. */
const uploadPermissions = "rcw";

export interface UploadAccount extends Pick<RegisteredAccount, "name" | "blobEndpoint"> {
  readonly credential: RegisteredAccount["credential"];
}

/**
 * Makes the URL to which a host uploads: signed with the account's key for this blob alone, or with the
 * signature that the account was registered with, which may allow more than this blob.
 */
export function makeUploadUrl(
  storagePath: string,
  accounts: Iterable<UploadAccount>,
  now: number,
): string {
  for (const { name, blobEndpoint, credential } of accounts) {
    if (!storagePath.startsWith(blobEndpoint)) continue;
    if (credential.kind === "sharedAccessSignature") return `${storagePath}?${credential.token}`;
    return signBlobUrl({
      blobUrl: storagePath,
      account: name,
      key: credential.keys[0] ?? "",
      permissions: uploadPermissions,
      expiresAt: now + uploadLinkLifeMilliseconds,
    });
  }
  throw new NightcapError(
    "StorageUnavailable",
    `${storagePath} is in no storage account that is registered here now`,
  );
}
