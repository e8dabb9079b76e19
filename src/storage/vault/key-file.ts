import { randomBytes } from "node:crypto";
import { open, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { NightcapError } from "../../common/errors.ts";
import { secretFileMode, syncDirectory, writeFileAtomic } from "../../common/files.ts";
import { storageKeySizeBytes } from "./key-ring.ts";

export const keyCountMax = 16;
const fileSizeBytesMax = 4_096;
const keyPattern = /^[0-9a-f]{64}$/i;
/** A group may read it, as systemd and Kubernetes hand secrets out; nobody else may, nor write it. */
const forbiddenModeBits = 0o027;

const heading = "# Keys of Nightcap's store: the first line seals, the others only open.\n";

/** The keys of a file, one in 64 hexadecimal digits a line, the newest first. Throws `StorageKeyInvalid`. */
export async function readKeyFile(path: string): Promise<Buffer[]> {
  const failed = (cause: unknown): never => {
    throw new NightcapError("StorageKeyInvalid", `cannot read the key file ${path}`, { cause });
  };
  const { size, mode } = await stat(path).catch(failed);
  if (mode & forbiddenModeBits) {
    const found = (mode & 0o777).toString(8).padStart(4, "0");
    throw invalid(path, `its mode is ${found}, others may use it: chmod 600 it`);
  }
  if (size > fileSizeBytesMax) throw invalid(path, `it has ${size} bytes, it is no key file`);
  return parseKeys(await readFile(path, "utf8").catch(failed), path);
}

function parseKeys(text: string, path: string): Buffer[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw invalid(path, "it has no key");
  if (lines.length > keyCountMax) {
    throw invalid(path, `it has ${lines.length} keys, ${keyCountMax} at most`);
  }
  const wrong = lines.findIndex((line) => !keyPattern.test(line));
  if (wrong >= 0) throw invalid(path, `key ${wrong + 1} is not 64 hexadecimal digits`);
  if (new Set(lines.map((line) => line.toLowerCase())).size < lines.length) {
    throw invalid(path, "it has one key twice");
  }
  return lines.map((line) => Buffer.from(line, "hex"));
}

/** Makes a key file with one new key, mode 0600. Throws `StorageKeyInvalid` when there is one already. */
export async function createKeyFile(path: string): Promise<Buffer> {
  const key = randomBytes(storageKeySizeBytes);
  const failed = (cause: NodeJS.ErrnoException): never => {
    const why = cause.code === "EEXIST" ? "it exists, and is not replaced" : "it cannot be made";
    throw new NightcapError("StorageKeyInvalid", `key file ${path}: ${why}`, { cause });
  };
  const file = await open(path, "wx", secretFileMode).catch(failed);
  try {
    await file.writeFile(textOf([key]));
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
  return key;
}

/** Replaces the keys of a file whole. */
export async function writeKeyFile(path: string, keys: readonly Uint8Array[]): Promise<void> {
  await writeFileAtomic(path, textOf(keys)).catch((cause: unknown) => {
    throw new NightcapError("StorageKeyInvalid", `cannot write the key file ${path}`, { cause });
  });
}

const textOf = (keys: readonly Uint8Array[]): string =>
  heading + keys.map((key) => `${Buffer.from(key).toString("hex")}\n`).join("");

const invalid = (path: string, why: string): NightcapError =>
  new NightcapError("StorageKeyInvalid", `key file ${path}: ${why}`);
