import { randomBytes } from "node:crypto";
import { writeFileAtomic } from "../../common/files.ts";
import { asBlobError } from "../blob-error.ts";
import type { BlobProperties, BlobWrite, ContainerProperties, Metadata } from "../blob-store.ts";
import { type BlobEntry, type ContainerEntry, nextGeneration } from "./directory-index.ts";
import type { BlobSidecar, ContainerSidecar } from "./directory-layout.ts";

/** Replaces a record whole and flushed. Throws `InsufficientStorage`; then the old one stands. */
export async function writeSidecar(
  path: string,
  sidecar: BlobSidecar | ContainerSidecar,
): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(sidecar)).catch((error: unknown) => {
    throw asBlobError(error);
  });
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
    ...properties
  } = sidecar;
  return properties;
}

export const propertiesOf = (blob: BlobEntry | null): BlobProperties | null =>
  blob?.committed ? toProperties(blob.committed) : null;

export function containerProperties({ name, sidecar }: ContainerEntry): ContainerProperties {
  const { version: _version, ...properties } = sidecar;
  return { name, ...properties };
}
