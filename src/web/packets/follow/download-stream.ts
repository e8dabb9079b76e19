import type { PacketBook, StreamName } from "../../../inspection/browse/packet-book.ts";
import { pieceText, type Showing } from "./piece-text.ts";
import { StreamPages, type StreamPiece } from "./stream-pages.ts";

/** Payload that is put into one file; the capture itself has the rest. */
export const downloadSizeBytesMax = 64 * 1024 * 1024;

type Part = string | Uint8Array<ArrayBuffer>;

export interface Wanted {
  showing: Showing;
  side: "both" | "a" | "b";
}

const endings: Readonly<Record<Showing, string>> = {
  text: "txt",
  hex: "hex.txt",
  raw: "bin",
  json: "json",
};

/** The whole stream as it is shown, as a file; `isCut` when it is longer than a file may be. */
export async function streamFile(
  book: PacketBook,
  name: StreamName,
  { showing, side }: Wanted,
): Promise<{ file: File; isCut: boolean }> {
  const parts: Part[] = [];
  let sizeBytes = 0;
  const pages = new StreamPages(book, name);
  let last = "";
  while (pages.state().hasLater && sizeBytes < downloadSizeBytesMax) {
    await pages.later();
    const { pieces, error } = pages.state();
    if (error) throw error;
    for (const piece of piecesAfter(pieces, last)) {
      sizeBytes += piece.bytes.length;
      if (side === "both" || side === piece.side) parts.push(partOf(piece, showing));
    }
    last = pieces.at(-1)?.key ?? last;
  }
  const content = showing === "json" ? ["[", ...between(parts, ",\n"), "]\n"] : parts;
  const ends = side === "both" ? "" : `-${side}`;
  const fileName = `${name.protocol}-${name.stream}${ends}.${endings[showing]}`;
  const type = showing === "raw" ? "application/octet-stream" : "text/plain;charset=utf-8";
  return { file: new File(content, fileName, { type }), isCut: pages.state().hasLater };
}

const piecesAfter = (pieces: readonly StreamPiece[], key: string): readonly StreamPiece[] =>
  pieces.slice(pieces.findIndex((piece) => piece.key === key) + 1);

/** Text and raw bytes are as they were sent; the other forms are what the page shows. */
function partOf(piece: StreamPiece, showing: Showing): Part {
  if (showing === "raw" || showing === "text") return piece.bytes as Uint8Array<ArrayBuffer>;
  return showing === "json" ? pieceText(piece, showing) : `${pieceText(piece, showing)}\n`;
}

const between = (parts: readonly Part[], mark: string): Part[] =>
  parts.flatMap((part, at) => (at === 0 ? [part] : [mark, part]));
