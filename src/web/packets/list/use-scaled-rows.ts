import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { placeAfter, placeAt, scaleOf, type ScrollPlace, scrollStart } from "./scroll-scale.ts";

/** Rows that are drawn before and after those in sight. */
const marginRowCount = 10;

export interface ScaledRows {
  scroller: React.RefObject<HTMLDivElement | null>;
  onScroll: () => void;
  /** Height of the element that all rows are in, px. */
  height: number;
  /** Rows `[from, to)` are drawn, `top` px below the element's beginning. */
  from: number;
  to: number;
  top: number;
  /** Rows that fit at once. */
  pageRowCount: number;
  /** The first row in sight. */
  firstRow: number;
  /** Scrolls as little as brings the row into sight, or to the middle where that is wanted. */
  reveal: (row: number, where?: "nearest" | "middle") => void;
}

/** Rows of one height in a scrolled element: only those in sight are drawn, however many there are. */
export function useScaledRows({
  rowCount,
  rowHeight,
  headHeight = 0,
}: {
  rowCount: number;
  rowHeight: number;
  /** Of what stays above the rows inside of the scrolled element, px. */
  headHeight?: number;
}): ScaledRows {
  const scroller = useRef<HTMLDivElement>(null);
  const viewport = Math.max(0, useHeight(scroller) - headHeight);
  const [place, setPlace] = useState<ScrollPlace>(scrollStart);
  const scale = useMemo(
    () => scaleOf(rowCount * rowHeight, viewport),
    [rowCount, rowHeight, viewport],
  );
  // A list that became shorter, or rows of another height: what is beyond the end is not shown.
  const shown = placeAt(scale, place.top + place.offset);
  const rowsTop = shown.top + shown.offset;
  const now = useRef({ scale, place });
  now.current = { scale, place };

  const take = useCallback((next: ScrollPlace, isSync: boolean): void => {
    const element = scroller.current;
    now.current.place = next;
    if (isSync) flushSync(() => setPlace(next));
    else setPlace(next);
    if (element && element.scrollTop !== next.top) element.scrollTop = next.top;
  }, []);
  const onScroll = useCallback((): void => {
    const top = scroller.current?.scrollTop ?? 0;
    if (Math.abs(top - now.current.place.top) < 1) return;
    take(placeAfter(now.current.scale, now.current.place, top), true);
  }, [take]);
  const reveal = useCallback(
    (row: number, where: "nearest" | "middle" = "nearest"): void => {
      const { scale: whole, place: before } = now.current;
      const top = before.top + before.offset;
      const above = row * rowHeight;
      const below = above + rowHeight - whole.viewport;
      if (where === "middle") take(placeAt(whole, (above + below) / 2), false);
      else if (above < top) take(placeAt(whole, above), false);
      else if (below > top) take(placeAt(whole, below), false);
    },
    [rowHeight, take],
  );
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && Math.abs(element.scrollTop - shown.top) > 1) element.scrollTop = shown.top;
    // Only when the rows changed: while somebody scrolls, the element leads.
  }, [scale]);

  const firstRow = Math.floor(rowsTop / rowHeight);
  const pageRows = Math.max(1, Math.floor(viewport / rowHeight));
  const from = Math.max(0, firstRow - marginRowCount);
  const to = Math.min(rowCount, firstRow + pageRows + 2 + marginRowCount);
  const top = from * rowHeight - shown.offset;
  const { height } = scale;
  return { scroller, onScroll, height, from, to, top, pageRowCount: pageRows, firstRow, reveal };
}

/** Height of what is inside of an element's frame, px; 0 until it is measured. */
function useHeight(element: React.RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setHeight(current.clientHeight));
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return height;
}
