import type { HashedFile } from "./block-hashes.ts";
import type { ManifestFile } from "./manifest.ts";

/** Bytes `start` up to, not including, `end` are not what was signed, or not there. */
export interface AlteredRange {
  start: number;
  end: number;
}

export type FileVerdict =
  | { kind: "right" }
  /** `ranges` is empty when the manifest has no block hashes. */
  | { kind: "altered"; ranges: AlteredRange[]; what: string }
  /** It has nothing in common with what was signed: made anew from it (cut, strip, merge), or another recording. */
  | { kind: "notTheOriginal"; what: string }
  | { kind: "missing" };

/** Ranges that a verdict lists; neighbouring blocks are one range. */
const rangeCountMax = 1_000;

/** Compares a file, hashed in blocks of the manifest's size, with what was signed of it. */
export function checkFile(
  signed: Pick<ManifestFile, "sizeBytes" | "sha256" | "blocks">,
  found: HashedFile,
  blockSizeBytes: number,
): FileVerdict {
  if (found.sha256 === signed.sha256 && found.sizeBytes === signed.sizeBytes) {
    return { kind: "right" };
  }
  const sizes = `${found.sizeBytes} bytes, ${signed.sizeBytes} were signed`;
  if (signed.blocks === null) {
    const what =
      found.sizeBytes === signed.sizeBytes ? "its SHA-256 is another" : `it has ${sizes}`;
    return { kind: "altered", ranges: [], what };
  }
  const { blocks } = signed;
  const same = blocks.filter((hash, index) => found.blocks[index] === hash).length;
  if (same === 0 && found.sizeBytes !== signed.sizeBytes) {
    return { kind: "notTheOriginal", what: `no block is the same; it has ${sizes}` };
  }
  const ranges = alteredRanges({ ...signed, blocks }, found, blockSizeBytes);
  const sized = found.sizeBytes === signed.sizeBytes ? "" : `; it has ${sizes}`;
  const first = ranges[0]?.start ?? 0;
  return { kind: "altered", ranges, what: `altered from byte ${first} on${sized}` };
}

function alteredRanges(
  signed: { sizeBytes: number; blocks: readonly string[] },
  found: HashedFile,
  blockSizeBytes: number,
): AlteredRange[] {
  const ranges: AlteredRange[] = [];
  const sizeBytes = Math.max(signed.sizeBytes, found.sizeBytes);
  const count = Math.max(signed.blocks.length, found.blocks.length);
  for (let index = 0; index < count; index++) {
    if (signed.blocks[index] === found.blocks[index]) continue;
    const start = index * blockSizeBytes;
    const end = Math.min(start + blockSizeBytes, sizeBytes);
    const last = ranges.at(-1);
    if (last?.end === start) last.end = end;
    else if (ranges.length < rangeCountMax) ranges.push({ start, end });
  }
  return ranges;
}
