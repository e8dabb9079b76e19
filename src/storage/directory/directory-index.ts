import type { Hash } from "node:crypto";
import type { BlobSidecar, ContainerSidecar } from "./directory-layout.ts";

/** A block that waits to be committed. */
export interface StagedBlock {
  readonly file: string;
  readonly sizeBytes: number;
  /** Which sealed file it is; not there for one in plain text. */
  readonly fileId?: string;
}

/** One blob as the process knows it; changed only under the blob's lock. */
export interface BlobEntry {
  readonly directory: string;
  committed: BlobSidecar | null;
  /** The key that its record is sealed with; null: it is in plain text, or there is none. */
  recordKeyId: string | null;
  /** By hex of the block id. */
  staged: Map<string, StagedBlock>;
  /** When the last block was staged; 0 when none is. */
  stagedAt: number;
  /** Of an append blob's content so far; null until a block is appended in this process. */
  appendHash: Hash | null;
}

export const newBlobEntry = (directory: string): BlobEntry => ({
  directory,
  committed: null,
  recordKeyId: null,
  staged: new Map(),
  stagedAt: 0,
  appendHash: null,
});

/** One container as the process knows it. */
export interface ContainerEntry {
  readonly name: string;
  readonly directory: string;
  sidecar: ContainerSidecar;
  /** The key that its record is sealed with; null: it is in plain text. */
  recordKeyId: string | null;
  readonly blobs: Map<string, BlobEntry>;
  /** Blocks of blobs that were never committed have no name on disk: found by directory, until named. */
  readonly unnamed: Map<string, BlobEntry>;
  /** Names of committed blobs in order; null after a change, until the next listing. */
  sortedNames: string[] | null;
  deleted: boolean;
  /** Changes under way, which a deletion of the container waits for. */
  readonly changes: Set<Promise<unknown>>;
}

export function newContainerEntry(
  name: string,
  directory: string,
  { sidecar, keyId }: { sidecar: ContainerSidecar; keyId: string | null },
): ContainerEntry {
  return {
    name,
    directory,
    sidecar,
    recordKeyId: keyId,
    blobs: new Map(),
    unnamed: new Map(),
    sortedNames: null,
    deleted: false,
    changes: new Set(),
  };
}

/** The generation that staged blocks and the next commit of this blob carry. */
export const nextGeneration = (blob: BlobEntry): number => (blob.committed?.generation ?? 0) + 1;
