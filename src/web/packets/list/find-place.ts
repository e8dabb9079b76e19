import type { PacketBook, RowsAnswer } from "../../../inspection/browse/packet-book.ts";

/** While a pass has not come to the packet yet, it is looked for again after this. */
const waitMilliseconds = 300;

/**
 * Place of a packet among those that pass a filter, or of the next one after it; null when there is none.
 * The numbers rise, so a few rows tell.
 */
export async function findPlace(
  book: PacketBook,
  { filter, number }: { filter: string; number: number },
  signal: AbortSignal,
): Promise<number | null> {
  const answer = await answerThatReaches(book, { filter, number }, signal);
  if (answer.matchedCount === 0) return null;
  if (filter === "") return Math.max(0, Math.min(number, answer.matchedCount) - 1);
  let from = 0;
  let to = answer.matchedCount;
  while (from < to) {
    const middle = (from + to) >> 1;
    const found = await book.rows({ filter, from: middle, count: 1 }, signal);
    const row = found.rows[0];
    if (!row || row.number >= number) to = middle;
    else from = middle + 1;
  }
  return Math.min(from, answer.matchedCount - 1);
}

async function answerThatReaches(
  book: PacketBook,
  { filter, number }: { filter: string; number: number },
  signal: AbortSignal,
): Promise<RowsAnswer> {
  for (;;) {
    const answer = await book.rows({ filter, from: 0, count: 1 }, signal);
    const seen = filter === "" ? answer.packetCount : answer.scannedCount;
    if (answer.isComplete || seen >= number) return answer;
    await new Promise((resolve) => setTimeout(resolve, waitMilliseconds));
    signal.throwIfAborted();
  }
}
