import { BlobError } from "../blob-error.ts";
import {
  metadataSizeBytesMax,
  type BlobContentHeaders,
  type BlobProperties,
  type ByteRange,
  type IncomingBody,
  type Metadata,
} from "../blob-store.ts";

const metadataPrefix = "x-ms-meta-";
const metadataNamePattern = /^[a-z_][a-z0-9_]*$/;
export const defaultContentType = "application/octet-stream";

/** `x-ms-meta-*` headers. Throws `EmptyMetadataKey`, `InvalidMetadata`, `MetadataTooLarge`. */
export function readMetadata(headers: Headers): Metadata {
  const metadata: Record<string, string> = {};
  let sizeBytes = 0;
  for (const [header, value] of headers) {
    if (!header.startsWith(metadataPrefix)) continue;
    const name = header.slice(metadataPrefix.length);
    if (name === "") throw new BlobError("EmptyMetadataKey");
    if (!metadataNamePattern.test(name)) {
      throw new BlobError("InvalidMetadata", `"${name}" is no C# identifier.`);
    }
    sizeBytes += name.length + value.length;
    metadata[name] = value;
  }
  if (sizeBytes > metadataSizeBytesMax) throw new BlobError("MetadataTooLarge");
  return metadata;
}

export const metadataHeaders = (metadata: Metadata): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [metadataPrefix + name, value]),
  );

/** The properties that `x-ms-blob-*` sets; for Put Blob the plain headers count where those are missing. */
export function readContentHeaders(headers: Headers, plainToo: boolean): BlobContentHeaders {
  const read = (name: string): string | null =>
    headers.get(`x-ms-blob-${name}`) ?? (plainToo ? headers.get(name) : null);
  const contentMd5 = headers.get("x-ms-blob-content-md5");
  if (contentMd5 !== null) readDigest(contentMd5, 16, "InvalidMd5");
  return {
    contentType: read("content-type") ?? defaultContentType,
    contentEncoding: read("content-encoding"),
    contentLanguage: read("content-language"),
    contentDisposition: read("content-disposition"),
    cacheControl: read("cache-control"),
    contentMd5,
  };
}

/** A header that is a number of bytes; null when it is not there. Throws `InvalidHeaderValue`. */
export function readSize(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  if (text === null) return null;
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new BlobError("InvalidHeaderValue", `${name}: "${text.slice(0, 100)}"`);
}

/** Throws `MissingRequiredHeader`, `InvalidHeaderValue`. */
export function readLegalHold(headers: Headers): boolean {
  const text = headers.get("x-ms-legal-hold");
  if (text === null) throw new BlobError("MissingRequiredHeader", "x-ms-legal-hold");
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  throw new BlobError("InvalidHeaderValue", `x-ms-legal-hold: "${text.slice(0, 40)}"`);
}

/** The request's body with what its headers promise. Throws `MissingContentLengthHeader`, `InvalidMd5`. */
export function readIncomingBody(
  headers: Headers,
  body: ReadableStream<Uint8Array> | null,
): IncomingBody {
  const length = headers.get("content-length");
  if (length === null || !/^[0-9]{1,15}$/.test(length)) {
    throw new BlobError("MissingContentLengthHeader");
  }
  const md5 = headers.get("content-md5");
  const crc64 = headers.get("x-ms-content-crc64");
  return {
    bytes: body ?? noBytes(),
    sizeBytes: Number(length),
    ...(md5 === null ? {} : { md5: readDigest(md5, 16, "InvalidMd5") }),
    ...(crc64 === null ? {} : { crc64: readDigest(crc64, 8, "InvalidHeaderValue") }),
  };
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

function readDigest(
  text: string,
  sizeBytes: number,
  code: "InvalidMd5" | "InvalidHeaderValue",
): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== sizeBytes || bytes.toString("base64") !== text) {
    throw new BlobError(code, `"${text.slice(0, 100)}"`);
  }
  return bytes;
}

/**
 * The one range that `x-ms-range` or `Range` asks for; null for all. A range of another form is ignored
 * (RFC 9110, 14.2); one that starts behind the end is `InvalidRange`.
 */
export function readRange(headers: Headers, sizeBytes: number): ByteRange | null {
  const text = headers.get("x-ms-range") ?? headers.get("range");
  const match = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(text?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(sizeBytes - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (first !== "" && last !== "" && Number(last) < start) return null;
  if (start < sizeBytes && start <= end) return { start, end };
  throw new BlobError("InvalidRange", null, {
    headers: { "content-range": `bytes */${sizeBytes}` },
  });
}

/** ETag, last-modified and everything else that Get Blob and Get Blob Properties say of a blob. */
export function blobHeaders(properties: BlobProperties): Record<string, string> {
  return {
    ...stateHeaders(properties),
    "content-type": properties.contentType,
    ...optional("content-encoding", properties.contentEncoding),
    ...optional("content-language", properties.contentLanguage),
    ...optional("content-disposition", properties.contentDisposition),
    ...optional("cache-control", properties.cacheControl),
    ...metadataHeaders(properties.metadata),
    "x-ms-creation-time": new Date(properties.createdAt).toUTCString(),
    "x-ms-blob-type": properties.appendCount === null ? "BlockBlob" : "AppendBlob",
    ...optional("x-ms-blob-committed-block-count", properties.appendCount?.toString() ?? null),
    ...copyHeaders(properties),
    ...(properties.legalHold ? { "x-ms-legal-hold": "true" } : {}),
    "x-ms-lease-state": "available",
    "x-ms-lease-status": "unlocked",
    "x-ms-server-encrypted": String(properties.isEncrypted),
    "accept-ranges": "bytes",
  };
}

function copyHeaders({ copy, sizeBytes }: BlobProperties): Record<string, string> {
  if (!copy) return {};
  return {
    "x-ms-copy-id": copy.id,
    "x-ms-copy-source": copy.source,
    "x-ms-copy-status": "success",
    "x-ms-copy-progress": `${sizeBytes}/${sizeBytes}`,
    "x-ms-copy-completion-time": new Date(copy.completedAt).toUTCString(),
  };
}

export const stateHeaders = ({
  etag,
  lastModified,
}: {
  etag: string;
  lastModified: number;
}): Record<string, string> => ({ etag, "last-modified": new Date(lastModified).toUTCString() });

export const optional = (name: string, value: string | null): Record<string, string> =>
  value === null ? {} : { [name]: value };
