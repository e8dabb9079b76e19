import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { blockCountMax } from "../blob-store.ts";

/**
 * What the directory store keeps, and where. Client-given names never become file names: a blob's
 * directory is named by the SHA-256 of its name, and a block's file by the hex of its id.
 *
 *     <directory>/containers/<container>/container.json
 *                                       /<2 hex>/<64 hex>/blob.json             what is committed
 *                                                        /<generation>-<hex id>  one block's bytes
 *                                                        /<generation>-whole     one Put Blob's, or an append blob's
 *                                                        /<generation>-copy<n>   a link to a block of another blob
 *                                                        /name                   of a blob with blocks alone
 *                                                        /<any of these>.sealed  the same, encrypted
 *                /incoming/<random>      being written; emptied at start
 *                /trash/<random>         being deleted; emptied at start
 *                /damaged/<name>         blobs whose blob.json cannot be read, kept for people
 *                /encryption.json        that the store is encrypted
 *
 * A commit is one rename of blob.json, which lists the block files in order: no byte is copied, and a
 * crash leaves the old list or the new one. Blocks staged after generation n carry n + 1; files that are
 * neither listed nor of the next generation are left-overs.
 */
export interface DirectoryLayout {
  readonly containers: string;
  readonly incoming: string;
  readonly trash: string;
  readonly damaged: string;
}

/** The file that says that the store is encrypted. */
export const markerPath = (directory: string): string => join(directory, "encryption.json");

export function directoryLayout(directory: string): DirectoryLayout {
  return {
    containers: join(directory, "containers"),
    incoming: join(directory, "incoming"),
    trash: join(directory, "trash"),
    damaged: join(directory, "damaged"),
  };
}

export const containerFileName = "container.json";
export const sidecarFileName = "blob.json";
const containerNamePattern = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;
const shardPattern = /^[0-9a-f]{2}$/;
const blobDirectoryPattern = /^[0-9a-f]{64}$/;
/** Written with the first block, so that a blob that was never committed can be listed by its name. */
export const nameFileName = "name";
/** At the end of names of files that are encrypted: their content does not decide it, clients write that. */
export const sealedSuffix = ".sealed";
export const sealedNameFileName = `${nameFileName}${sealedSuffix}`;
const blockFilePattern = /^([0-9]{1,15})-(?:([0-9a-f]{2,128})|whole|copy[0-9]{1,5})(\.sealed)?$/;

/** Azure's rule: 3 to 63 of a-z, 0-9 and single hyphens inside. Such a name is safe as a file name. */
export const isContainerName = (name: string): boolean => containerNamePattern.test(name);
export const isShardName = (name: string): boolean => shardPattern.test(name);
export const isBlobDirectoryName = (name: string): boolean => blobDirectoryPattern.test(name);

/** Shard and directory of a blob inside its container's directory. */
export function blobDirectory(blob: string): { shard: string; name: string } {
  const name = createHash("sha256").update(blob, "utf8").digest("hex");
  return { shard: name.slice(0, 2), name };
}

export const blockFileName = (generation: number, idHex: string): string =>
  `${generation}-${idHex}`;
export const wholeFileName = (generation: number): string => `${generation}-whole`;
export const copyFileName = (generation: number, index: number): string =>
  `${generation}-copy${index}`;

/** Generation and block id of a file; the id is null for the one file of a blob and for copies. */
export function parseBlockFileName(
  name: string,
): { generation: number; idHex: string | null; isSealed: boolean } | null {
  const match = blockFilePattern.exec(name);
  if (!match) return null;
  return {
    generation: Number(match[1]),
    idHex: match[2] ?? null,
    isSealed: match[3] !== undefined,
  };
}

/** The name of a file by what it is: sealed files say so. */
export const storedFileName = (name: string, fileId: string | null): string =>
  fileId === null ? name : `${name}${sealedSuffix}`;

/**
 * What a sealed file is written for: a block of a blob, or its whole content. It is bound to each of its
 * chunks; copies of a blob share its files and keep their origin.
 */
export const fileOrigin = (directory: string, part: string): Buffer =>
  createHash("sha256")
    .update(`${basename(dirname(dirname(directory)))}/${basename(directory)}/${part}`)
    .digest();
/** The part of a file that is a blob's whole content. */
export const wholePart = "whole";

const metadata = z.record(z.string(), z.string());
const segment = z.strictObject({
  file: z.string().regex(blockFilePattern),
  /** The block's id in base64; null for the one segment of a Put Blob. */
  id: z.string().nullable(),
  sizeBytes: z.int().min(0),
  /** Which sealed file it is; not there for one in plain text. */
  fileId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
});

/** blob.json: everything about a committed blob. */
export const blobSidecar = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  generation: z.int().min(1),
  segments: z.array(segment).max(blockCountMax),
  sizeBytes: z.int().min(0),
  sha256: z.string().length(64),
  etag: z.string(),
  createdAt: z.number(),
  lastModified: z.number(),
  contentType: z.string(),
  contentEncoding: z.string().nullable(),
  contentLanguage: z.string().nullable(),
  contentDisposition: z.string().nullable(),
  cacheControl: z.string().nullable(),
  contentMd5: z.string().nullable(),
  metadata,
  /** Blocks that were appended to an append blob; null for a block blob. */
  appendCount: z.int().min(0).nullable().default(null),
  /** Of an encrypted append blob: what does not fill a chunk yet, base64. It follows the segments. */
  tail: z.string().optional(),
  /** Its files and this record are sealed. */
  encrypted: z.literal(true).optional(),
  /** What the blob was copied from. */
  copy: z
    .strictObject({ id: z.string(), source: z.string(), completedAt: z.number() })
    .nullable()
    .default(null),
  /** Set Blob Legal Hold was asked for. */
  legalHold: z.boolean().default(false),
});

/** container.json. */
export const containerSidecar = z.strictObject({
  version: z.literal(1),
  etag: z.string(),
  lastModified: z.number(),
  metadata,
});

export type Segment = z.infer<typeof segment>;
export type BlobSidecar = z.infer<typeof blobSidecar>;
export type ContainerSidecar = z.infer<typeof containerSidecar>;
