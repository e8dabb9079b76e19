import type {
  FollowAnswer,
  HttpAnswer,
  PacketBook,
  PacketDetail,
  PacketRow,
  RowsAnswer,
  RowsQuestion,
} from "../../../src/inspection/browse/packet-book.ts";

export interface ArrayBook extends PacketBook {
  /** What was asked, in order. */
  asked: RowsQuestion[];
  abortedCount: number;
  /** Packets that a pass has come by; all unless told. */
  scannedCount: number;
}

export const rowOf = (number: number): PacketRow => ({
  number,
  relativeTime: String((number - 1) * 1_000_000),
  time: String(1_700_000_000_000_000_000n + BigInt(number - 1) * 1_000_000n),
  source: "192.0.2.1",
  destination: "192.0.2.2",
  protocol: "tcp",
  length: 60,
  info: `packet ${number}`,
  stream: { protocol: "tcp", stream: 0 },
});

/** A book of so many packets; the filter "even" lets each second one pass. */
export function arrayBook(packetCount: number): ArrayBook {
  const book: ArrayBook = {
    asked: [],
    abortedCount: 0,
    scannedCount: packetCount,
    async rows(question, signal): Promise<RowsAnswer> {
      book.asked.push(question);
      signal?.addEventListener("abort", () => book.abortedCount++);
      await Promise.resolve();
      const { filter, from, count } = question;
      const step = filter === "even" ? 2 : 1;
      const { scannedCount } = book;
      const matchedCount = Math.floor(scannedCount / step);
      const rows: PacketRow[] = [];
      for (let at = from; at < Math.min(from + count, matchedCount); at++)
        rows.push(rowOf((at + 1) * step));
      const isComplete = scannedCount === packetCount;
      const counts = { packetCount, matchedCount, scannedCount, isCounted: isComplete };
      return { rows, from, ...counts, isComplete, problem: null };
    },
    packet: (): Promise<PacketDetail> => Promise.reject(new Error("not asked here")),
    follow: (): Promise<FollowAnswer> => Promise.reject(new Error("not asked here")),
    http: (): Promise<HttpAnswer> => Promise.reject(new Error("not asked here")),
  };
  return book;
}
