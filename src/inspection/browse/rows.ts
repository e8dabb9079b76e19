import { SubjectMaker } from "../packet-pass.ts";
import { toNanoseconds } from "../file/time.ts";
import type { BookParts } from "./open-book.ts";
import type { PacketRow, RowsAnswer, RowsQuestion } from "./packet-book.ts";

/** Rows of one answer. */
export const rowCountMax = 1_000;
/** A question about a filter waits so long for the rows that it asks for. */
const patienceMilliseconds = 150;

/** The rows of a window, and how much is known by now. Raises FilterError. */
export async function answerRows(
  parts: BookParts,
  question: RowsQuestion,
  signal?: AbortSignal,
): Promise<RowsAnswer> {
  const { index, notes } = parts;
  parts.failure();
  const from = Math.max(0, Math.floor(question.from));
  const count = Math.min(rowCountMax, Math.max(0, Math.floor(question.count)));
  const isFiltered = question.filter.trim() !== "";
  const found = isFiltered
    ? await filtered(parts, question.filter, { from, count }, signal)
    : unfiltered(parts, { from, count });
  const rows = await parts.hush(() => readRows(parts, found.places, signal));
  const last = found.places.at(-1) ?? -1;
  return {
    rows,
    from,
    packetCount: index.packetCount,
    matchedCount: found.matchedCount,
    scannedCount: found.scannedCount,
    isCounted: index.isComplete && found.isComplete,
    isComplete: index.isComplete && found.isComplete && last < notes.count,
    problem: found.problem ?? index.problem,
  };
}

interface Found {
  places: number[];
  matchedCount: number;
  scannedCount: number;
  isComplete: boolean;
  problem: string | null;
}

interface Window {
  from: number;
  count: number;
}

function unfiltered({ index, notes }: BookParts, { from, count }: Window): Found {
  const end = Math.min(index.packetCount, from + count);
  const places = Array.from({ length: Math.max(0, end - from) }, (_, at) => from + at);
  const { packetCount: matchedCount } = index;
  const scannedCount = notes.count;
  return { places, matchedCount, scannedCount, isComplete: true, problem: null };
}

async function filtered(
  { filters, options }: BookParts,
  text: string,
  { from, count }: Window,
  signal?: AbortSignal,
): Promise<Found> {
  const matches = filters.ask(text);
  const until = options.nowMilliseconds() + patienceMilliseconds;
  while (!matches.isComplete && matches.places.length < from + count) {
    if (matches.problem !== null || options.nowMilliseconds() >= until) break;
    await matches.changed.promise;
    signal?.throwIfAborted();
  }
  return {
    places: matches.places.slice(from, from + count),
    matchedCount: matches.places.length,
    scannedCount: matches.scannedCount,
    isComplete: matches.isComplete,
    problem: matches.problem,
  };
}

/** Each packet is dissected by itself; the rest is in the notes. */
export async function readRows(
  { reader, index, notes }: BookParts,
  places: readonly number[],
  signal?: AbortSignal,
): Promise<PacketRow[]> {
  const rows: PacketRow[] = [];
  const maker = new SubjectMaker();
  await reader.visit(
    places,
    (packet, place) => {
      const subject = maker.subjectOf(packet, place + 1);
      const time = packet.hasTime ? toNanoseconds(packet) : null;
      const relative = time === null ? null : time - (index.firstTime ?? time);
      rows.push({
        number: place + 1,
        relativeTime: relative === null ? null : String(relative),
        time: time === null ? null : String(time),
        ...notes.rowOf(subject, place),
        length: packet.originalLength,
      });
      return true;
    },
    signal,
  );
  return rows;
}
