import { BlobError } from "../blob-error.ts";
import { blockIdSizeBytesMax, type BlockListEntry } from "../blob-store.ts";
import type { StagedBlock } from "./directory-index.ts";
import type { Segment } from "./directory-layout.ts";

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A block id's bytes as hex. Throws `InvalidBlockId`, `OutOfRangeInput` when over 64 bytes. */
export function blockIdHex(id: string): string {
  if (id.length === 0 || !base64Pattern.test(id)) {
    throw new BlobError("InvalidBlockId", `"${id.slice(0, 100)}"`);
  }
  const bytes = Buffer.from(id, "base64");
  if (bytes.length > blockIdSizeBytesMax) {
    throw new BlobError("OutOfRangeInput", `Block ID of ${bytes.length} bytes, 64 at most.`);
  }
  return bytes.toString("hex");
}

/** The segments that a block list names, in its order. Throws `InvalidBlockList` for one that is not there. */
export function resolveBlockList(
  entries: readonly BlockListEntry[],
  committed: readonly Segment[],
  staged: ReadonlyMap<string, StagedBlock>,
): Segment[] {
  const committedById = new Map(
    committed.flatMap((segment) =>
      segment.id === null ? [] : [[blockIdHex(segment.id), segment] as const],
    ),
  );
  return entries.map(({ id, from }) => {
    const idHex = blockIdHex(id);
    const uncommitted = from === "Committed" ? undefined : staged.get(idHex);
    const segment = uncommitted
      ? { id, ...uncommitted }
      : from === "Uncommitted"
        ? undefined
        : committedById.get(idHex);
    if (!segment) throw new BlobError("InvalidBlockList", `${from} block "${id}" is not there.`);
    return segment;
  });
}
