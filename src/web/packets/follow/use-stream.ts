import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { PacketBook, StreamName } from "../../../inspection/browse/packet-book.ts";
import { StreamPages, type StreamState } from "./stream-pages.ts";

const nothing = (): (() => void) => () => undefined;

/** The stream's first page, and what was read on since. */
export function useStream(
  book: PacketBook,
  name: StreamName | null,
): { pages: StreamPages | null; state: StreamState | null } {
  const { protocol, stream } = name ?? {};
  const pages = useMemo(
    () =>
      protocol === undefined || stream === undefined
        ? null
        : new StreamPages(book, { protocol, stream }),
    [book, protocol, stream],
  );
  useEffect(() => {
    void pages?.later();
    return () => pages?.close();
  }, [pages]);
  const state = useSyncExternalStore(pages?.subscribe ?? nothing, () => pages?.state() ?? null);
  return { pages, state };
}

/** `tcp.3`, as the page's address has it; null for anything else. */
export function streamNameOf(text: string | null): StreamName | null {
  const found = /^(tcp|udp)\.(\d{1,10})$/.exec(text ?? "");
  return found ? { protocol: found[1] as StreamName["protocol"], stream: Number(found[2]) } : null;
}
