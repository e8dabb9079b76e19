import type { HttpPiece } from "../inspection/follow/follow-http.ts";
import type { FollowedPiece } from "../inspection/follow/follow-stream.ts";

/** Of HTTP, a piece may be the beginning of a message instead of bytes. */
type Piece = FollowedPiece | HttpPiece;

export type PieceFormat = "raw" | "text" | "hex" | "json";

/** How a piece of a stream is printed; each maker starts anew, since dumps count their offsets. */
export const pieceFormats: Record<PieceFormat, () => (piece: Piece) => string | Uint8Array> = {
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
function textFormat(): (piece: Piece) => string {
  let last: string | null = null;
  let atLineStart = true;
  return (piece) => {
    const { side, bytes } = piece;
    const name = titleOf(piece);
    const isTitled = side !== last || name !== side;
    const title = isTitled ? `${atLineStart ? "" : "\n"}--- ${name} ---\n` : "";
    last = side;
    const text = Array.from(bytes, (byte) =>
      byte === lineFeed || byte === tab ? String.fromCharCode(byte) : printable(byte),
    )
      .join("")
      .replaceAll(".\n", (match, at: number) => (bytes[at] === 13 ? "\n" : match));
    atLineStart = text === "" ? isTitled || atLineStart : text.endsWith("\n");
    return title + text;
  };
}

/** Offset, sixteen bytes, and the same as text; what b sent is indented. Offsets count each side. */
function hexFormat(): (piece: Piece) => string {
  const offsets = { a: 0, b: 0 };
  return (piece) => {
    const { side, bytes } = piece;
    const name = titleOf(piece);
    const rows = name === side ? [] : [`--- ${name} ---\n`];
    if (name !== side) offsets[side] = 0;
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

function jsonLine(piece: Piece): string {
  const { side, frame, timeNanoseconds, bytes } = piece;
  const message = messageOf(piece);
  const base64 = Buffer.from(bytes).toString("base64");
  const content = message ?? { bytes: bytes.length, base64 };
  return `${JSON.stringify({ side, frame, time: String(timeNanoseconds), ...content })}\n`;
}

/** The side, with the start line where an HTTP message begins. */
function titleOf(piece: Piece): string {
  const message = messageOf(piece);
  if (!message) return piece.side;
  return `${piece.side} ${Array.from(Buffer.from(message.startLine), printable).join("")}`;
}

function messageOf(piece: Piece): HttpPiece["message"] {
  return "message" in piece ? piece.message : null;
}
