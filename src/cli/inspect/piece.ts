import { describeError } from "../../common/errors.ts";
import { InspectionError } from "../../inspection/inspection-error.ts";

/** A part of the answer about one file. */
export interface Piece {
  to: "stdout" | "stderr";
  /** Bytes are valid until the next piece is asked for. */
  content: string | Uint8Array;
}

const lineFeed = 0x0a;

export function endsLine(content: string | Uint8Array): boolean {
  return typeof content === "string" ? content.endsWith("\n") : content.at(-1) === lineFeed;
}

/** The bytes of a piece for a thread to keep or to send: a copy, because the piece's own are used again. */
export function bytesOf(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
}

/** Tells an error where the answer would be; `isLineOpen`: the answer broke off within a line. */
export function errorPiece(
  path: string,
  error: unknown,
  { json, isLineOpen }: { json: boolean; isLineOpen: boolean },
): Piece {
  const told = { code: codeOf(error), message: describeError(error) };
  if (!json) return { to: "stderr", content: `nightcap: ${path}: ${told.message}\n` };
  const line = `${JSON.stringify({ path, error: told })}\n`;
  return { to: "stdout", content: isLineOpen ? `\n${line}` : line };
}

/** Nightcap's own codes as they are; those of the operating system (ENOENT) mean an unreadable file. */
function codeOf(error: unknown): string {
  return error instanceof InspectionError ? error.code : "CaptureFileFailed";
}
