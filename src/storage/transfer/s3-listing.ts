import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import type { RemoteBlob } from "./remote-blob.ts";

export interface S3Page {
  readonly blobs: readonly RemoteBlob[];
  /** Asks for the next page; null at the last one. */
  readonly continuationToken: string | null;
}

const entry = z.object({
  Key: z.string(),
  Size: z.coerce.number().int().min(0),
  ETag: z.string(),
  LastModified: z.iso.datetime({ offset: true }),
});
const listing = z.object({
  ListBucketResult: z.object({
    Contents: z.array(entry).default([]),
    EncodingType: z.string().optional(),
    IsTruncated: z.string().default("false"),
    NextContinuationToken: z.string().optional(),
  }),
});
const failure = z.object({
  Error: z.object({ Code: z.string(), Message: z.string().default("") }),
});

const parser = new XMLParser({
  parseTagValue: false,
  ignoreDeclaration: true,
  isArray: (name) => name === "Contents",
});

/** Reads an answer of ListObjectsV2 that was asked for with `encoding-type=url`. */
export function parseS3Listing(xml: string): S3Page {
  const { ListBucketResult: result } = listing.parse(parseXml(xml));
  const isEncoded = result.EncodingType === "url";
  return {
    blobs: result.Contents.map((found) => ({
      name: isEncoded ? decodeURIComponent(found.Key.replaceAll("+", " ")) : found.Key,
      sizeBytes: found.Size,
      etag: found.ETag,
      modifiedAt: Date.parse(found.LastModified),
    })),
    continuationToken:
      result.IsTruncated === "true" ? (result.NextContinuationToken ?? null) : null,
  };
}

/** Code and message of S3's error document; null when the text is none. */
export function parseS3Error(xml: string): { code: string; message: string } | null {
  try {
    const { Code: code, Message: message } = failure.parse(parseXml(xml)).Error;
    return { code, message };
  } catch {
    return null;
  }
}

function parseXml(xml: string): unknown {
  if (xml.includes("<!")) throw new Error("declarations are not allowed in an answer of S3");
  return parser.parse(xml);
}
