import type { EncryptionStatus, StoreEncryption } from "../store-encryption.ts";
import type { KeyRing } from "../vault/key-ring.ts";
import { BlobError } from "../blob-error.ts";
import { isKeyMissing } from "./records.ts";
import type { BlobEntry, ContainerEntry } from "./directory-index.ts";
import { type Marker, writeMarker } from "./marker.ts";
import { rewrapBlob, rewrapDamaged } from "./rewrap-blob.ts";
import { hasPlainName, isPlain, plainSizeBytes, sealBlob } from "./seal-blob.ts";
import { commitContainer } from "./sidecars.ts";
import type { StoreParts } from "./store-parts.ts";

/** Passes over a store that is being written to; what is left then is for the next time. */
const passCountMax = 5;

type SealedParts = StoreParts & { readonly keys: KeyRing };

/** Encrypts, blob by blob under its lock, what was there before there were keys, and wraps keys anew. */
export function createEncryption(
  parts: SealedParts,
  path: string,
  found: { marker: Marker; keyId: string | null },
): StoreEncryption {
  let { marker, keyId } = found;
  const mark = async (change: Partial<Marker>): Promise<void> => {
    const next = { ...marker, ...change };
    keyId = await writeMarker(path, parts.keys, next);
    marker = next;
  };
  return {
    status: () => statusOf(parts, marker),
    async requestSealing() {
      if (!marker.sealing && !marker.sealedOnly) await mark({ sealing: true });
    },
    async seal(signal) {
      if (marker.sealedOnly) return true;
      await eachBlob(parts, signal, async (blob) => {
        const wanted = isPlain(blob) || (await hasPlainName(blob));
        return wanted && goOn(parts, blob, () => sealBlob(parts, blob).then(() => true));
      });
      await eachContainer(parts, signal, ({ recordKeyId }) => recordKeyId === null);
      if (signal.aborted || statusOf(parts, marker).plainBlobs > 0) return false;
      await mark({ sealedOnly: true, sealing: false });
      return true;
    },
    async rewrap(signal) {
      for (let pass = 0; pass < passCountMax && !signal.aborted; pass++) {
        const current = parts.keys.current.id;
        const isOld = (id: string | null): boolean => id !== null && id !== current;
        const containers = await eachContainer(parts, signal, (each) => isOld(each.recordKeyId));
        const blobs = await eachBlob(parts, signal, (blob) =>
          goOn(parts, blob, () => rewrapBlob(parts, blob)),
        );
        if (containers + blobs > 0) continue;
        // What comes in is wrapped anew as it is placed, and takes its first key until then.
        const receiving = [...parts.receiving].some((each) => isOld(each.keyId));
        if (signal.aborted || receiving) return false;
        await rewrapDamaged(parts.layout.damaged, parts.keys);
        if (isOld(keyId)) await mark({});
        return true;
      }
      return false;
    },
  };
}

function statusOf({ containers, keys }: SealedParts, marker: Marker): EncryptionStatus {
  let [encryptedBlobs, plainBlobs, plainBytes] = [0, 0, 0];
  for (const { blobs, unnamed } of containers.values()) {
    for (const blob of [...blobs.values(), ...unnamed.values()]) {
      if (!isPlain(blob)) encryptedBlobs++;
      else {
        plainBlobs++;
        plainBytes += plainSizeBytes(blob);
      }
    }
  }
  const { sealing, sealedOnly } = marker;
  return { keyId: keys.current.id, encryptedBlobs, plainBlobs, plainBytes, sealing, sealedOnly };
}

/** Runs `work` for each blob that is still there, under its lock; gives how many it said true of. */
async function eachBlob(
  { containers, locks }: SealedParts,
  signal: AbortSignal,
  work: (blob: BlobEntry) => Promise<boolean>,
): Promise<number> {
  let count = 0;
  for (const container of containers.values()) {
    for (const [name, blob] of [...container.blobs, ...container.unnamed]) {
      if (signal.aborted || container.deleted) break;
      const working = locks.run(blob.directory, async () => {
        // One that was deleted, made anew or named meanwhile is another entry.
        const isThere = (container.blobs.get(name) ?? container.unnamed.get(name)) === blob;
        if (isThere && !container.deleted && (await work(blob))) count++;
      });
      container.changes.add(working);
      try {
        await working;
      } finally {
        container.changes.delete(working);
      }
    }
  }
  return count;
}

/** A blob that is damaged does not keep the others waiting; what ends the work for all of them does. */
async function goOn(
  { log }: SealedParts,
  { directory }: BlobEntry,
  work: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (isKeyMissing(error) || error instanceof BlobError) throw error;
    log.error({ err: error, directory }, "a blob is left as it is: it is damaged");
    return false;
  }
}

/** Writes the records of containers again that `wanted` says; gives how many. */
async function eachContainer(
  parts: SealedParts,
  signal: AbortSignal,
  wanted: (container: ContainerEntry) => boolean,
): Promise<number> {
  let count = 0;
  for (const container of parts.containers.values()) {
    if (signal.aborted) break;
    await parts.locks.run(`/${container.name}`, async () => {
      if (container.deleted || !wanted(container)) return;
      await commitContainer(parts, container, container.sidecar);
      count++;
    });
  }
  return count;
}
