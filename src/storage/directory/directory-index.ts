import type { Hash } from "node:crypto";
import { readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { readTextIfExists } from "../../common/files.ts";
import type { Log } from "../../common/log.ts";
import {
  blobDirectory,
  blobSidecar,
  containerFileName,
  containerSidecar,
  isBlobDirectoryName,
  isContainerName,
  isShardName,
  nameFileName,
  parseBlockFileName,
  sidecarFileName,
  type BlobSidecar,
  type ContainerSidecar,
  type DirectoryLayout,
} from "./directory-layout.ts";

/** A block that waits to be committed. */
export interface StagedBlock {
  readonly file: string;
  readonly sizeBytes: number;
}

/** One blob as the process knows it; changed only under the blob's lock. */
export interface BlobEntry {
  readonly directory: string;
  committed: BlobSidecar | null;
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
  staged: new Map(),
  stagedAt: 0,
  appendHash: null,
});

/** One container as the process knows it. */
export interface ContainerEntry {
  readonly name: string;
  readonly directory: string;
  sidecar: ContainerSidecar;
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
  sidecar: ContainerSidecar,
): ContainerEntry {
  return {
    name,
    directory,
    sidecar,
    blobs: new Map(),
    unnamed: new Map(),
    sortedNames: null,
    deleted: false,
    changes: new Set(),
  };
}

/** Reads what the directory holds and removes what a crash left behind; damaged blobs are set aside. */
export async function loadContainers(
  layout: DirectoryLayout,
  log: Log,
): Promise<Map<string, ContainerEntry>> {
  const containers = new Map<string, ContainerEntry>();
  for (const name of (await readdir(layout.containers)).filter(isContainerName)) {
    const directory = join(layout.containers, name);
    const text = await readFile(join(directory, containerFileName), "utf8");
    const entry = newContainerEntry(name, directory, containerSidecar.parse(JSON.parse(text)));
    await loadBlobs(entry, layout, log);
    containers.set(name, entry);
  }
  return containers;
}

async function loadBlobs(entry: ContainerEntry, layout: DirectoryLayout, log: Log): Promise<void> {
  for (const shard of (await readdir(entry.directory)).filter(isShardName)) {
    const shardDirectory = join(entry.directory, shard);
    for (const name of (await readdir(shardDirectory)).filter(isBlobDirectoryName)) {
      const directory = join(shardDirectory, name);
      try {
        const blob = await loadBlob(directory);
        const blobName = blob.committed?.name ?? (await readName(directory));
        if (blobName !== null) entry.blobs.set(blobName, blob);
        else entry.unnamed.set(name, blob);
      } catch (error) {
        log.error({ err: error, container: entry.name, blob: name }, "damaged blob set aside");
        await rename(directory, join(layout.damaged, `${entry.name}-${name}-${Date.now()}`));
      }
    }
  }
}

async function loadBlob(directory: string): Promise<BlobEntry> {
  const names = await readdir(directory);
  const committed = names.includes(sidecarFileName)
    ? blobSidecar.parse(JSON.parse(await readFile(join(directory, sidecarFileName), "utf8")))
    : null;
  const listed = new Set(committed?.segments.map(({ file }) => file));
  const present = new Set(names);
  const missing = [...listed].filter((file) => !present.has(file));
  if (missing.length > 0) throw new Error(`${directory}: missing ${missing.length} block files`);
  const blob: BlobEntry = { ...newBlobEntry(directory), committed };
  for (const file of names) {
    if (file === sidecarFileName || listed.has(file)) continue;
    if (file === nameFileName && !committed) continue;
    await loadUnlisted(blob, file);
  }
  return blob;
}

/** Null in stores from before names were kept, and for a file that a crash cut short. */
async function readName(directory: string): Promise<string | null> {
  const name = await readTextIfExists(join(directory, nameFileName));
  if (name === null) return null;
  return blobDirectory(name).name === basename(directory) ? name : null;
}

async function loadUnlisted(blob: BlobEntry, file: string): Promise<void> {
  const path = join(blob.directory, file);
  const parsed = parseBlockFileName(file);
  if (parsed?.idHex == null || parsed.generation !== nextGeneration(blob)) {
    await unlink(path);
    return;
  }
  const { size, mtimeMs } = await stat(path);
  blob.staged.set(parsed.idHex, { file, sizeBytes: size });
  blob.stagedAt = Math.max(blob.stagedAt, mtimeMs);
}

/** The generation that staged blocks and the next commit of this blob carry. */
export const nextGeneration = (blob: BlobEntry): number => (blob.committed?.generation ?? 0) + 1;
