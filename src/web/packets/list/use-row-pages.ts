import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { PacketBook } from "../../../inspection/browse/packet-book.ts";
import { RowPages } from "./row-pages.ts";

/** The rows that pass a filter; another filter ends what was asked for the one before. */
export function useRowPages(book: PacketBook, filter: string): RowPages {
  const pages = useMemo(() => new RowPages(book, filter), [book, filter]);
  useSyncExternalStore(pages.subscribe, pages.version);
  useEffect(() => {
    pages.open();
    return () => pages.close();
  }, [pages]);
  return pages;
}
