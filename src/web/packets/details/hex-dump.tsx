import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useScaledRows } from "../list/use-scaled-rows.ts";
import { useNarrow } from "../use-narrow.ts";
import { asciiOf, hexOf } from "./bytes.ts";
import css from "./details.module.css";

/** As the style sheet has it, px. */
const lineHeight = 20;
const lineByteCounts = { wide: 16, narrow: 8 };

interface DumpProps {
  bytes: Uint8Array;
  /** Bytes `[start, end)` that are marked. */
  marked: { start: number; end: number } | null;
  /** Told of a byte that was pressed or gone to. */
  choose: (at: number) => void;
  label: string;
}

/** Bytes in hex and as text; only the lines in sight are there. */
export function HexDump({ bytes, marked, choose, label }: DumpProps): React.ReactNode {
  const { t } = useTranslation();
  const lineByteCount = useNarrow() ? lineByteCounts.narrow : lineByteCounts.wide;
  const rowCount = Math.ceil(bytes.length / lineByteCount);
  const rows = useScaledRows({ rowCount, rowHeight: lineHeight });
  const { scroller, from, to, reveal } = rows;
  const start = marked?.start ?? null;
  useEffect(() => {
    if (start !== null) reveal(Math.floor(start / lineByteCount));
  }, [start, lineByteCount, reveal]);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const place = placeByKey(event.key, { marked, lineByteCount, size: bytes.length });
    if (place === null) return;
    event.preventDefault();
    choose(place);
  };
  const press = ({ target }: React.MouseEvent): void => {
    const at = (target as HTMLElement).dataset["at"];
    if (at !== undefined) choose(Number(at));
  };
  return (
    <div
      ref={scroller}
      role="region"
      tabIndex={0}
      aria-label={t("layers.bytesOf", { name: label })}
      className={css["dump"]}
      onScroll={rows.onScroll}
      onKeyDown={onKeyDown}
      onClick={press}
    >
      <div style={{ height: rows.height }} className={css["dumpAll"]}>
        <div className={css["dumpDrawn"]} style={{ transform: `translateY(${rows.top}px)` }}>
          {Array.from({ length: Math.max(0, to - from) }, (_, at) => (
            <DumpLine
              key={from + at}
              bytes={bytes}
              from={(from + at) * lineByteCount}
              count={lineByteCount}
              marked={marked}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function DumpLine({
  bytes,
  from,
  count,
  marked,
}: Pick<DumpProps, "bytes" | "marked"> & { from: number; count: number }): React.ReactNode {
  const line = bytes.subarray(from, from + count);
  const isMarked = (at: number): boolean =>
    marked !== null && at >= marked.start && at < marked.end;
  const cells = (show: (byte: number) => string): React.ReactNode =>
    Array.from(line, (byte, place) => (
      <span key={place} data-at={from + place} data-marked={isMarked(from + place) || undefined}>
        {show(byte)}
      </span>
    ));
  return (
    <div className={css["dumpLine"]}>
      <span className={css["offset"]}>{from.toString(16).padStart(4, "0")}</span>
      <span className={css["hex"]} data-count={count}>
        {cells(hexOf)}
      </span>
      <span className={css["ascii"]}>{cells(asciiOf)}</span>
    </div>
  );
}

/** From the first marked byte on: to the next, the one before, a line down or up. */
function placeByKey(
  key: string,
  {
    marked,
    lineByteCount,
    size,
  }: { marked: DumpProps["marked"]; lineByteCount: number; size: number },
): number | null {
  if (size === 0) return null;
  const { start, end } = marked ?? { start: 0, end: 0 };
  const places: Record<string, number> = {
    ArrowRight: marked ? end : 0,
    ArrowLeft: start - 1,
    ArrowDown: Math.max(start + lineByteCount, end),
    ArrowUp: start - lineByteCount,
    Home: 0,
    End: size - 1,
  };
  const place = places[key];
  return place === undefined ? null : Math.max(0, Math.min(size - 1, place));
}
