import { memo, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import { PacketsLink } from "../packets-place.tsx";
import type { Match } from "./find-text.ts";
import css from "./follow.module.css";
import type { StreamPages, StreamPiece, StreamState } from "./stream-pages.ts";
import type { Found } from "./use-find.ts";

interface TextProps {
  pages: StreamPages;
  state: StreamState;
  pieces: readonly StreamPiece[];
  textOf: (piece: StreamPiece) => string;
  found: Found;
}

/** The bytes of both sides in their order; the next ones are read when the end comes near. */
export function StreamText({ pages, state, pieces, textOf, found }: TextProps): React.ReactNode {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { matches, at, wanted } = found;
  const here = matches[at];
  useEffect(() => {
    scroller.current?.querySelector("[data-here]")?.scrollIntoView({ block: "center" });
  }, [here?.piece, here?.at]);
  const end = useNearEnd(scroller, () => void pages.later(), state);
  const ofPiece = Map.groupBy(matches, ({ piece }) => piece);
  return (
    <div
      ref={scroller}
      className={css["stream"]}
      role="region"
      tabIndex={0}
      aria-label={t("follow.of")}
    >
      {state.hasEarlier && (
        <Button onClick={() => void pages.earlier()}>{t("follow.earlier")}</Button>
      )}
      {pieces.map((piece) => (
        <Piece
          key={piece.key}
          piece={piece}
          text={textOf(piece)}
          matches={ofPiece.get(piece.key)}
          here={here?.piece === piece.key ? here.at : -1}
          length={wanted.length}
        />
      ))}
      <div ref={end} className={css["end"]} />
    </div>
  );
}

/** Calls `near` when the returned element comes near to what is in sight, and again while it stays there. */
function useNearEnd(
  scroller: React.RefObject<HTMLElement | null>,
  near: () => void,
  state: StreamState,
): React.RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null);
  const { hasLater, isReading } = state;
  useEffect(() => {
    const { current } = end;
    if (!current || !hasLater || isReading) return undefined;
    const options = { root: scroller.current, rootMargin: "600px" };
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) near();
    }, options);
    observer.observe(current);
    return () => observer.disconnect();
  }, [hasLater, isReading, scroller]);
  return end;
}

interface PieceProps {
  piece: StreamPiece;
  text: string;
  matches: readonly Match[] | undefined;
  /** Where the match is that is in sight; -1: elsewhere. */
  here: number;
  /** Of what was found. */
  length: number;
}

const Piece = memo(
  ({ piece: { side, frame }, text, matches, here, length }: PieceProps): React.ReactNode => {
    const { t } = useTranslation();
    return (
      <div className={css["piece"]} data-side={side}>
        <span className={css["from"]}>
          {side.toUpperCase()}
          <PacketsLink frame={frame} label={t("follow.frame", { number: frame })}>
            {frame}
          </PacketsLink>
        </span>
        <pre>{matches ? marked(text, { matches, here, length }) : text}</pre>
      </div>
    );
  },
  (one, other) =>
    one.text === other.text &&
    one.piece === other.piece &&
    one.here === other.here &&
    one.length === other.length &&
    one.matches?.length === other.matches?.length,
);

function marked(
  text: string,
  { matches, here, length }: { matches: readonly Match[]; here: number; length: number },
): React.ReactNode[] {
  const parts: React.ReactNode[] = [];
  let from = 0;
  for (const { at } of matches) {
    parts.push(
      text.slice(from, at),
      <mark key={at} data-here={at === here || undefined}>
        {text.slice(at, at + length)}
      </mark>,
    );
    from = at + length;
  }
  return [...parts, text.slice(from)];
}
