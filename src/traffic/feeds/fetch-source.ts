import { open, stat } from "node:fs/promises";
import { NightcapError } from "../../common/errors.ts";
import type { SourceSettings } from "./feed-settings.ts";

/** What tells whether a source has changed since (RFC 9110, 8.8); of a file, its size and time. */
export interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}

export interface Fetched extends Validators {
  readonly bytes: Uint8Array;
}

/** The source's content, or null when it is what `known` describes. Errors do not name the URL: it may hold a key. */
export async function fetchSource(
  settings: SourceSettings,
  known: Validators | null,
  signal: AbortSignal,
): Promise<Fetched | null> {
  if (settings.path !== undefined) return readSourceFile(settings.path, settings, known);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutSeconds * 1_000)]);
  try {
    return await fetchUrl(settings, known, limit);
  } catch (cause) {
    if (cause instanceof NightcapError || signal.aborted) throw cause;
    const isSlow = limit.aborted;
    const what = isSlow
      ? `no whole answer within ${settings.timeoutSeconds} s`
      : "cannot be fetched";
    throw new NightcapError("ServiceUnavailable", what, isSlow ? {} : { cause });
  }
}

async function fetchUrl(
  { url = "", sizeBytesMax }: SourceSettings,
  known: Validators | null,
  signal: AbortSignal,
): Promise<Fetched | null> {
  const response = await fetch(url, { signal, headers: conditions(known) });
  if (response.status === 304 && known) {
    await response.body?.cancel();
    return null;
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new NightcapError("ServiceUnavailable", `answered with status ${response.status}`);
  }
  return {
    bytes: await readAtMost(response, sizeBytesMax),
    etag: response.headers.get("etag") ?? "",
    lastModified: response.headers.get("last-modified") ?? "",
  };
}

function conditions(known: Validators | null): Record<string, string> {
  return {
    ...(known && known.etag !== "" && { "if-none-match": known.etag }),
    ...(known && known.lastModified !== "" && { "if-modified-since": known.lastModified }),
  };
}

/** The size is that of what comes out, so that a small compressed answer cannot fill the memory. */
async function readAtMost(response: Response, sizeBytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > sizeBytesMax) throw tooLarge(sizeBytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(sizeBytesMax: number): NightcapError {
  return new NightcapError("RequestTooLarge", `larger than ${sizeBytesMax} bytes (sizeBytesMax)`);
}

async function readSourceFile(
  path: string,
  { sizeBytesMax }: SourceSettings,
  known: Validators | null,
): Promise<Fetched | null> {
  const unreadable = (cause: unknown): never => {
    throw new NightcapError("ServiceUnavailable", `cannot read ${path}`, { cause });
  };
  const facts = await stat(path).catch(unreadable);
  if (!facts.isFile()) throw new NightcapError("ServiceUnavailable", `${path} is no file`);
  const lastModified = facts.mtime.toISOString();
  const etag = `${facts.size}-${facts.ino}`;
  if (known?.etag === etag && known.lastModified === lastModified) return null;
  if (facts.size > sizeBytesMax) throw tooLarge(sizeBytesMax);
  const file = await open(path, "r").catch(unreadable);
  try {
    // The file may grow meanwhile: no more is read than was looked at.
    const bytes = new Uint8Array(facts.size);
    const { bytesRead } = await file.read(bytes, 0, facts.size, 0);
    return { bytes: bytes.subarray(0, bytesRead), etag, lastModified };
  } finally {
    await file.close();
  }
}
