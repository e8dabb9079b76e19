import { useEffect, useMemo, useState } from "react";
import { findMatches, type Match } from "./find-text.ts";
import type { StreamPages, StreamPiece, StreamState } from "./stream-pages.ts";

export interface Found {
  wanted: string;
  setWanted: (wanted: string) => void;
  matches: readonly Match[];
  /** Which of them is the one in sight; -1: none. */
  at: number;
  step: (by: 1 | -1) => void;
  isSeeking: boolean;
}

/** Finds a text in what is shown; beyond the last match it reads on until there is another. */
export function useFind(
  pages: StreamPages | null,
  state: StreamState | null,
  { pieces, textOf }: { pieces: readonly StreamPiece[]; textOf: (piece: StreamPiece) => string },
): Found {
  const [wanted, setWanted] = useState("");
  const [current, setCurrent] = useState<Match | null>(null);
  const [isSeeking, setSeeking] = useState(false);
  const matches = useMemo(() => findMatches(pieces, textOf, wanted), [pieces, textOf, wanted]);
  const at = matches.findIndex(
    (match) => match.piece === current?.piece && match.at === current.at,
  );
  const next = matches[at + 1];
  const { isReading = false, hasLater = false } = state ?? {};
  useEffect(() => {
    if (!isSeeking || isReading) return;
    if (!next && hasLater) {
      void pages?.later();
      return;
    }
    setSeeking(false);
    if (next) setCurrent(next);
  }, [isSeeking, isReading, hasLater, next, pages]);
  return {
    wanted,
    setWanted(text) {
      setWanted(text);
      setCurrent(null);
      setSeeking(text !== "");
    },
    matches,
    at,
    step(by) {
      if (by === 1 && !next && hasLater) setSeeking(true);
      else setCurrent(matches[(at + by + matches.length) % matches.length] ?? null);
    },
    isSeeking,
  };
}
