import { createHash } from "node:crypto";
import { BlobError } from "../blob-error.ts";
import { readIncomingBody } from "./blob-headers.ts";
import type { BlobRequest } from "./blob-request.ts";

/** An XML body, checked against Content-MD5 like any other. Throws `RequestBodyTooLarge`. */
export async function readText(request: BlobRequest, sizeBytesMax: number): Promise<string> {
  const { bytes, md5, sizeBytes } = readIncomingBody(request.headers, request.body);
  if (sizeBytes > sizeBytesMax) throw new BlobError("RequestBodyTooLarge");
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
