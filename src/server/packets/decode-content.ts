// Content codings that Node undoes and that are none of the inspection's own.
import { type BrotliDecompress, createBrotliDecompress, createZstdDecompress } from "node:zlib";
import type { DecodeContent } from "../../inspection/browse/open-book.ts";

type Decoder = Pick<BrotliDecompress, "on" | "end" | "destroy">;

/** What is damaged or ends early gives what could be decoded. */
export const decodeContent: DecodeContent = (coding, bytes, sizeBytesMax) => {
  if (coding === "br") return read(createBrotliDecompress(), bytes, sizeBytesMax);
  if (coding === "zstd") return read(createZstdDecompress(), bytes, sizeBytesMax);
  return Promise.resolve(null);
};

function read(
  decoder: Decoder,
  bytes: Uint8Array,
  sizeBytesMax: number,
): ReturnType<DecodeContent> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  return new Promise((resolve) => {
    const finish = (isCut: boolean): void => {
      decoder.destroy();
      resolve({ bytes: new Uint8Array(Buffer.concat(chunks)).subarray(0, sizeBytesMax), isCut });
    };
    decoder.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > sizeBytesMax) finish(true);
    });
    decoder.on("end", () => finish(false));
    decoder.on("error", () => finish(true));
    decoder.end(bytes);
  });
}
