import { createHash } from "node:crypto";
import { lstat, mkdir, rm, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { NightcapError } from "../../common/errors.ts";
import { secretDirectoryMode } from "../../common/files.ts";

/** statfs(2), TMPFS_MAGIC. */
const tmpfsType = 0x0102_1994;
/** Others use the file system too. */
const shareOfFileSystem = 0.5;

export interface RingFolder {
  directory: string;
  /** What the ring and its holds may take of the file system, bytes. */
  roomBytes: number;
  isInMemory: boolean;
}

/**
 * The folder of the ring: the one that was asked for, else one in memory that is the agent's alone.
 * Throws `CaptureFileFailed` when there is none.
 */
export async function openRingFolder(wanted: string | null, owner: string): Promise<RingFolder> {
  if (wanted !== null) {
    await mkdir(wanted, { recursive: true, mode: secretDirectoryMode });
    return describe(resolve(wanted));
  }
  const id = idOf(owner);
  for (const base of basesInMemory()) {
    const folder = await openInMemory(base, id).catch(() => null);
    if (folder) return folder;
  }
  throw new NightcapError(
    "CaptureFileFailed",
    "neither /run nor /dev/shm is a file system in memory that can be written: give the flight recorder a folder",
  );
}

/** Gives back the memory of a ring that is wanted no more; one in a folder of the user's own stays. */
export async function removeRingInMemory(owner: string): Promise<void> {
  for (const base of basesInMemory()) {
    await rm(join(base, idOf(owner)), { recursive: true, force: true }).catch(() => {});
  }
}

const idOf = (owner: string): string =>
  createHash("sha256").update(resolve(owner)).digest("hex").slice(0, 12);

const basesInMemory = (): string[] => [
  "/run/nightcap",
  `/dev/shm/nightcap-${process.getuid?.() ?? 0}`,
];

async function openInMemory(base: string, id: string): Promise<RingFolder | null> {
  if (!(await isInMemory(join(base, "..")))) return null;
  await mkdir(base, { recursive: true, mode: secretDirectoryMode });
  // Everybody may write to /dev/shm: a folder that another made there is not used.
  const found = await lstat(base);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return null;
  const directory = join(base, id, "ring");
  await mkdir(directory, { recursive: true, mode: secretDirectoryMode });
  return describe(directory);
}

async function describe(directory: string): Promise<RingFolder> {
  const { blocks, bsize } = await statfs(directory);
  const roomBytes = Math.floor(blocks * bsize * shareOfFileSystem);
  return { directory, roomBytes, isInMemory: await isInMemory(directory) };
}

async function isInMemory(path: string): Promise<boolean> {
  return statfs(path).then(
    ({ type }) => type === tmpfsType,
    () => false,
  );
}
