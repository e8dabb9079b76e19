import type { FollowedPiece } from "../inspection/follow/follow-stream.ts";

export type PieceFormat = "raw" | "text" | "hex" | "json";

/** How a piece of a stream is printed; each maker starts anew, since dumps count their offsets. */
export const pieceFormats: Record<
  PieceFormat,
  () => (piece: FollowedPiece) => string | Uint8Array
> = {
  raw: () => (piece) => piece.bytes,
  text: textFormat,
  hex: hexFormat,
  json: () => jsonLine,
};

const rowSizeBytes = 16;
const tab = 9;
const lineFeed = 10;
const firstPrintable = 32;
const lastPrintable = 126;

/** Bytes that a terminal would act on are dots; a line says when the sender changes. */
function textFormat(): (piece: FollowedPiece) => string {
  let last: string | null = null;
  let atLineStart = true;
  return ({ side, bytes }) => {
    const title = side === last ? "" : `${atLineStart ? "" : "\n"}--- ${side} ---\n`;
    last = side;
    const text = Array.from(bytes, (byte) =>
      byte === lineFeed || byte === tab ? String.fromCharCode(byte) : printable(byte),
    )
      .join("")
      .replaceAll(".\n", (match, at: number) => (bytes[at] === 13 ? "\n" : match));
    atLineStart = text.endsWith("\n");
    return title + text;
  };
}

/** Offset, sixteen bytes, and the same as text; what b sent is indented. Offsets count each side. */
function hexFormat(): (piece: FollowedPiece) => string {
  const offsets = { a: 0, b: 0 };
  return ({ side, bytes }) => {
    const rows: string[] = [];
    for (let at = 0; at < bytes.length; at += rowSizeBytes) {
      const row = bytes.subarray(at, at + rowSizeBytes);
      rows.push(`${side === "b" ? "    " : ""}${hexRow(row, offsets[side])}\n`);
      offsets[side] += row.length;
    }
    return rows.join("");
  };
}

function hexRow(row: Uint8Array, offset: number): string {
  const cells = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
  const half = rowSizeBytes / 2;
  const hex = `${cells.slice(0, half).join(" ")}  ${cells.slice(half).join(" ")}`;
  const width = rowSizeBytes * 3;
  const text = Array.from(row, printable).join("");
  return `${offset.toString(16).padStart(8, "0")}  ${hex.padEnd(width)}  ${text}`;
}

function printable(byte: number): string {
  return byte >= firstPrintable && byte <= lastPrintable ? String.fromCharCode(byte) : ".";
}

function jsonLine({ side, frame, timeNanoseconds, bytes }: FollowedPiece): string {
  const base64 = Buffer.from(bytes).toString("base64");
  return `${JSON.stringify({ side, frame, time: String(timeNanoseconds), bytes: bytes.length, base64 })}\n`;
}
