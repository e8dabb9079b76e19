import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readTextIfExists, writeFileAtomic } from "../../common/files.ts";
import type { SourceSettings } from "./feed-settings.ts";
import type { Fetched } from "./fetch-source.ts";

const copyFacts = z.object({
  /** Of the content: the two files are written one after the other. */
  sha256: z.string(),
  /** Of the URL or path, which itself may hold a key. */
  sourceSha256: z.string(),
  fetchedTime: z.iso.datetime(),
  etag: z.string(),
  lastModified: z.string(),
});

/** Which copy of a feed it is. */
export type CopyFacts = Readonly<z.infer<typeof copyFacts>>;

export interface FeedCopy {
  readonly facts: CopyFacts;
  readonly text: string;
}

const hashOf = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

const sourceHash = ({ url, path }: SourceSettings): string => hashOf(url ?? path ?? "");

export function copyOf(source: SourceSettings, fetched: Fetched, now: string): FeedCopy {
  return {
    facts: {
      sha256: hashOf(fetched.bytes),
      sourceSha256: sourceHash(source),
      fetchedTime: now,
      etag: fetched.etag,
      lastModified: fetched.lastModified,
    },
    text: new TextDecoder().decode(fetched.bytes),
  };
}

/** The last good copy on disk; null when there is none, it is damaged, or it is of another source. */
export async function readCopy(
  directory: string,
  name: string,
  source: SourceSettings,
): Promise<FeedCopy | null> {
  const facts = await readFacts(join(directory, `${name}.json`));
  if (!facts || facts.sourceSha256 !== sourceHash(source)) return null;
  const bytes = await readFile(join(directory, `${name}.data`)).catch(() => null);
  if (!bytes || hashOf(bytes) !== facts.sha256) return null;
  return { facts, text: new TextDecoder().decode(bytes) };
}

async function readFacts(path: string): Promise<CopyFacts | null> {
  const text = await readTextIfExists(path);
  if (text === null) return null;
  try {
    return copyFacts.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export async function writeCopy(
  directory: string,
  name: string,
  { facts, bytes }: { facts: CopyFacts; bytes: Uint8Array },
): Promise<void> {
  await writeFileAtomic(join(directory, `${name}.data`), bytes);
  await writeFileAtomic(join(directory, `${name}.json`), JSON.stringify(facts));
}
