/** What lies beside a capture has its name and more: `a.cap.coverage.json`, `a.cap.owners.jsonl`, `a.cap.manifest.json`. */
const besidePattern = /^(.+\.cap)\.[a-z]+\.jsonl?$/;
/** A file of a ring: `a_00001_20261121093000.cap` is of `a.cap`. */
const ringPattern = /^(.+)_\d{5,10}_\d{14}\.cap$/;

/**
 * The captures that a blob may belong to, by the names of their own blobs, the nearest first: the blob itself,
 * the one that it lies beside, and the one of whose ring it is a file.
 */
export function familyBases(blob: string): string[] {
  const beside = besidePattern.exec(blob)?.[1] ?? blob;
  const ring = ringPattern.exec(beside)?.[1];
  return [...new Set([blob, beside, ...(ring === undefined ? [] : [`${ring}.cap`])])];
}
