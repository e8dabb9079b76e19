import { createHash } from "node:crypto";
import { parseBlockList } from "./azure-xml.ts";
import { checkConditions } from "./blob-conditions.ts";
import { BlobError } from "../blob-error.ts";
import {
  blobHeaders,
  metadataHeaders,
  optional,
  readContentHeaders,
  readIncomingBody,
  readMetadata,
  readRange,
  stateHeaders,
} from "./blob-headers.ts";
import type { BlobOperation } from "./blob-operations.ts";
import type { BlobRequest } from "./blob-request.ts";
import {
  blobListResponse,
  blockListXml,
  containerListResponse,
  decodeMarker,
  servicePropertiesXml,
  xmlResponse,
  type ListingOptions,
} from "./blob-responses.ts";
import {
  listResultCountMax,
  type BlobProperties,
  type BlobStore,
  type BlobWrite,
} from "../blob-store.ts";
import type { Grant } from "../access/blob-authorization.ts";

/** An authorized request and what its operation works on. */
export interface BlobCall {
  readonly request: BlobRequest;
  readonly store: BlobStore;
  readonly grant: Grant;
}

const blockListSizeBytesMax = 8 << 20;

/** One function an operation; each gives the answer or throws `BlobError`. */
export const blobHandlers: Record<BlobOperation, (call: BlobCall) => Promise<Response>> = {
  async ListContainers({ request, store }) {
    const options = readListing(request, ["metadata"]);
    return containerListResponse(request, options, await store.listContainers(options.query));
  },
  GetServiceProperties: async () => xmlResponse(servicePropertiesXml),
  GetAccountInformation: async () =>
    empty(200, {
      "x-ms-sku-name": "Standard_LRS",
      "x-ms-account-kind": "StorageV2",
      "x-ms-is-hns-enabled": "false",
    }),

  async CreateContainer({ request, store }) {
    if (request.headers.has("x-ms-blob-public-access")) {
      throw new BlobError("NotImplemented", "CreateContainer with x-ms-blob-public-access.");
    }
    const metadata = readMetadata(request.headers);
    return empty(201, stateHeaders(await store.createContainer(request.container, metadata)));
  },
  async GetContainerProperties({ request, store }) {
    const properties = await store.container(request.container);
    return empty(200, {
      ...stateHeaders(properties),
      ...metadataHeaders(properties.metadata),
      "x-ms-lease-state": "available",
      "x-ms-lease-status": "unlocked",
      "x-ms-has-immutability-policy": "false",
      "x-ms-has-legal-hold": "false",
    });
  },
  async SetContainerMetadata({ request, store }) {
    const metadata = readMetadata(request.headers);
    return empty(200, stateHeaders(await store.setContainerMetadata(request.container, metadata)));
  },
  async DeleteContainer({ request, store }) {
    await store.deleteContainer(request.container);
    return empty(202);
  },
  async ListBlobs({ request, store }) {
    const options = readListing(request, ["metadata", "copy", "tags", "versions", "snapshots"]);
    const page = await store.listBlobs(request.container, options.query);
    return blobListResponse(request, options, page);
  },

  async PutBlob(call) {
    const { request, store } = call;
    if (!request.headers.has("x-ms-blob-type")) {
      throw new BlobError("MissingRequiredHeader", "x-ms-blob-type");
    }
    const body = readIncomingBody(request.headers, request.body);
    const properties = await store.putBlob(address(request), body, readWrite(call, true));
    return empty(201, {
      ...stateHeaders(properties),
      ...optional("content-md5", properties.contentMd5),
      "x-ms-request-server-encrypted": "false",
    });
  },
  async PutBlock({ request, store }) {
    const id = request.query.get("blockid");
    if (id === undefined) throw new BlobError("MissingRequiredQueryParameter", "blockid");
    const body = readIncomingBody(request.headers, request.body);
    if (body.sizeBytes === 0) {
      throw new BlobError("InvalidHeaderValue", "Content-Length of a block must be over 0.");
    }
    await store.stageBlock(address(request), id, body);
    return empty(201, {
      ...optional("content-md5", request.headers.get("content-md5")),
      ...optional("x-ms-content-crc64", request.headers.get("x-ms-content-crc64")),
      "x-ms-request-server-encrypted": "false",
    });
  },
  async PutBlockList(call) {
    const entries = parseBlockList(await readText(call.request));
    const write = readWrite(call, false);
    const properties = await call.store.commitBlocks(address(call.request), entries, write);
    return empty(201, { ...stateHeaders(properties), "x-ms-request-server-encrypted": "false" });
  },
  async GetBlockList({ request, store }) {
    const which = request.query.get("blocklisttype")?.toLowerCase() ?? "committed";
    if (!["committed", "uncommitted", "all"].includes(which)) {
      throw new BlobError("InvalidQueryParameterValue", `blocklisttype=${which}`);
    }
    const list = await store.blockList(address(request));
    const { properties } = list;
    return xmlResponse(blockListXml(list, which), {
      ...(properties ? stateHeaders(properties) : {}),
      "x-ms-blob-content-length": String(properties?.sizeBytes ?? 0),
    });
  },

  async GetBlob({ request, store }) {
    const { properties, range, stream } = await store.read(address(request), (found) => {
      checkConditions(request.headers, found, "read");
      return readRange(request.headers, found.sizeBytes);
    });
    const sizeBytes = range.end - range.start + 1;
    const partial = readRange(request.headers, properties.sizeBytes) !== null;
    const md5 = partial ? "x-ms-blob-content-md5" : "content-md5";
    const headers = {
      ...blobHeaders(properties),
      ...optional(md5, properties.contentMd5),
      ...overrides(request),
      "content-length": String(sizeBytes),
    };
    if (!partial) return new Response(stream, { status: 200, headers });
    const contentRange = `bytes ${range.start}-${range.end}/${properties.sizeBytes}`;
    return new Response(stream, {
      status: 206,
      headers: { ...headers, "content-range": contentRange },
    });
  },
  async GetBlobProperties({ request, store }) {
    const properties = await store.blob(address(request));
    checkConditions(request.headers, properties, "read");
    return empty(200, {
      ...blobHeaders(properties),
      ...optional("content-md5", properties.contentMd5),
      ...overrides(request),
      "content-length": String(properties.sizeBytes),
    });
  },
  async GetBlobMetadata({ request, store }) {
    const properties = await store.blob(address(request));
    checkConditions(request.headers, properties, "read");
    return empty(200, { ...stateHeaders(properties), ...metadataHeaders(properties.metadata) });
  },
  async SetBlobMetadata({ request, store }) {
    const metadata = readMetadata(request.headers);
    const change = { metadata, condition: condition(request) };
    return empty(200, stateHeaders(await store.setProperties(address(request), change)));
  },
  async SetBlobProperties({ request, store }) {
    const headers = readContentHeaders(request.headers, false);
    const change = { headers, condition: condition(request) };
    return empty(200, stateHeaders(await store.setProperties(address(request), change)));
  },
  async DeleteBlob({ request, store }) {
    if (request.headers.get("x-ms-delete-snapshots")?.toLowerCase() === "only") {
      throw new BlobError("NotImplemented", "DeleteBlob with x-ms-delete-snapshots: only.");
    }
    await store.deleteBlob(address(request), condition(request));
    return empty(202, { "x-ms-delete-type-permanent": "true" });
  },
};

const empty = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

const address = ({ container, blob }: BlobRequest): { container: string; blob: string } => ({
  container,
  blob,
});

const condition =
  ({ headers }: BlobRequest) =>
  (current: BlobProperties | null): void =>
    checkConditions(headers, current, "write");

/** Headers, metadata and conditions of a write; a SAS that only creates is one condition more. */
function readWrite({ request, grant }: BlobCall, plainToo: boolean): BlobWrite {
  return {
    headers: readContentHeaders(request.headers, plainToo),
    metadata: readMetadata(request.headers),
    condition(current) {
      if (current && !grant.mayOverwrite) throw new BlobError("AuthorizationPermissionMismatch");
      checkConditions(request.headers, current, "write");
    },
  };
}

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

/** Reads the listing's parameters; `include` values that would change the answer are refused. */
function readListing({ query }: BlobRequest, known: readonly string[]): ListingOptions {
  const include = (query.get("include") ?? "").split(",").filter((value) => value !== "");
  const unknown = include.find((value) => !known.includes(value.toLowerCase()));
  if (unknown !== undefined)
    throw new BlobError("NotImplemented", `Listing with include=${unknown}.`);
  const limitText = query.get("maxresults");
  if (limitText !== undefined && !/^[1-9][0-9]{0,8}$/.test(limitText)) {
    throw new BlobError("OutOfRangeInput", `maxresults=${limitText.slice(0, 20)}, at least 1.`);
  }
  const prefix = query.get("prefix");
  const marker = query.get("marker");
  const delimiter = query.get("delimiter");
  return {
    withMetadata: include.some((value) => value.toLowerCase() === "metadata"),
    query: {
      ...(prefix === undefined ? {} : { prefix }),
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(marker === undefined ? {} : { marker: decodeMarker(marker) }),
      ...(limitText === undefined
        ? {}
        : { limit: Math.min(Number(limitText), listResultCountMax) }),
    },
  };
}

/** The body of Put Block List, checked against Content-MD5 like any other. */
async function readText(request: BlobRequest): Promise<string> {
  const { bytes, md5, sizeBytes } = readIncomingBody(request.headers, request.body);
  if (sizeBytes > blockListSizeBytesMax) throw new BlobError("RequestBodyTooLarge");
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of bytes) {
    received += chunk.byteLength;
    if (received > sizeBytes) break;
    chunks.push(chunk);
  }
  if (received !== sizeBytes)
    throw new BlobError("InvalidHeaderValue", "Content-Length is not the body's.");
  const whole = Buffer.concat(chunks);
  if (md5 && !createHash("md5").update(whole).digest().equals(md5))
    throw new BlobError("Md5Mismatch");
  return whole.toString("utf8");
}
