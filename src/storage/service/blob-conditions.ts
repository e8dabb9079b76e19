import { BlobError } from "../blob-error.ts";
import type { BlobProperties } from "../blob-store.ts";

/** A blob or a container. */
type Changeable = Pick<BlobProperties, "etag" | "lastModified">;

/**
 * Checks `If-Match`, `If-None-Match`, `If-Modified-Since` and `If-Unmodified-Since` against the blob as
 * it is ("Specifying conditional headers for Blob service operations"). Throws `ConditionNotMet`,
 * `NotModified` for reads, `BlobAlreadyExists` for `If-None-Match: *` on a write.
 */
export function checkConditions(
  headers: Headers,
  current: Changeable | null,
  kind: "read" | "write",
): void {
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null && !matches(ifMatch, current)) throw new BlobError("ConditionNotMet");
  const unmodifiedSince = readDate(headers, "if-unmodified-since");
  if (ifMatch === null && unmodifiedSince !== null && current) {
    if (wholeSeconds(current.lastModified) > unmodifiedSince)
      throw new BlobError("ConditionNotMet");
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) {
    if (matches(ifNoneMatch, current)) throw refusal(kind, ifNoneMatch);
    return;
  }
  const modifiedSince = readDate(headers, "if-modified-since");
  if (modifiedSince === null || !current) return;
  if (wholeSeconds(current.lastModified) <= modifiedSince) throw refusal(kind, "");
}

function refusal(kind: "read" | "write", ifNoneMatch: string): BlobError {
  if (kind === "read") return new BlobError("NotModified");
  return new BlobError(ifNoneMatch.trim() === "*" ? "BlobAlreadyExists" : "ConditionNotMet");
}

function matches(list: string, current: Changeable | null): boolean {
  if (!current) return false;
  const bare = current.etag.replaceAll('"', "");
  return list
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, "").replaceAll('"', ""))
    .some((tag) => tag === "*" || tag === bare);
}

const wholeSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1_000) * 1_000;

function readDate(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  if (text === null) return null;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new BlobError("InvalidHeaderValue", `${name}: "${text}"`);
  return milliseconds;
}
