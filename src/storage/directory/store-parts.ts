import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import { BlobError } from "../blob-error.ts";
import type { KeyRing } from "../vault/key-ring.ts";
import type { BlobAddress } from "../blob-store.ts";
import type { StoreGuard } from "../store-guard.ts";
import type { BlobEntry, ContainerEntry } from "./directory-index.ts";
import { blobDirectory, type BlobSidecar, type DirectoryLayout } from "./directory-layout.ts";
import type { KeyedLock } from "./keyed-lock.ts";

/** What the parts of one open store share. */
export interface StoreParts {
  readonly layout: DirectoryLayout;
  /** What is written is sealed with them; null: it is in plain text. */
  readonly keys: KeyRing | null;
  readonly containers: Map<string, ContainerEntry>;
  /** A container is locked as `/name`, a blob by its directory. */
  readonly locks: KeyedLock;
  /** Bodies that come in, with the keys that their files were begun with. */
  readonly receiving: Set<{ readonly keyId: string | null }>;
  readonly blockSizeBytesMax: number;
  readonly freeBytesMin: number;
  readonly guard: StoreGuard;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws `ContainerNotFound`, also for one that is being deleted. */
export function findContainer({ containers }: StoreParts, name: string): ContainerEntry {
  const entry = containers.get(name);
  if (!entry || entry.deleted) throw new BlobError("ContainerNotFound");
  return entry;
}

/** The blob's entry when there is one, named or known only by its directory since a restart. */
export function findBlob(parts: StoreParts, { container, blob }: BlobAddress): BlobEntry | null {
  const entry = findContainer(parts, container);
  return entry.blobs.get(blob) ?? entry.unnamed.get(blobDirectory(blob).name) ?? null;
}

/** Throws `BlobNotFound` when nothing was committed. */
export function findCommitted(
  parts: StoreParts,
  address: BlobAddress,
): { directory: string; sidecar: BlobSidecar; entry: BlobEntry } {
  const blob = findBlob(parts, address);
  if (!blob?.committed) throw new BlobError("BlobNotFound");
  return { directory: blob.directory, sidecar: blob.committed, entry: blob };
}
