import { uncommittedBlockLifetimeMilliseconds } from "../blob-store.ts";
import { removeFiles } from "./directory-files.ts";
import type { BlobEntry, ContainerEntry } from "./directory-index.ts";
import type { StoreParts } from "./store-parts.ts";

/** Removes blocks that nobody committed within Azure's week; returns how many. */
export async function collectGarbage(parts: StoreParts): Promise<number> {
  const staleBefore = parts.clock.now() - uncommittedBlockLifetimeMilliseconds;
  let count = 0;
  for (const container of parts.containers.values()) {
    for (const blob of [...container.blobs.values(), ...container.unnamed.values()]) {
      if (blob.staged.size === 0 || blob.stagedAt >= staleBefore) continue;
      count += await dropStaged(parts, { container, blob, staleBefore });
    }
  }
  if (count > 0) parts.log.info({ count }, "uncommitted blocks dropped after a week");
  return count;
}

async function dropStaged(
  { locks }: StoreParts,
  stale: { container: ContainerEntry; blob: BlobEntry; staleBefore: number },
): Promise<number> {
  const { container, blob, staleBefore } = stale;
  return locks.run(blob.directory, async () => {
    if (container.deleted || blob.stagedAt >= staleBefore) return 0;
    const files = Array.from(blob.staged.values(), ({ file }) => file);
    blob.staged = new Map();
    await removeFiles(blob.directory, files);
    return files.length;
  });
}
