import type { BlobStore } from "../../storage/blob-store.ts";

/** What opens a storage account: its keys (base64, the first is key1), or a shared access signature. */
export type AccountCredential =
  | { kind: "keys"; keys: readonly string[] }
  | { kind: "sharedAccessSignature"; token: string };

/** Azure's own limit of accounts in a region. */
export const registeredAccountCountMax = 250;

/** An account that lies in Azure, or anywhere that speaks its protocol. */
export interface RegisteredAccount {
  id: string;
  name: string;
  /** Ends with a slash. */
  blobEndpoint: string;
  credential: AccountCredential;
}

/** What this provider is given: secrets are no part of the resources that it keeps. */
export interface StorageParts {
  /** The account whose blobs are here. */
  embedded: {
    name: string;
    blobEndpoint: string;
    keys(): readonly [string, string];
    /** Makes one key anew and keeps it; the other stays as it is. */
    regenerateKey(index: 0 | 1): Promise<void>;
    store: BlobStore;
  };
  registered: {
    find(id: string): RegisteredAccount | null;
    list(): readonly RegisteredAccount[];
    put(account: RegisteredAccount): Promise<void>;
    delete(id: string): Promise<void>;
  };
  /** Opens the account and sees to it that captures can be put there. Throws `InvalidParameter`. */
  tryAccount(account: RegisteredAccount): Promise<void>;
}

/** Azure allows 3 to 24 lower-case letters and digits. */
export const accountNamePattern = /^[a-z0-9]{3,24}$/;
