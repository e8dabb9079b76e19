import type { PacketBook, PacketRow, RowsAnswer } from "../../../inspection/browse/packet-book.ts";

/** Rows of one request. */
export const pageRowCount = 200;
/** Requests under way at once. */
const requestCountMax = 3;
/** Pages that are kept, 12,000 rows; the one that was not in sight for longest goes first. */
const pageCountMax = 60;
/** While somebody drags the scroll bar, pages are asked for no more often. */
const settleMilliseconds = 40;
/** While a pass goes on, rows in sight are asked for again no more often. */
const pollMilliseconds = 300;

/** What is known of the rows as a whole. */
export interface RowsStatus {
  /** False until the first answer came. */
  isKnown: boolean;
  packetCount: number;
  matchedCount: number;
  scannedCount: number;
  /** The list's end is known. */
  isCounted: boolean;
  isComplete: boolean;
  problem: string | null;
  error: Error | null;
}

interface Page {
  rows: readonly PacketRow[];
  /** False when it was answered before the pass had come by. */
  isFinal: boolean;
  askedMs: number;
}

const nothingKnown: RowsStatus = {
  isKnown: false,
  packetCount: 0,
  matchedCount: 0,
  scannedCount: 0,
  isCounted: false,
  isComplete: false,
  problem: null,
  error: null,
};

/**
 * The rows of a list that is longer than anyone reads: pages in sight and one beside are fetched, those that
 * scrolled away are not waited for, and what was not seen for long is forgotten.
 */
export class RowPages {
  readonly #book: PacketBook;
  readonly #filter: string;
  /** In the order in which they were last in sight. */
  readonly #pages = new Map<number, Page>();
  readonly #asked = new Map<number, AbortController>();
  readonly #listeners = new Set<() => void>();
  #sight = { first: 0, last: 0 };
  #status = nothingKnown;
  #version = 0;
  #isOpen = false;
  #isEndWanted = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(book: PacketBook, filter: string) {
    this.#book = book;
    this.#filter = filter;
  }

  get status(): RowsStatus {
    return this.#status;
  }

  /** Somebody goes to the end, which is not known yet. */
  get isEndWanted(): boolean {
    return this.#isEndWanted;
  }

  wantEnd(isWanted: boolean): void {
    if (this.#isEndWanted === isWanted) return;
    this.#isEndWanted = isWanted;
    this.#tell();
  }

  row(place: number): PacketRow | null {
    const page = this.#pages.get(Math.floor(place / pageRowCount));
    return page?.rows[place % pageRowCount] ?? null;
  }

  /** Rows `[from, to)` are in sight. */
  see(from: number, to: number): void {
    const first = Math.floor(Math.max(0, from) / pageRowCount);
    const last = Math.floor(Math.max(from, to - 1, 0) / pageRowCount);
    this.#sight = { first, last };
    for (let page = first; page <= last; page++) this.#touch(page);
    const wanted = this.#wanted();
    for (const [page, controller] of this.#asked) if (!wanted.includes(page)) controller.abort();
    this.#later(this.#status.isKnown ? settleMilliseconds : 0);
  }

  open(): void {
    this.#isOpen = true;
    this.#later(0);
  }

  close(): void {
    this.#isOpen = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (const controller of this.#asked.values()) controller.abort();
  }

  /** Asks again after an error. */
  retry(): void {
    this.#status = { ...this.#status, error: null };
    this.#tell();
    this.#later(0);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another number when anything changed. */
  readonly version = (): number => this.#version;

  #tell(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }

  #later(milliseconds: number): void {
    if (!this.#isOpen || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#askForMore();
    }, milliseconds);
  }

  /** Pages in sight, then the one after and the one before. */
  #wanted(): number[] {
    const { first, last } = this.#sight;
    const pages: number[] = [];
    for (let page = first; page <= last; page++) pages.push(page);
    return [...pages, last + 1, ...(first > 0 ? [first - 1] : [])];
  }

  #askForMore(): void {
    if (!this.#isOpen || this.#status.error) return;
    for (const page of this.#wanted()) {
      if (this.#asked.size >= requestCountMax) break;
      if (!this.#asked.has(page) && this.#isNeeded(page)) void this.#ask(page);
    }
    if (!this.#status.isComplete && this.#asked.size === 0) this.#later(pollMilliseconds);
  }

  #isNeeded(page: number): boolean {
    const { isKnown, isComplete, matchedCount } = this.#status;
    const kept = this.#pages.get(page);
    if (kept) {
      if (kept.isFinal) return false;
      return isComplete || performance.now() - kept.askedMs >= pollMilliseconds;
    }
    const isInSight = page >= this.#sight.first && page <= this.#sight.last;
    return isKnown ? page * pageRowCount < matchedCount || (isInSight && !isComplete) : isInSight;
  }

  async #ask(page: number): Promise<void> {
    const controller = new AbortController();
    this.#asked.set(page, controller);
    const question = { filter: this.#filter, from: page * pageRowCount, count: pageRowCount };
    try {
      const answer = await this.#book.rows(question, controller.signal);
      if (!controller.signal.aborted) this.#take(page, answer);
    } catch (error) {
      if (!controller.signal.aborted) this.#fail(error);
    } finally {
      this.#asked.delete(page);
      this.#askForMore();
    }
  }

  #take(page: number, { rows, ...rest }: RowsAnswer): void {
    const { packetCount, matchedCount, scannedCount, isCounted, isComplete, problem } = rest;
    const counts = { packetCount, matchedCount, scannedCount, isCounted, isComplete, problem };
    this.#status = { ...counts, isKnown: true, error: null };
    this.#pages.delete(page);
    this.#pages.set(page, { rows, isFinal: isComplete, askedMs: performance.now() });
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= pageCountMax) break;
      this.#pages.delete(oldest);
    }
    this.#tell();
  }

  #fail(error: unknown): void {
    this.#status = {
      ...this.#status,
      error: error instanceof Error ? error : new Error(String(error)),
    };
    this.#tell();
  }

  #touch(page: number): void {
    const kept = this.#pages.get(page);
    if (!kept) return;
    this.#pages.delete(page);
    this.#pages.set(page, kept);
  }
}
