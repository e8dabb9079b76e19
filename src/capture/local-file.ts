import { constants } from "node:fs";
import { access, copyFile, link, mkdir, open, realpath, rm, stat, unlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { NightcapError } from "../common/errors.ts";
import { syncDirectory } from "../common/files.ts";
import { hashFile } from "./finish.ts";

const extension = ".cap";
const nameCountMax = 1_000;

/** Throws `InvalidParameter` for a path that no session may write: not `.cap`, not under a root. */
export function assertFilePath(filePath: string, roots: readonly string[]): void {
  if (!filePath.endsWith(extension) || basename(filePath) === extension) {
    throw new NightcapError("InvalidParameter", `filePath "${filePath}" must end in ${extension}`);
  }
  if (filePath.includes("\0") || !roots.some((root) => isBelow(filePath, root))) {
    throw new NightcapError(
      "InvalidParameter",
      `filePath "${filePath}" must be an absolute path below ${roots.join(" or ")}`,
    );
  }
}

function isBelow(path: string, root: string): boolean {
  const way = relative(resolve(root), resolve(path));
  return isAbsolute(path) && way !== "" && way !== ".." && !way.startsWith("../");
}

/**
 * Makes the file's directory and sees that it can be written; throws `CaptureFileFailed` with the path.
 * A symbolic link that leads out of the roots is refused.
 */
export async function prepareLocalFile(
  { filePath, sessionId }: { filePath: string; sessionId: string },
  roots: readonly string[],
): Promise<void> {
  const directory = dirname(filePath);
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    const real = await realpath(directory);
    const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
    if (!realRoots.some((root) => isBelow(join(real, basename(filePath)), root))) {
      throw new Error(`${directory} leads to ${real}, outside ${roots.join(" and ")}`);
    }
    await access(directory, constants.W_OK);
    const probe = join(directory, `.${sessionId}.partial`);
    // After a kill this may be a second name of the finished file: opened as it is, that would be emptied.
    await rm(probe, { force: true });
    await (await open(probe, "wx", 0o600)).close();
    await unlink(probe);
  } catch (cause) {
    throw new NightcapError("CaptureFileFailed", `cannot write ${filePath}`, { cause });
  }
}

/**
 * Leaves a copy of `source` at `filePath`, whole or not at all, mode 0600, and returns where it is: no
 * file that is there is ever replaced, `name-2.cap` and so on is taken instead. Done again with the same
 * content, it finds its own file.
 */
export async function placeLocalFile(options: {
  source: string;
  sha256: string;
  filePath: string;
  sessionId: string;
  /** What the name ends in; a number goes before it. */
  extension?: string;
}): Promise<string> {
  const { source, filePath } = options;
  const partial = join(dirname(filePath), `.${options.sessionId}.partial`);
  try {
    await unlink(partial).catch(() => {});
    await copyFile(source, partial, constants.COPYFILE_FICLONE);
    await syncFile(partial);
    const placed = await linkFree(partial, options);
    await unlink(partial);
    await syncDirectory(dirname(filePath));
    return placed;
  } catch (cause) {
    await unlink(partial).catch(() => {});
    throw new NightcapError("CaptureFileFailed", `cannot write ${filePath}`, { cause });
  }
}

interface Placed {
  filePath: string;
  sha256: string;
  extension?: string;
}

async function linkFree(
  partial: string,
  { filePath, sha256, extension: end = extension }: Placed,
): Promise<string> {
  for (let number = 1; number <= nameCountMax; number++) {
    const suffix = number === 1 ? end : `-${number}${end}`;
    const candidate = filePath.slice(0, -end.length) + suffix;
    const failure = await link(partial, candidate).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
    if (failure === null || (await isSame(candidate, partial, sha256))) return candidate;
    if (failure.code !== "EEXIST") throw failure;
  }
  throw new Error(`${nameCountMax} files of that name are there already`);
}

async function isSame(candidate: string, partial: string, sha256: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(candidate).catch(() => null), stat(partial)]);
  if (one === null || !one.isFile() || one.size !== other.size) return false;
  return (await hashFile(candidate)) === sha256;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}
