import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** Mode of files that hold a key or a secret: the owner alone. */
export const secretFileMode = 0o600;
export const secretDirectoryMode = 0o700;

/**
 * Replaces the file at `path` whole: readers see the old text or the new one, also after a crash
 * (written beside it, flushed, renamed, and the directory flushed).
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode: number = secretFileMode,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: secretDirectoryMode });
  const partial = `${path}.${randomBytes(6).toString("hex")}.partial`;
  const file = await open(partial, "wx", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (cause) {
    await file.close();
    await unlink(partial).catch(() => {});
    throw cause;
  }
  await file.close();
  await rename(partial, path);
  await syncDirectory(dirname(path));
}

/** Flushes a directory's entries, so that a rename or an unlink in it survives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The file's text, or null when there is no such file. */
export async function readTextIfExists(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw cause;
  });
}
