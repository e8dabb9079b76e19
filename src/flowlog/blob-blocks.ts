// Azure's layout of a growing PT1H.json (Microsoft Learn, "Manage and analyze flow logs", Read flow logs):
// an opening block, one block for each entry, a closing block. New entries are put before the closing block.

/** The first block of a blob. */
export const openingBlock = '{"records":[';
/** The last block of a blob. */
export const closingBlock = "]}";

/** Those of older, indented blobs are longer. */
const openingSizesBytes = new Set<number>([openingBlock.length, 21]);
/** A blob no longer than this holds nothing yet. */
export const openingSizeBytesMax = Math.max(...openingSizesBytes);
const closingSizesBytes = new Set<number>([closingBlock.length, 9]);

/** The block of an entry: its records, and the comma that parts them from those before. */
export function entryBlock(records: readonly string[], isFirst: boolean): string {
  return (isFirst ? "" : ",") + records.join(",");
}

/** What of a blob is new. */
export type NewBlocks =
  /** Nothing but the opening and closing block, or all was read. */
  | { readonly kind: "none" }
  /** Bytes from `startBytes` to `endBytes`, excluded; afterwards `lastBlock` is the checkpoint. */
  | {
      readonly kind: "range";
      readonly startBytes: number;
      readonly endBytes: number;
      readonly lastBlock: number;
    }
  /** It has fewer blocks than were read: it is another blob of the same name, to be read from its beginning. */
  | { readonly kind: "replaced" }
  /** One block, or blocks of another program: read it whole, or on from the bytes that were consumed. */
  | { readonly kind: "not in entries" };

/**
 * The blocks after the last one that was read, whose index is `lastBlock` (0 when none was: the opening block is never
 * read), without the closing block.
 */
export function newBlocks(sizesBytes: readonly number[], lastBlock: number): NewBlocks {
  const closing = sizesBytes.length - 1;
  const isInEntries =
    closing >= 1 &&
    openingSizesBytes.has(sizesBytes[0] ?? 0) &&
    closingSizesBytes.has(sizesBytes[closing] ?? 0);
  if (!isInEntries) return { kind: lastBlock > 0 ? "replaced" : "not in entries" };
  if (lastBlock >= closing) return { kind: "replaced" };
  if (lastBlock === closing - 1) return { kind: "none" };
  const startBytes = sum(sizesBytes.slice(0, lastBlock + 1));
  const endBytes = sum(sizesBytes.slice(0, closing));
  return { kind: "range", startBytes, endBytes, lastBlock: closing - 1 };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
