import { createHash, type Hash, randomBytes } from "node:crypto";
import {
  mkdir,
  open,
  readdir,
  rename,
  rm,
  statfs,
  unlink,
  type FileHandle,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { secretDirectoryMode, secretFileMode, syncDirectory } from "../../common/files.ts";
import { asBlobError, BlobError } from "../blob-error.ts";
import type { IncomingBody } from "../blob-store.ts";
import { Crc64 } from "../crc64.ts";
import type { KeyRing } from "../vault/key-ring.ts";
import { SealingWriter } from "../vault/sealed-file.ts";

/** Chunks come in the size of a TLS record, 16 KiB: a write for each costs more than its bytes. */
const writtenSizeBytes = 1 << 20;

export interface ReceivedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Which sealed file it is; null: it is in plain text. */
  readonly fileId: string | null;
  /** The key that its own is wrapped with. */
  readonly keyId: string | null;
}

/** Where a body goes, and what seals it. */
export interface Reception {
  readonly directory: string;
  readonly keys: KeyRing | null;
  readonly origin: Buffer;
  /** See the bytes as they were sent. */
  readonly hashes: readonly Hash[];
}

/**
 * Streams a body into a new file under `directory`, flushed to disk, and checks its length and digests;
 * `hashes` see the bytes too. On any failure the file is gone again. Throws `Md5Mismatch`,
 * `Crc64Mismatch`, `InsufficientStorage`.
 */
export async function receiveFile(
  { directory, keys, origin, hashes }: Reception,
  body: IncomingBody,
): Promise<ReceivedFile> {
  const path = join(directory, randomBytes(12).toString("hex"));
  try {
    const file = await open(path, "wx", secretFileMode);
    try {
      const sealing = keys && (await SealingWriter.begin(keys, file, origin));
      await writeBody(sealing?.writer ?? plainWriter(file), body, hashes);
      await file.sync();
      const { fileId = null, keyId = null } = sealing ?? {};
      return { path, sizeBytes: body.sizeBytes, fileId, keyId };
    } finally {
      await file.close();
    }
  } catch (error) {
    await unlink(path).catch(() => {});
    throw asBlobError(error);
  }
}

type BodyWriter = Pick<SealingWriter, "write" | "end">;

/** Writes at the file's position, all of it. */
const plainWriter = (file: FileHandle): BodyWriter => ({
  write: (chunk) => file.writeFile(chunk),
  end: async () => {},
});

/** Digests are of what was sent, whatever is written. */
async function writeBody(
  writer: BodyWriter,
  body: IncomingBody,
  hashes: readonly Hash[],
): Promise<void> {
  const md5 = body.md5 ? createHash("md5") : null;
  const crc64 = body.crc64 ? new Crc64() : null;
  const sums = [md5, crc64, ...hashes].filter((sum) => sum !== null);
  let sizeBytes = 0;
  for await (const piece of inPieces(body)) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > body.sizeBytes) break;
    for (const sum of sums) sum.update(piece);
    await writer.write(piece);
  }
  await writer.end();
  if (sizeBytes !== body.sizeBytes) {
    throw new BlobError(
      "InvalidHeaderValue",
      `Content-Length ${body.sizeBytes} is not the body's.`,
    );
  }
  if (md5 && body.md5 && !md5.digest().equals(body.md5)) throw new BlobError("Md5Mismatch");
  if (crc64 && body.crc64 && !crc64.digest().equals(body.crc64)) {
    throw new BlobError("Crc64Mismatch");
  }
}

/** The bytes in larger pieces, each good until the next is asked for. */
async function* inPieces({ bytes, sizeBytes }: IncomingBody): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafe(Math.min(writtenSizeBytes, Math.max(sizeBytes, 1)));
  let used = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.byteLength;) {
      const part = chunk.subarray(at, at + piece.byteLength - used);
      piece.set(part, used);
      at += part.byteLength;
      used += part.byteLength;
      if (used < piece.byteLength) continue;
      yield piece;
      used = 0;
    }
  }
  if (used > 0) yield piece.subarray(0, used);
}

/** Refuses a write that would leave less than `freeBytesMin` on the file system. */
export async function checkFreeSpace(
  directory: string,
  sizeBytes: number,
  freeBytesMin: number,
): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes - sizeBytes >= freeBytesMin) return;
  throw new BlobError(
    "InsufficientStorage",
    `${sizeBytes} bytes were sent, ${freeBytes} are free, and ${freeBytesMin} must stay free.`,
  );
}

/** Makes one directory whose parent exists and flushes the parent; true when it was not there. */
export async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: secretDirectoryMode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw asBlobError(error);
  }
  await syncDirectory(dirname(path));
  return true;
}

export async function emptyDirectory(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true });
}

/** Makes a directory vanish at once, then frees its space. */
export async function discardDirectory(directory: string, trash: string): Promise<void> {
  const trashed = join(trash, `${basename(directory)}-${randomBytes(6).toString("hex")}`);
  await rename(directory, trashed);
  await syncDirectory(dirname(directory));
  await rm(trashed, { recursive: true });
}

/** Removes left-overs; one that cannot be removed now is found at the next start. */
export async function removeFiles(directory: string, files: Iterable<string>): Promise<void> {
  for (const file of files) await unlink(join(directory, file)).catch(() => {});
}

/** Writes a small file in place and flushes it; its directory is the caller's to flush. */
export async function writeFlushed(path: string, text: string | Uint8Array): Promise<void> {
  const file = await open(path, "w", secretFileMode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
