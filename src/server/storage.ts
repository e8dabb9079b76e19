import { join } from "node:path";
import type { Clock } from "../common/clock.ts";
import type { HttpHandler } from "../common/http.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { BlobTokens } from "../storage/access/token-access.ts";
import type { BlobAccessLog } from "../storage/service/access-record.ts";
import { createBlobService } from "../storage/service/blob-service.ts";
import { type BlobAddress, type BlobStore, openBlobStore } from "../storage/blob-store.ts";
import type { StoreGuard } from "../storage/store-guard.ts";
import type { KeyRing } from "../storage/vault/key-ring.ts";
import { captureContainer, capturePath } from "../storage/capture-path.ts";
import type { AccountSecrets } from "./account-secrets.ts";
import { storageAccountName } from "./installation.ts";
import { makeUploadUrl, type UploadAccount } from "./upload-links.ts";

/** The embedded store, as a storage account of ours. */
export interface EmbeddedStorage extends Closable {
  readonly store: BlobStore;
  readonly handler: HttpHandler;
  /** Ends with a slash. */
  readonly blobEndpoint: string;
  makeStoragePath(options: { blobEndpoint: string; targetId: string; time: number }): string;
  makeUploadUrl(storagePath: string): string;
  /** What opens the account at an endpoint, ours or a registered one; null: it is not registered now. */
  accountAt(blobEndpoint: string): StorageAccount | null;
  /** Null when the URL is not one of this store. */
  addressOf(storagePath: string): BlobAddress | null;
}

/** A storage account with what opens it. */
export interface StorageAccount extends UploadAccount {
  /** Whether its blobs are here. */
  readonly isEmbedded: boolean;
}

export async function openEmbeddedStorage(options: {
  directory: string;
  baseUrl: string;
  secrets: AccountSecrets;
  remoteAddress(request: Request): string | null;
  tokens?: BlobTokens;
  /** Where downloads and changes of captures are recorded. */
  accesses?: BlobAccessLog;
  /** What blobs are encrypted with; null: nothing. */
  keys?: KeyRing | null;
  /** What else forbids changes of blobs. */
  guard?: StoreGuard;
  clock: Clock;
  log: Log;
}): Promise<EmbeddedStorage> {
  const { baseUrl, secrets, clock, log } = options;
  const directory = join(options.directory, "store");
  const store = await openBlobStore({
    kind: "directory",
    directory,
    keys: options.keys ?? null,
    clock,
    log,
    ...(options.guard ? { guard: options.guard } : {}),
  });
  await ensureContainer(store);
  const blobEndpoint = `${baseUrl}/${storageAccountName}/`;
  const account = {
    name: storageAccountName,
    get keys() {
      return secrets.embeddedKeys(); // as they are now: one may be regenerated
    },
  };
  const own = (): UploadAccount => ({
    name: storageAccountName,
    blobEndpoint,
    credential: { kind: "keys", keys: secrets.embeddedKeys() },
  });
  return {
    store,
    blobEndpoint,
    handler: createBlobService({
      store,
      accounts: [account],
      remoteAddress: (request) => options.remoteAddress(request),
      ...(options.tokens ? { tokens: options.tokens } : {}),
      ...(options.accesses ? { accesses: options.accesses } : {}),
      clock,
      log,
    }),
    makeStoragePath: ({ blobEndpoint: endpoint, targetId, time }) =>
      endpoint + capturePath(targetId, time),
    makeUploadUrl: (storagePath) =>
      makeUploadUrl(storagePath, [own(), ...secrets.registered.list()], clock.now()),
    accountAt(endpoint) {
      if (endpoint === blobEndpoint) return { ...own(), isEmbedded: true };
      const found = secrets.registered.list().find((each) => each.blobEndpoint === endpoint);
      return found ? { ...found, isEmbedded: false } : null;
    },
    addressOf(storagePath) {
      if (!storagePath.startsWith(blobEndpoint)) return null;
      return readPlace(storagePath.slice(blobEndpoint.length));
    },
    close: () => store.close(),
  };
}

/** A container and a blob as they are in a URL; null when they are none. */
export function readPlace(path: string): BlobAddress | null {
  const [container = "", ...rest] = path.split("/");
  try {
    return rest.length === 0 ? null : { container, blob: rest.map(decodeURIComponent).join("/") };
  } catch {
    return null; // no percent-encoded UTF-8
  }
}

async function ensureContainer(store: BlobStore): Promise<void> {
  const { containers } = await store.listContainers({ prefix: captureContainer });
  if (containers.some(({ name }) => name === captureContainer)) return;
  await store.createContainer(captureContainer);
}
