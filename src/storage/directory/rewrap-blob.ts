import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../common/files.ts";
import type { KeyRing } from "../vault/key-ring.ts";
import { messageKeyId, openMessage, sealMessage } from "../vault/message.ts";
import { rewrapFile } from "../vault/sealed-file.ts";
import type { BlobEntry } from "./directory-index.ts";
import { parseBlockFileName, sealedNameFileName, sidecarFileName } from "./directory-layout.ts";
import { damagedPurpose, namePurpose, readRecord, writeRecord } from "./records.ts";
import { isMissing } from "./segment-reading.ts";
import { commitSidecar } from "./sidecars.ts";

/** Wraps what a blob has anew, under its lock; its bytes are not touched. True when there was something to do. */
export async function rewrapBlob({ keys }: { keys: KeyRing }, blob: BlobEntry): Promise<boolean> {
  const pieces = [...(blob.committed?.segments ?? []), ...blob.staged.values()];
  const files = new Set(pieces.flatMap(({ file, fileId }) => (fileId === undefined ? [] : file)));
  let changed = false;
  for (const file of files) {
    if (await rewrapFile(keys, join(blob.directory, file))) changed = true;
  }
  const { recordKeyId } = blob;
  if (blob.committed && recordKeyId !== null && recordKeyId !== keys.current.id) {
    await commitSidecar({ keys }, blob, blob.committed);
    changed = true;
  }
  return (await rewrapName(blob.directory, keys)) || changed;
}

async function rewrapName(directory: string, keys: KeyRing): Promise<boolean> {
  const path = join(directory, sealedNameFileName);
  const sealed = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (!sealed || messageKeyId(sealed) === keys.current.id) return false;
  const purpose = namePurpose(directory);
  await writeFileAtomic(path, sealMessage(keys, purpose, openMessage(keys, purpose, sealed)));
  return true;
}

/** Blobs that were set aside as damaged, as far as they open: people may want to look at them. */
export async function rewrapDamaged(damaged: string, keys: KeyRing): Promise<void> {
  for (const name of await readdir(damaged)) {
    const directory = join(damaged, name);
    for (const file of await readdir(directory)) {
      const path = join(directory, file);
      const work = parseBlockFileName(file)?.isSealed
        ? rewrapFile(keys, path)
        : file === sidecarFileName
          ? rewrapRecord(keys, { path, purpose: damagedPurpose(name) })
          : Promise.resolve();
      await work.catch(() => {}); // it is damaged
    }
  }
}

async function rewrapRecord(
  keys: KeyRing,
  place: { path: string; purpose: string },
): Promise<void> {
  const { value, keyId } = await readRecord(keys, place);
  if (keyId === null || keyId === keys.current.id) return;
  await writeRecord(keys, place, value as object);
}
