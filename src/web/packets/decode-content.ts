import type { DecodeContent } from "../../inspection/browse/open-book.ts";

/** Names of content codings, as browsers that have them call them. */
const formats: Readonly<Record<string, string>> = { br: "brotli", zstd: "zstd" };

/** Undoes content codings that this browser can undo; what is damaged or ends early gives what could be decoded. */
export const decodeContent: DecodeContent = async (coding, bytes, sizeBytesMax) => {
  const stream = decoderOf(formats[coding] ?? null);
  if (!stream) return null;
  const source = new Blob([new Uint8Array(bytes)]).stream();
  const reader = source.pipeThrough(stream).getReader();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  let isCut = false;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value);
      sizeBytes += next.value.length;
      isCut = sizeBytes > sizeBytesMax;
      if (isCut) break;
    }
    await reader.cancel();
  } catch {
    isCut = true;
  }
  const decoded = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  return { bytes: decoded.subarray(0, sizeBytesMax), isCut };
};

function decoderOf(format: string | null): DecompressionStream | null {
  try {
    return format === null ? null : new DecompressionStream(format as CompressionFormat);
  } catch {
    return null;
  }
}
