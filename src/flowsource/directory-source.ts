import { watch } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { describeError, NightcapError } from "../common/errors.ts";
import { type FlowSource, isFlowLogName, type SourceBlob } from "./flow-source.ts";
import type { PieceMemory } from "./piece-memory.ts";

const readSizeBytes = 1 << 20;
/** Azure's own layout is 13 folders deep. */
const depthMax = 32;

/** A file, or the flow logs in a folder and in all folders below it. Symbolic links to folders are not followed. */
export async function openDirectorySource(path: string): Promise<FlowSource> {
  const root = resolve(path);
  const found = await stat(root).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(root, cause);
  });
  const isFolder = found.isDirectory();
  const folder = isFolder ? root : dirname(root);
  return {
    title: folder,
    list: (signal) => (isFolder ? listFolder(folder, folder, signal) : listFile(folder, root)),
    read: (blob, range, signal) => readRange(join(folder, blob.name), { ...range, blob, signal }),
    blocks: null,
    watch: (onChange) => {
      const watcher = watch(isFolder ? folder : root, { recursive: isFolder }, () => onChange());
      watcher.on("error", () => undefined); // asking again at intervals finds what this does not
      return { close: async () => watcher.close() };
    },
  };
}

async function* listFile(folder: string, path: string): AsyncGenerator<SourceBlob> {
  yield await describeFile(folder, basename(path));
}

async function* listFolder(
  root: string,
  folder: string,
  signal: AbortSignal,
  depth = 0,
): AsyncGenerator<SourceBlob> {
  signal.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < depthMax) yield* listFolder(root, path, signal, depth + 1);
    else if (!entry.isDirectory() && isFlowLogName(entry.name)) {
      const name = relative(root, path).split(sep).join("/");
      const file = await describeFile(root, name).catch(goneIsNull);
      if (file) yield file;
    }
  }
}

async function describeFile(folder: string, name: string): Promise<SourceBlob> {
  const path = join(folder, name);
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!found.isFile()) throw new NightcapError("InvalidParameter", `${path} is no file`);
  return {
    name,
    sizeBytes: Number(found.size),
    etag: `${found.ino}-${found.size}-${found.mtimeNs}`,
    modifiedAt: Number(found.mtimeMs),
  };
}

/** A file may go while its folder is listed. */
function goneIsNull(error: unknown): null {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
  throw error;
}

async function* readRange(
  path: string,
  range: {
    start: number;
    end: number;
    memory?: PieceMemory;
    blob: SourceBlob;
    signal: AbortSignal;
  },
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    for (let at = range.start; at < range.end;) {
      range.signal.throwIfAborted();
      const sizeBytes = Math.min(readSizeBytes, range.end - at);
      const bytes = range.memory?.take(sizeBytes) ?? Buffer.allocUnsafeSlow(sizeBytes);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
      if (bytesRead === 0)
        throw new NightcapError("PreconditionFailed", `${path} became shorter while it was read`);
      at += bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function unreadable(path: string, cause: unknown): NightcapError {
  const code = cause instanceof Error && "code" in cause ? cause.code : "";
  const cures: Record<string, string> = {
    ENOENT: "there is no such file or folder",
    EACCES: "this user may not read it: run as one who may, or change its permissions",
  };
  const reason = cures[String(code)] ?? describeError(cause);
  return new NightcapError("StorageUnavailable", `cannot read ${path}: ${reason}`, { cause });
}
