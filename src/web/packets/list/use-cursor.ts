import { useEffect, useState } from "react";
import type { PacketBook } from "../../../inspection/browse/packet-book.ts";
import { findPlace } from "./find-place.ts";
import type { RowPages } from "./row-pages.ts";

/** The chosen row: its place in the list, and its packet as soon as that is known. */
export interface Cursor {
  place: number | null;
  number: number | null;
  /** Counts choices that the list is to scroll to, wherever it stands. */
  found: number;
}

interface CursorOptions {
  book: PacketBook;
  filter: string;
  pages: RowPages;
  /** The packet that the page's address names. */
  frame: number | null;
  /** Told of a packet that was chosen in the list. */
  choose: (number: number) => void;
}

/**
 * Keeps the chosen place of the list and the packet in the page's address the same: a place whose row is not
 * there yet becomes a packet when it comes, and a packet that a link names is looked for among the rows.
 */
export function useCursor(options: CursorOptions): [Cursor, (place: number) => void] {
  const { book, filter, pages, frame, choose } = options;
  const [cursor, setCursor] = useState<Cursor>({ place: null, number: null, found: 0 });
  const [soughtFilter, setSoughtFilter] = useState(filter);
  const isElsewhere =
    frame !== null && (frame !== cursor.number || soughtFilter !== filter) && !isOnItsWay(cursor);
  useEffect(() => {
    if (!isElsewhere || frame === null) return undefined;
    const search = new AbortController();
    const seek = async (): Promise<void> => {
      const place = await findPlace(book, { filter, number: frame }, search.signal);
      if (search.signal.aborted) return;
      setSoughtFilter(filter);
      setCursor(({ found }) => ({ place, number: frame, found: found + 1 }));
    };
    // What is wrong with the rows is told by the rows.
    seek().catch(() => undefined);
    return () => search.abort();
  }, [book, filter, frame, isElsewhere]);
  const arrived = isOnItsWay(cursor) ? pages.row(cursor.place ?? 0) : null;
  useEffect(() => {
    if (!arrived) return;
    setCursor((before) => ({ ...before, number: arrived.number }));
    choose(arrived.number);
  }, [arrived, choose]);
  const moveTo = (place: number): void => {
    const number = pages.row(place)?.number ?? null;
    setSoughtFilter(filter);
    setCursor(({ found }) => ({ place, number, found }));
    if (number !== null) choose(number);
  };
  return [cursor, moveTo];
}

const isOnItsWay = ({ place, number }: Cursor): boolean => place !== null && number === null;
