import { createHash } from "node:crypto";
import { BlobError } from "../blob-error.ts";
import type { BlobContent } from "../blob-store.ts";
import { Crc64 } from "../crc64.ts";
import { addressOf, type BlobHandler, empty } from "./blob-call.ts";
import { checkConditions } from "./blob-conditions.ts";
import { blobHeaders, metadataHeaders, optional, readRange, stateHeaders } from "./blob-headers.ts";
import type { BlobRequest } from "./blob-request.ts";
import { blockListXml, xmlResponse } from "./blob-responses.ts";

/** Azure's limit for a range whose digest is asked for; it is held in memory. */
const digestedRangeSizeBytesMax = 4 << 20;

/** Operations that read one blob. */
export const readHandlers = {
  async GetBlob({ request, store }) {
    const digest = readWantedDigest(request.headers);
    const content = await store.read(addressOf(request), (found) => {
      checkConditions(request.headers, found, "read");
      const range = readRange(request.headers, found.sizeBytes);
      if (digest) checkDigestedRange(range);
      return range;
    });
    const { properties, range } = content;
    const partial = readRange(request.headers, properties.sizeBytes) !== null;
    const headers = {
      ...blobHeaders(properties),
      ...optional(partial ? "x-ms-blob-content-md5" : "content-md5", properties.contentMd5),
      ...overrides(request),
      "content-length": String(range.end - range.start + 1),
    };
    if (!partial) return new Response(content.stream, { status: 200, headers });
    const contentRange = `bytes ${range.start}-${range.end}/${properties.sizeBytes}`;
    const ranged = { ...headers, "content-range": contentRange };
    if (digest) return digestedResponse(content, digest, ranged);
    return new Response(content.stream, { status: 206, headers: ranged });
  },
  async GetBlobProperties({ request, store }) {
    const properties = await store.blob(addressOf(request));
    checkConditions(request.headers, properties, "read");
    return empty(200, {
      ...blobHeaders(properties),
      ...optional("content-md5", properties.contentMd5),
      ...overrides(request),
      "content-length": String(properties.sizeBytes),
    });
  },
  async GetBlobMetadata({ request, store }) {
    const properties = await store.blob(addressOf(request));
    checkConditions(request.headers, properties, "read");
    return empty(200, { ...stateHeaders(properties), ...metadataHeaders(properties.metadata) });
  },
  async GetBlockList({ request, store }) {
    const which = request.query.get("blocklisttype")?.toLowerCase() ?? "committed";
    if (!["committed", "uncommitted", "all"].includes(which)) {
      throw new BlobError("InvalidQueryParameterValue", `blocklisttype=${which.slice(0, 40)}`);
    }
    const list = await store.blockList(addressOf(request));
    const { properties } = list;
    return xmlResponse(blockListXml(list, which), {
      ...(properties ? stateHeaders(properties) : {}),
      "x-ms-blob-content-length": String(properties?.sizeBytes ?? 0),
    });
  },
} satisfies Record<string, BlobHandler>;

/** `rscc` and its kin of a SAS: headers that the answer carries in place of the blob's own. */
function overrides({ query }: BlobRequest): Record<string, string> {
  if (!query.has("sig")) return {};
  return {
    ...optional("cache-control", query.get("rscc") ?? null),
    ...optional("content-disposition", query.get("rscd") ?? null),
    ...optional("content-encoding", query.get("rsce") ?? null),
    ...optional("content-language", query.get("rscl") ?? null),
    ...optional("content-type", query.get("rsct") ?? null),
  };
}

type Digest = "md5" | "crc64";

/** Which digest of the range the answer is to carry. */
function readWantedDigest(headers: Headers): Digest | null {
  const wanted = (["md5", "crc64"] as const).filter(
    (name) => headers.get(`x-ms-range-get-content-${name}`)?.toLowerCase() === "true",
  );
  if (wanted.length < 2) return wanted[0] ?? null;
  throw new BlobError(
    "InvalidHeaderValue",
    "x-ms-range-get-content-md5 and x-ms-range-get-content-crc64 exclude each other.",
  );
}

function checkDigestedRange(range: { start: number; end: number } | null): void {
  if (!range) {
    throw new BlobError("InvalidHeaderValue", "A digest is of a range, and none was asked for.");
  }
  const sizeBytes = range.end - range.start + 1;
  if (sizeBytes <= digestedRangeSizeBytesMax) return;
  throw new BlobError(
    "OutOfRangeInput",
    `The range of ${sizeBytes} bytes has no digest: ${digestedRangeSizeBytesMax} at most.`,
  );
}

async function digestedResponse(
  { stream }: BlobContent,
  digest: Digest,
  headers: Record<string, string>,
): Promise<Response> {
  const bytes = Buffer.from(await new Response(stream).arrayBuffer());
  return new Response(bytes, {
    status: 206,
    headers: { ...headers, ...digestHeader(bytes, digest) },
  });
}

function digestHeader(bytes: Buffer, digest: Digest): Record<string, string> {
  if (digest === "md5") return { "content-md5": createHash("md5").update(bytes).digest("base64") };
  const crc64 = new Crc64();
  crc64.update(bytes);
  return { "x-ms-content-crc64": crc64.digest().toString("base64") };
}
