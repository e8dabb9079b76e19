import { open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { secretFileMode, writeFileAtomic } from "../../common/files.ts";
import type { KeyRing, StorageKey } from "../../storage/vault/key-ring.ts";
import { messageKeyId, openMessage, sealMessage } from "../../storage/vault/message.ts";
import type { SealedPart } from "../encryption/encryption.ts";
import { packetIndexFile, reportFiles } from "./report-task.ts";

/** At the end of the names of files that are encrypted. */
const sealedSuffix = ".sealed";

/** A report is sealed for its session, whose id its folder has for a name. */
const purposeOf = (directory: string, name: string): string =>
  `report ${basename(directory)}/${name}`;

/** Writes one file of a report, encrypted where there is a key; the one in plain text goes then. */
export async function writeReportFile(
  { directory, name }: { directory: string; name: string },
  content: string | Uint8Array,
  key: StorageKey | null,
): Promise<void> {
  const path = join(directory, name);
  if (!key) return writeFileAtomic(path, content);
  const sealed = sealMessage({ current: key }, purposeOf(directory, name), Buffer.from(content));
  await writeFileAtomic(`${path}${sealedSuffix}`, sealed);
  await unlink(path).catch(ignoreMissing);
}

/** Null when there is none. Throws `StorageSealBroken`, `StorageKeyInvalid`. */
export async function readReportFile(
  { directory, name }: { directory: string; name: string },
  keys: KeyRing | null,
): Promise<Buffer | null> {
  const path = join(directory, name);
  const sealed = keys && (await readFile(`${path}${sealedSuffix}`).catch(ignoreMissing));
  if (keys && sealed) return openMessage(keys, purposeOf(directory, name), sealed);
  return (await readFile(path).catch(ignoreMissing)) ?? null;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** Writes a file again that is there, or one more beside them; where the report was deleted meanwhile it stays away. */
export async function replaceReportFile(
  { directory, name }: { directory: string; name: string },
  content: Uint8Array,
  key: StorageKey | null,
): Promise<void> {
  const path = join(directory, key ? `${name}${sealedSuffix}` : name);
  const partial = `${path}.partial`;
  const file = await open(partial, "w", secretFileMode).catch(ignoreMissing);
  if (!file) return;
  try {
    const purpose = purposeOf(directory, name);
    await file.writeFile(
      key ? sealMessage({ current: key }, purpose, Buffer.from(content)) : content,
    );
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path).catch(ignoreMissing);
  if (key) await unlink(join(directory, name)).catch(ignoreMissing);
}

/** Keys that reports are being written with: a worker that began with one ends with it. */
export class ReportKeys {
  readonly #keys: KeyRing | null;
  readonly #inUse = new Set<{ readonly id: string }>();

  constructor(keys: KeyRing | null) {
    this.#keys = keys;
  }

  /** The key of a report that begins now; `release` is called when it is written. */
  take(): { key: StorageKey | null; release: () => void } {
    const key = this.#keys?.current ?? null;
    if (!key) return { key, release: () => {} };
    const use = { id: key.id };
    this.#inUse.add(use);
    return { key, release: () => void this.#inUse.delete(use) };
  }

  /** Runs `work` with the key of what begins now. */
  async use<Result>(work: (key: StorageKey | null) => Promise<Result>): Promise<Result> {
    const { key, release } = this.take();
    try {
      return await work(key);
    } finally {
      release();
    }
  }

  /** What opens reports; null: none is encrypted. */
  get ring(): KeyRing | null {
    return this.#keys;
  }

  isOldInUse(): boolean {
    return [...this.#inUse].some(({ id }) => id !== this.#keys?.current.id);
  }
}

/** All reports, as they are encrypted. */
export function sealedReports(options: {
  /** The folder of their folders, which are named by session. */
  directory: string;
  keys: KeyRing | null;
  inUse: Pick<ReportKeys, "isOldInUse">;
  /** The files in plain text have gone. */
  onSealed: (sessionId: string) => Promise<void>;
}): SealedPart {
  const { keys } = options;
  /** Encrypts what `isWanted` says of its key; false when it was ended before. */
  const rewrite = async (
    signal: AbortSignal,
    isWanted: (keyId: string | null) => boolean,
  ): Promise<boolean> => {
    for (const session of (await readdir(options.directory).catch(ignoreMissing)) ?? []) {
      if (signal.aborted) return false;
      const directory = join(options.directory, session);
      if (keys && (await rewriteReport(directory, keys, isWanted))) await options.onSealed(session);
    }
    return true;
  };
  return {
    name: "reports",
    seal: (signal) => rewrite(signal, (keyId) => keyId === null),
    async rewrap(signal) {
      if (options.inUse.isOldInUse()) return false;
      return rewrite(signal, (keyId) => keyId !== null && keyId !== keys?.current.id);
    },
  };
}

async function rewriteReport(
  directory: string,
  keys: KeyRing,
  isWanted: (keyId: string | null) => boolean,
): Promise<boolean> {
  let changed = false;
  for (const name of [...Object.values(reportFiles), packetIndexFile]) {
    const place = { directory, name };
    if (!isWanted(await keyIdOf(place))) continue;
    const content = await readReportFile(place, keys);
    if (!content) continue;
    await replaceReportFile(place, content, keys.current);
    changed = true;
  }
  return changed;
}

async function keyIdOf({
  directory,
  name,
}: {
  directory: string;
  name: string;
}): Promise<string | null> {
  const sealed = await readFile(join(directory, `${name}${sealedSuffix}`)).catch(ignoreMissing);
  return sealed ? messageKeyId(sealed) : null;
}
