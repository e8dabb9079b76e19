import { mkdir } from "node:fs/promises";
import { systemClock } from "../../common/clock.ts";
import { secretDirectoryMode, syncDirectory } from "../../common/files.ts";
import { startLoop } from "../../common/lifecycle.ts";
import { silentLog } from "../../common/log.ts";
import {
  type BlobStore,
  defaultBlockSizeBytesMax,
  type DirectoryStoreSettings,
} from "../blob-store.ts";
import { openGuard } from "../store-guard.ts";
import { appendBlobOperations } from "./append-blobs.ts";
import { propertyOperations } from "./blob-properties.ts";
import { readOperations } from "./blob-reading.ts";
import { blockBlobOperations } from "./block-blobs.ts";
import { containerOperations } from "./containers.ts";
import { legalHoldOperations } from "./blob-holds.ts";
import { copyOperations } from "./copy-blob.ts";
import type { StoreEncryption } from "../store-encryption.ts";
import { createEncryption } from "./encryption.ts";
import { emptyDirectory } from "./directory-files.ts";
import { loadContainers } from "./load-containers.ts";
import { ensureMarker, openMarker } from "./marker.ts";
import { directoryLayout, markerPath } from "./directory-layout.ts";
import { collectGarbage } from "./garbage.ts";
import { KeyedLock } from "./keyed-lock.ts";
import type { StoreParts } from "./store-parts.ts";

const defaultFreeBytesMin = 256 << 20;
const garbageIntervalMilliseconds = 3_600_000;

/** Opens (and makes, when missing) a store in a directory, finishing what a crash interrupted. */
export async function openDirectoryStore(settings: DirectoryStoreSettings): Promise<BlobStore> {
  const { parts, encryption } = await openParts(settings);
  const loop = startLoop({
    intervalMilliseconds: garbageIntervalMilliseconds,
    work: async () => {
      await collectGarbage(parts);
    },
    onError: (error) => parts.log.error({ err: error }, "collecting garbage failed"),
  });
  return {
    blockSizeBytesMax: parts.blockSizeBytesMax,
    encryption,
    ...containerOperations(parts),
    ...blockBlobOperations(parts),
    ...appendBlobOperations(parts),
    ...copyOperations(parts),
    ...propertyOperations(parts),
    ...legalHoldOperations(parts),
    ...readOperations(parts),
    collectGarbage: () => collectGarbage(parts),
    async close() {
      await loop.close();
      for (const { changes } of parts.containers.values()) await Promise.allSettled(changes);
    },
  };
}

async function openParts(
  settings: DirectoryStoreSettings,
): Promise<{ parts: StoreParts; encryption: StoreEncryption | null }> {
  const layout = directoryLayout(settings.directory);
  for (const path of Object.values(layout)) {
    await mkdir(path, { recursive: true, mode: secretDirectoryMode });
  }
  await emptyDirectory(layout.incoming);
  await emptyDirectory(layout.trash);
  await syncDirectory(settings.directory);
  const log = settings.log ?? silentLog;
  const keys = settings.keys ?? null;
  const path = markerPath(settings.directory);
  const marker = await openMarker({ path, containers: layout.containers }, keys);
  const { sealedOnly } = marker;
  const containers = await loadContainers({ layout, keys, log, sealedOnly });
  const marked = keys && (await ensureMarker(path, keys, marker));
  const parts: StoreParts = {
    layout,
    keys,
    containers,
    locks: new KeyedLock(),
    receiving: new Set(),
    blockSizeBytesMax: settings.blockSizeBytesMax ?? defaultBlockSizeBytesMax,
    freeBytesMin: settings.freeBytesMin ?? defaultFreeBytesMin,
    guard: settings.guard ?? openGuard,
    clock: settings.clock ?? systemClock,
    log,
  };
  const encryption = keys && marked && createEncryption({ ...parts, keys }, path, marked);
  return { parts, encryption };
}
