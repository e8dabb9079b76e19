import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { BlobProperties, BlobWrite, ContainerProperties, Metadata } from "../blob-store.ts";
import { type BlobEntry, type ContainerEntry, nextGeneration } from "./directory-index.ts";
import {
  type BlobSidecar,
  containerFileName,
  type ContainerSidecar,
  sidecarFileName,
} from "./directory-layout.ts";
import { blobPurpose, containerPurpose, writeRecord } from "./records.ts";
import type { StoreParts } from "./store-parts.ts";

/** Makes `sidecar` the blob's truth, on the disk first. Throws `InsufficientStorage`; then the old one stands. */
export async function commitSidecar(
  { keys }: Pick<StoreParts, "keys">,
  blob: BlobEntry,
  { encrypted: _encrypted, ...sidecar }: BlobSidecar,
): Promise<BlobSidecar> {
  const isSealed = keys !== null && sidecar.segments.every(({ fileId }) => fileId !== undefined);
  const committed: BlobSidecar = isSealed ? { ...sidecar, encrypted: true } : sidecar;
  const place = {
    path: join(blob.directory, sidecarFileName),
    purpose: blobPurpose(blob.directory),
  };
  blob.recordKeyId = await writeRecord(keys, place, committed);
  blob.committed = committed;
  return committed;
}

/** The same for a container. */
export async function commitContainer(
  { keys }: Pick<StoreParts, "keys">,
  entry: ContainerEntry,
  sidecar: ContainerSidecar,
): Promise<void> {
  const path = join(entry.directory, containerFileName);
  const purpose = containerPurpose(entry.name);
  entry.recordKeyId = await writeRecord(keys, { path, purpose }, sidecar);
  entry.sidecar = sidecar;
}

export const newEtag = (): string => `"0x${randomBytes(8).toString("hex").toUpperCase()}"`;

/** The record of a new version of a blob, all but its content. */
export function newSidecar(
  name: string,
  blob: BlobEntry,
  { write: { headers, metadata }, now }: { write: BlobWrite; now: number },
): Omit<BlobSidecar, "segments" | "sizeBytes" | "sha256"> {
  return {
    version: 1,
    name,
    generation: nextGeneration(blob),
    etag: newEtag(),
    createdAt: blob.committed?.createdAt ?? now,
    lastModified: now,
    ...headers,
    metadata: { ...metadata },
    appendCount: null,
    copy: null,
    legalHold: false,
  };
}

export const newContainerSidecar = (metadata: Metadata, now: number): ContainerSidecar => ({
  version: 1,
  etag: newEtag(),
  lastModified: now,
  metadata: { ...metadata },
});

/** A record as the store's callers see it. */
export function toProperties(sidecar: BlobSidecar): BlobProperties {
  const {
    version: _version,
    generation: _generation,
    segments: _segments,
    tail: _tail,
    encrypted,
    ...properties
  } = sidecar;
  return { ...properties, isEncrypted: encrypted === true };
}

export const propertiesOf = (blob: BlobEntry | null): BlobProperties | null =>
  blob?.committed ? toProperties(blob.committed) : null;

export function containerProperties({ name, sidecar }: ContainerEntry): ContainerProperties {
  const { version: _version, ...properties } = sidecar;
  return { name, ...properties };
}
