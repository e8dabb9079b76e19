import type { StreamPiece } from "./stream-pages.ts";

/** Matches that are counted and marked. */
export const matchCountMax = 2_000;

/** Where a text was found. */
export interface Match {
  piece: string;
  /** Of the piece's shown text. */
  at: number;
}

/** The text without regard to case, in the pieces as they are shown. */
export function findMatches(
  pieces: readonly StreamPiece[],
  textOf: (piece: StreamPiece) => string,
  wanted: string,
): Match[] {
  const matches: Match[] = [];
  if (wanted === "") return matches;
  const lower = wanted.toLowerCase();
  for (const piece of pieces) {
    const text = textOf(piece).toLowerCase();
    for (let at = text.indexOf(lower); at >= 0; at = text.indexOf(lower, at + lower.length)) {
      matches.push({ piece: piece.key, at });
      if (matches.length >= matchCountMax) return matches;
    }
  }
  return matches;
}
