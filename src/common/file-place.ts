import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NightcapError } from "./errors.ts";

/** Bytes at a file's beginning that tell it from another one that was given its inode. */
const headSizeBytes = 256;
/** Files of the folder that are looked at for one that was renamed. */
const siblingCountMax = 100;

/** How far a file was read; what must survive a restart. */
export interface FilePlace {
  /** The file's, as text because it may be above 2^53; "" before there was a file. */
  inode: string;
  /** Bytes that were read and acted on. */
  offset: number;
  /** Hash of the file's first bytes, and how many they were. */
  head: string;
  headSizeBytes: number;
}

/** A file that is being read. */
export interface OpenFile {
  handle: FileHandle;
  place: FilePlace;
}

/** Null when there is none. Never waits for a writer, as opening a pipe would. */
export async function openIfThere(path: string): Promise<FileHandle | null> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw cause;
  });
  if (handle === null || (await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new NightcapError("SettingsInvalid", `${path} is no file`);
}

/** The place at `offset` of a file, with what it can be known again by. */
export async function placeOf(handle: FileHandle, offset: number): Promise<FilePlace> {
  const { ino } = await handle.stat({ bigint: true });
  const sizeBytes = Math.min(headSizeBytes, offset);
  return {
    inode: String(ino),
    offset,
    head: await hashHead(handle, sizeBytes),
    headSizeBytes: sizeBytes,
  };
}

/** True when the file is the one that the place is in, and still has all that was read of it. */
export async function isAt(handle: FileHandle, place: FilePlace): Promise<boolean> {
  const { ino, size } = await handle.stat({ bigint: true });
  if (String(ino) !== place.inode || Number(size) < place.offset) return false;
  return (await hashHead(handle, place.headSizeBytes)) === place.head;
}

/** The file of that place under the name that rotation gave it (`eve.json.1`, `eve.json-20261121`); null when it is gone. */
export async function findRenamed(path: string, place: FilePlace): Promise<FileHandle | null> {
  const name = basename(path);
  const siblings = await readdir(dirname(path)).catch(() => []);
  const candidates = siblings.filter((each) => each !== name && each.startsWith(name));
  for (const candidate of candidates.slice(0, siblingCountMax)) {
    const handle = await openIfThere(join(dirname(path), candidate)).catch(() => null);
    if (handle === null) continue;
    if (await isAt(handle, place).catch(() => false)) return handle;
    await handle.close();
  }
  return null;
}

/**
 * The file that was written after the one that was read to its end, and is not the newest: of several rotations while
 * nobody read. Null when the next one is that at `path`. What was packed since cannot be read; `onPacked` is told.
 */
export async function findNext(
  path: string,
  { handle, place }: OpenFile,
  onPacked: () => void,
): Promise<FileHandle | null> {
  const name = basename(path);
  const { mtimeNs } = await handle.stat({ bigint: true });
  const siblings = (await readdir(dirname(path)).catch(() => [])).filter(
    (each) => each.startsWith(name) && rotatedName.test(each.slice(name.length)),
  );
  const found: { path: string; mtimeNs: bigint }[] = [];
  for (const sibling of siblings.slice(0, siblingCountMax)) {
    const other = await stat(join(dirname(path), sibling), { bigint: true }).catch(() => null);
    if (other === null || !other.isFile() || String(other.ino) === place.inode) continue;
    if (other.mtimeNs <= mtimeNs) continue;
    if (/[a-z]$/i.test(sibling)) onPacked();
    else found.push({ path: join(dirname(path), sibling), mtimeNs: other.mtimeNs });
  }
  const [next] = found.toSorted((a, b) => (a.mtimeNs < b.mtimeNs ? -1 : 1));
  return next ? openIfThere(next.path) : null;
}

/** `.1`, `-20261121`, `.2.gz`: what rotation adds to a name. */
const rotatedName = /^[.-]\d[\d.-]*(\.(gz|xz|zst|bz2))?$/;

async function hashHead(handle: FileHandle, sizeBytes: number): Promise<string> {
  const buffer = Buffer.alloc(sizeBytes);
  const { bytesRead } = await handle.read(buffer, 0, sizeBytes, 0);
  return createHash("sha256").update(buffer.subarray(0, bytesRead)).digest("hex");
}
