import { describeError } from "../../common/errors.ts";
import { InspectionError } from "../../inspection/inspection-error.ts";

/** A part of the answer about one file. */
export interface Piece {
  to: "stdout" | "stderr";
  text: string;
}

/** Tells an error where the answer would be; `isLineOpen`: the answer broke off within a line. */
export function errorPiece(
  path: string,
  error: unknown,
  { json, isLineOpen }: { json: boolean; isLineOpen: boolean },
): Piece {
  const told = { code: codeOf(error), message: describeError(error) };
  if (!json) return { to: "stderr", text: `nightcap: ${path}: ${told.message}\n` };
  const line = `${JSON.stringify({ path, error: told })}\n`;
  return { to: "stdout", text: isLineOpen ? `\n${line}` : line };
}

/** Nightcap's own codes as they are; those of the operating system (ENOENT) mean an unreadable file. */
function codeOf(error: unknown): string {
  return error instanceof InspectionError ? error.code : "CaptureFileFailed";
}
