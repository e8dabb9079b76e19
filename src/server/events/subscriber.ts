import type { EventRing } from "./event-ring.ts";
import { beginText, eventText, resetText, stillHereText } from "./event-text.ts";

/** Events that are sent in one piece. */
const pieceEventCountMax = 100;

/** One reader of the events: a place in the ring, and no buffer of its own. */
export interface Subscriber {
  /** The next piece, when there is one; null at the end. */
  read(): Promise<string | null>;
  /** There may be something new. */
  wake(): void;
  end(): void;
  /** Since when it has not asked for more, although it was given something; null: it waits for news. */
  readonly busySince: number | null;
}

export function createSubscriber(options: {
  ring: EventRing;
  /** The last id that the reader has had; null: it begins. NaN and the like: one that never was. */
  after: number | null;
  now(): number;
  heartbeatMilliseconds: number;
}): Subscriber {
  const { ring } = options;
  const now = (): number => options.now();
  let cursor = ring.newestId;
  let first: string | null = beginText(cursor);
  let hasEnded = false;
  let busySince: number | null = now();
  let release: (() => void) | null = null;
  if (options.after !== null) {
    const isKnown = ring.after(options.after, 0) !== null;
    if (isKnown) cursor = options.after;
    first = isKnown ? beginText(cursor) : `${first}${resetText(cursor, now())}`;
  }
  const next = (): string | null => {
    const events = ring.after(cursor, pieceEventCountMax);
    // It read so slowly that what it has not had yet is gone: on its return it is told so.
    if (!events) hasEnded = true;
    const last = events?.at(-1);
    if (!events || !last) return null;
    cursor = last.id;
    return events.map(eventText).join("");
  };
  const pause = (): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), options.heartbeatMilliseconds);
      release = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  const wait = async (): Promise<string | null> => {
    for (;;) {
      const piece = hasEnded ? null : next();
      if (piece !== null || hasEnded) return piece;
      const isAwake = await pause();
      release = null;
      if (!isAwake) return hasEnded ? null : stillHereText;
    }
  };
  return {
    get busySince() {
      return busySince;
    },
    async read() {
      busySince = null;
      const piece = first ?? (await wait());
      first = null;
      busySince = now();
      return hasEnded ? null : piece;
    },
    wake: () => release?.(),
    end() {
      hasEnded = true;
      release?.();
    },
  };
}
