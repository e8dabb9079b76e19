import { BlobError } from "../blob-error.ts";
import { parseBlockList } from "./azure-xml.ts";
import {
  addressOf,
  type BlobHandler,
  empty,
  encryptionHeader,
  readWrite,
  writeCondition,
} from "./blob-call.ts";
import {
  optional,
  readContentHeaders,
  readIncomingBody,
  readLegalHold,
  readMetadata,
  readSize,
  stateHeaders,
} from "./blob-headers.ts";
import type { IncomingBody } from "../blob-store.ts";
import { releaseChunks } from "./release-chunks.ts";
import { readText } from "./request-text.ts";

const blockListSizeBytesMax = 8 << 20;

/** Operations that write or delete one blob. */
export const writeHandlers = {
  async PutBlob(call) {
    const { request, store } = call;
    const type = request.headers.get("x-ms-blob-type");
    if (type === null) throw new BlobError("MissingRequiredHeader", "x-ms-blob-type");
    const body = readContent(request.headers, request.body);
    const write = readWrite(call, true);
    if (type === "AppendBlob") {
      if (body.sizeBytes > 0) {
        throw new BlobError("InvalidHeaderValue", "Content-Length of a new append blob must be 0.");
      }
      const made = await store.createAppendBlob(addressOf(request), write);
      return empty(201, { ...stateHeaders(made), ...encryptionHeader(store) });
    }
    const properties = await store.putBlob(addressOf(request), body, write);
    const md5 = optional("content-md5", properties.contentMd5);
    return empty(201, { ...stateHeaders(properties), ...md5, ...encryptionHeader(store) });
  },
  async PutBlock({ request, store }) {
    const id = request.query.get("blockid");
    if (id === undefined) throw new BlobError("MissingRequiredQueryParameter", "blockid");
    await store.stageBlock(addressOf(request), id, readBlock(request.headers, request.body));
    return empty(201, { ...digestsOf(request.headers), ...encryptionHeader(store) });
  },
  async PutBlockList(call) {
    const { request, store } = call;
    const entries = parseBlockList(await readText(request, blockListSizeBytesMax));
    const properties = await store.commitBlocks(
      addressOf(request),
      entries,
      readWrite(call, false),
    );
    return empty(201, { ...stateHeaders(properties), ...encryptionHeader(store) });
  },
  async AppendBlock({ request, store }) {
    const { headers } = request;
    const position = readSize(headers, "x-ms-blob-condition-appendpos");
    const sizeBytesMax = readSize(headers, "x-ms-blob-condition-maxsize");
    const body = readBlock(headers, request.body);
    const { properties, offset } = await store.appendBlock(addressOf(request), body, {
      condition: writeCondition(request),
      ...(position === null ? {} : { position }),
      ...(sizeBytesMax === null ? {} : { sizeBytesMax }),
    });
    return empty(201, {
      ...stateHeaders(properties),
      ...digestsOf(headers),
      ...encryptionHeader(store),
      "x-ms-blob-append-offset": String(offset),
      "x-ms-blob-committed-block-count": String(properties.appendCount ?? 0),
    });
  },
  async SetBlobMetadata({ request, store }) {
    const change = { metadata: readMetadata(request.headers), condition: writeCondition(request) };
    const changed = await store.setProperties(addressOf(request), change);
    return empty(200, { ...stateHeaders(changed), ...encryptionHeader(store) });
  },
  async SetBlobProperties({ request, store }) {
    const headers = readContentHeaders(request.headers, false);
    const change = { headers, condition: writeCondition(request) };
    return empty(200, stateHeaders(await store.setProperties(addressOf(request), change)));
  },
  async SetBlobLegalHold({ request, store }) {
    const changed = await store.setLegalHold(addressOf(request), readLegalHold(request.headers));
    return empty(200, { "x-ms-legal-hold": String(changed.legalHold) });
  },
  async DeleteBlob({ request, store }) {
    if (request.headers.get("x-ms-delete-snapshots")?.toLowerCase() === "only") {
      throw new BlobError("NotImplemented", "DeleteBlob with x-ms-delete-snapshots: only.");
    }
    await store.deleteBlob(addressOf(request), writeCondition(request));
    return empty(202, { "x-ms-delete-type-permanent": "true" });
  },
} satisfies Record<string, BlobHandler>;

/** Bytes that the store takes in chunk by chunk. */
function readContent(headers: Headers, body: ReadableStream<Uint8Array> | null): IncomingBody {
  const content = readIncomingBody(headers, body);
  return { ...content, bytes: releaseChunks(content.bytes) };
}

/** The bytes of one block, of which there must be some. */
function readBlock(headers: Headers, body: ReadableStream<Uint8Array> | null): IncomingBody {
  const block = readContent(headers, body);
  if (block.sizeBytes > 0) return block;
  throw new BlobError("InvalidHeaderValue", "Content-Length of a block must be over 0.");
}

/** What was checked against the bytes is said again. */
const digestsOf = (headers: Headers): Record<string, string> => ({
  ...optional("content-md5", headers.get("content-md5")),
  ...optional("x-ms-content-crc64", headers.get("x-ms-content-crc64")),
});
