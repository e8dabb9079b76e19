import { BlobError } from "../blob-error.ts";
import { listResultCountMax, type ListQuery } from "../blob-store.ts";
import type { BlobRequest } from "./blob-request.ts";

export interface ListingOptions {
  readonly query: ListQuery;
  readonly withMetadata: boolean;
  readonly withCopy: boolean;
  readonly withLegalHold: boolean;
}

/** Reads a listing's parameters; an `include` that is not of `known` is refused by its name. */
export function readListing({ query }: BlobRequest, known: readonly string[]): ListingOptions {
  const include = (query.get("include") ?? "")
    .toLowerCase()
    .split(",")
    .filter((value) => value !== "");
  const unknown = include.find((value) => !known.includes(value));
  if (unknown !== undefined) {
    const detail = `Listing with include=${unknown.slice(0, 100)}; ${known.join(", ")} can be listed.`;
    throw new BlobError("NotImplemented", detail);
  }
  return {
    withMetadata: include.includes("metadata"),
    withCopy: include.includes("copy"),
    withLegalHold: include.includes("legalhold"),
    query: { ...readQuery(query), uncommittedToo: include.includes("uncommittedblobs") },
  };
}

function readQuery(query: ReadonlyMap<string, string>): ListQuery {
  const limitText = query.get("maxresults");
  if (limitText !== undefined && !/^[1-9][0-9]{0,8}$/.test(limitText)) {
    throw new BlobError(
      "OutOfRangeQueryParameterValue",
      `maxresults=${limitText.slice(0, 20)}, at least 1.`,
    );
  }
  const prefix = query.get("prefix");
  const marker = query.get("marker");
  const delimiter = query.get("delimiter");
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(marker === undefined ? {} : { marker: decodeMarker(marker) }),
    ...(limitText === undefined ? {} : { limit: Math.min(Number(limitText), listResultCountMax) }),
  };
}

/** Markers are opaque to clients; ours are base64url, so that any name passes through XML and a URL. */
export const encodeMarker = (marker: string | null): string =>
  marker === null ? "" : Buffer.from(marker, "utf8").toString("base64url");
const decodeMarker = (marker: string): string => Buffer.from(marker, "base64url").toString("utf8");
