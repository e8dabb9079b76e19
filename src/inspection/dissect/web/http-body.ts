import { inflateBody } from "../../deflate/inflate-body.ts";
import type { Frame } from "../frame.ts";
import type { KnownTexts } from "../known-texts.ts";
import { readChunks } from "./http-chunks.ts";
import type { HttpHead, Span } from "./http-head.ts";
import { dissectMedia, needsBytes, type Body } from "./media.ts";

/** Bytes of a body that are put together or decompressed to look into it. */
const bodySizeMax = 1_048_576;
/** Bytes that are decompressed of a body that is looked into; a longer one is taken for what it says. */
const decodedSizeMax = 65_536;
/** As much as shows that a body can be decompressed, and whether text is XML. */
const probeSizeBytes = 256;
/** Bytes of a field's value that are read. */
const valueSizeMax = 512;

/**
 * Dissects what is between `at` and `end`, and returns where the body ends: chunks may end earlier. Damaged
 * chunks show as malformed, and nothing is looked at behind them: -1.
 */
export function dissectBody(frame: Frame, head: HttpHead, { bytes, at, end }: Body): number {
  const type = valueOf(frame.texts, bytes, head.contentType);
  const coding = valueOf(frame.texts, bytes, head.contentEncoding)?.toLowerCase() ?? "identity";
  if (!head.isChunked) {
    if (!head.isCompressedTransfer) showCoded(frame, type, coding, { bytes, at, end });
    return end;
  }
  const sizeMax = coding !== "identity" || needsBytes(type) ? bodySizeMax : probeSizeBytes;
  const parts: Uint8Array[] = [];
  let size = 0;
  const chunks = readChunks(bytes, at, end, (from, to) => {
    if (size >= sizeMax) return;
    parts.push(bytes.subarray(from, to));
    size += to - from;
  });
  if (chunks.isDamaged) {
    frame.enter("_ws.malformed");
    return -1;
  }
  const bodyEnd = chunks.end;
  if (chunks.size > 0 && !head.isCompressedTransfer) {
    const whole = joined(parts, size);
    showCoded(frame, type, coding, { bytes: whole, at: 0, end: whole.length });
  }
  return bodyEnd;
}

/** A zero byte ends a value. */
function valueOf(texts: KnownTexts, bytes: Uint8Array, { at, end }: Span): string | null {
  if (at < 0) return null;
  const limit = Math.min(end, at + valueSizeMax);
  let next = at;
  while (next < limit && bytes[next] !== 0) next++;
  return texts.of(bytes, at, next);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A body that cannot be decoded stays inside HTTP. */
function showCoded(frame: Frame, type: string | null, coding: string, body: Body): void {
  if (coding === "identity") {
    dissectMedia(frame, type, body);
    return;
  }
  // Brotli is not undone: it is taken for whole, and what it holds for what it says.
  if (coding === "br") {
    if (type !== null) dissectMedia(frame, type, { ...body, at: body.end, isUnread: true });
    return;
  }
  if (!/^(?:x-)?(?:gzip|deflate)$/.test(coding)) return;
  const sizeMax = needsBytes(type) ? decodedSizeMax : probeSizeBytes;
  const bytes = inflateBody(body.bytes.subarray(body.at, body.end), sizeMax);
  if (bytes === null) return;
  const isUnread = bytes.length >= decodedSizeMax;
  dissectMedia(frame, type, { bytes, at: 0, end: bytes.length, isUnread });
}
