// What tests of an encrypted store share.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { BlobWrite, IncomingBody } from "../../../src/storage/blob-store.ts";

export const write: BlobWrite = {
  headers: {
    contentType: "text/plain",
    contentEncoding: null,
    contentLanguage: null,
    contentDisposition: null,
    cacheControl: null,
    contentMd5: null,
  },
  metadata: {},
};

export const id = (name: string): string => Buffer.from(name).toString("base64");

export function body(content: string | Uint8Array): IncomingBody {
  const bytes = Buffer.from(content);
  return { bytes: ReadableStream.from([bytes]), sizeBytes: bytes.length };
}

/** All files below a directory, in order. */
export const filesOf = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
