import { asciiOf, hexOf } from "../details/bytes.ts";
import type { StreamPiece } from "./stream-pages.ts";

/** How bytes are shown. */
export const showings = ["text", "hex", "raw", "json"] as const;
export type Showing = (typeof showings)[number];

const lineByteCount = 16;
const rawLineByteCount = 32;
// A character that the end of a piece cuts in two is shown as two that are none.
const decoder = new TextDecoder("utf-8");
/** What would move the cursor, ring the bell or turn the direction of writing. */
const unseen = /(?![\n\t])[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

export function pieceText(piece: StreamPiece, showing: Showing): string {
  switch (showing) {
    case "text":
      return shownText(decoder.decode(piece.bytes));
    case "hex":
      return hexDump(piece);
    case "raw":
      return rawHex(piece.bytes);
    case "json": {
      const { side, frame, time, base64 } = piece;
      return JSON.stringify({ side, frame, time, base64 });
    }
  }
}

/** Without what would act on whoever reads it. */
export const shownText = (text: string): string =>
  text.replaceAll("\r\n", "\n").replaceAll(unseen, "·");

/** Lines of sixteen bytes, with their offsets from the one given on. */
export function hexDump({ bytes, offset }: Pick<StreamPiece, "bytes" | "offset">): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += lineByteCount) {
    const line = bytes.subarray(at, at + lineByteCount);
    const place = (offset + at).toString(16).padStart(8, "0");
    const hex = Array.from(line, hexOf).join(" ");
    lines.push(`${place}  ${hex.padEnd(lineByteCount * 3)} ${Array.from(line, asciiOf).join("")}`);
  }
  return lines.join("\n");
}

function rawHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += rawLineByteCount)
    lines.push(Array.from(bytes.subarray(at, at + rawLineByteCount), hexOf).join(""));
  return lines.join("\n");
}
