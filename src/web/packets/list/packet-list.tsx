import { useEffect, useId } from "react";
import { useTranslation } from "react-i18next";
import { useNarrow } from "../use-narrow.ts";
import { useStable } from "../use-stable.ts";
import css from "./packet-list.module.css";
import { ListRow } from "./list-row.tsx";
import type { RowPages } from "./row-pages.ts";
import type { TimeKind } from "./times.ts";
import type { Cursor } from "./use-cursor.ts";
import { useScaledRows } from "./use-scaled-rows.ts";

/** As the style sheet has them, px. */
const rowHeights = { wide: 24, narrow: 46 };
const headHeight = 28;
const columns = ["number", "time", "delta", "source", "destination", "protocol", "length", "info"];

interface ListProps {
  pages: RowPages;
  cursor: Cursor;
  moveTo: (place: number) => void;
  /** Goes on to the packet's details. */
  enter: () => void;
  timeKind: TimeKind;
  grid: React.RefObject<HTMLDivElement | null>;
}

/** All packets that pass the filter; only the rows in sight are there. */
export function PacketList(props: ListProps): React.ReactNode {
  const { pages, cursor, moveTo, enter, timeKind, grid } = props;
  const { t } = useTranslation();
  const id = useId();
  const rowHeight = useNarrow() ? rowHeights.narrow : rowHeights.wide;
  const rowCount = pages.status.matchedCount;
  const rows = useScaledRows({ rowCount, rowHeight, headHeight });
  const { scroller, from, to, reveal, pageRowCount } = rows;
  useEffect(() => pages.see(from, to), [pages, from, to]);
  // While a pass goes on, the place may lie beyond the rows that are known so far.
  const isReached = cursor.place !== null && cursor.place < rowCount;
  useEffect(() => {
    if (cursor.place !== null && isReached && cursor.found > 0) reveal(cursor.place, "middle");
  }, [cursor.found, isReached]);
  const go = useStable((place: number): void => {
    moveTo(place);
    reveal(place);
  });
  useEnd(pages, go);
  const choose = useStable((place: number): void => {
    pages.wantEnd(false);
    go(place);
  });
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "Enter" && cursor.place !== null) enter();
    const place = placeByKey(event, { place: cursor.place, pageRowCount, rowCount });
    if (place === null) return;
    event.preventDefault();
    choose(place);
    if (event.key === "End") pages.wantEnd(!pages.status.isCounted);
  };
  const isDrawn = cursor.place !== null && cursor.place >= from && cursor.place < to;
  return (
    <div
      ref={(element) => void (scroller.current = grid.current = element)}
      className={css["list"]}
      onScroll={rows.onScroll}
      onKeyDown={onKeyDown}
      role="grid"
      tabIndex={0}
      aria-label={t("packets.list")}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length}
      aria-activedescendant={isDrawn ? `${id}-${cursor.place}` : undefined}
    >
      <ListHead />
      <div role="presentation" style={{ height: rows.height }} className={css["all"]}>
        <div
          role="rowgroup"
          className={css["drawn"]}
          style={{ transform: `translateY(${rows.top}px)` }}
        >
          {Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at).map((place) => (
            <ListRow
              key={place}
              id={`${id}-${place}`}
              place={place}
              row={pages.row(place)}
              before={place === 0 ? null : pages.row(place - 1)}
              isChosen={isChosen(cursor, place, pages)}
              timeKind={timeKind}
              choose={choose}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Goes to the end once it is known, where somebody wanted that; to go along would only delay it. */
function useEnd(pages: RowPages, go: (place: number) => void): void {
  const { isEndWanted, status } = pages;
  const { matchedCount, isCounted } = status;
  useEffect(() => {
    if (!isEndWanted || !isCounted) return;
    pages.wantEnd(false);
    if (matchedCount > 0) go(matchedCount - 1);
  }, [pages, isEndWanted, matchedCount, isCounted, go]);
}

/** A packet that does not pass the filter has a place among those that do, and no row. */
const isChosen = ({ place: chosen, number }: Cursor, place: number, pages: RowPages): boolean =>
  chosen === place && (number === null || (pages.row(place)?.number ?? number) === number);

function ListHead(): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div role="rowgroup" className={css["head"]}>
      <div role="row" className={css["row"]} aria-rowindex={1}>
        {columns.map((column, at) => (
          <span
            key={column}
            role="columnheader"
            aria-colindex={at + 1}
            className={css[column] ?? ""}
          >
            {t(`packets.column.${column}`)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Where a key leads to; null for one that leads nowhere. */
function placeByKey(
  { key, ctrlKey, metaKey, altKey }: React.KeyboardEvent,
  {
    place,
    pageRowCount,
    rowCount,
  }: { place: number | null; pageRowCount: number; rowCount: number },
): number | null {
  if (ctrlKey || metaKey || altKey || rowCount === 0) return null;
  const last = rowCount - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: pageRowCount, PageUp: -pageRowCount }[key];
  if (step === undefined) return null;
  return place === null ? 0 : Math.max(0, Math.min(last, place + step));
}
