import type { EventSubject } from "./event-kinds.ts";

/** Events that are remembered; whoever was away longer is told to ask for everything again. */
export const ringSlotCountMax = 16_384;
/** Events of one run of the control plane, so that ids of the next run are all higher. */
const eventsPerSecondMax = 4_194_304;
/** 2025-01-01: seconds are counted from there, so that ids stay whole numbers that JavaScript can hold until 2093. */
const epochSeconds = 1_735_689_600;

export interface RingEvent {
  id: number;
  subject: EventSubject;
  /** Milliseconds since the epoch. */
  at: number;
}

/** The first id of a run that began then; never one that `earlier`, the first id of the run before, was followed by. */
export function firstIdOf(now: number, earlier: number | null): number {
  const seconds = Math.max(0, Math.floor(now / 1_000) - epochSeconds);
  const next = earlier === null ? 0 : Math.floor(earlier / eventsPerSecondMax) + 1;
  return Math.max(seconds, next) * eventsPerSecondMax;
}

/** The last events, by ascending id; of several about one thing only the newest is kept, for they are only names. */
export interface EventRing {
  /** Of the newest event, or of the run's beginning. */
  readonly newestId: number;
  add(subject: EventSubject, at: number): RingEvent;
  /** The next `limit` events after an id; null when what followed it is not remembered, or it was never given out. */
  after(id: number, limit: number): RingEvent[] | null;
}

export function createEventRing(
  firstId: number,
  slotCountMax: number = ringSlotCountMax,
): EventRing {
  const slots: (RingEvent | null)[] = Array.from({ length: slotCountMax }, () => null);
  const newestOf = new Map<string, number>();
  let newestId = firstId;
  const slotOf = (id: number): number => (id - firstId) % slotCountMax;
  const forget = (event: RingEvent | null | undefined): void => {
    if (!event) return;
    const key = keyOf(event.subject);
    if (newestOf.get(key) === event.id) newestOf.delete(key);
  };
  return {
    get newestId() {
      return newestId;
    },
    add(subject, at) {
      const event = { id: ++newestId, subject, at };
      const key = keyOf(subject);
      const before = newestOf.get(key);
      if (before !== undefined) slots[slotOf(before)] = null;
      forget(slots[slotOf(event.id)]);
      slots[slotOf(event.id)] = event;
      newestOf.set(key, event.id);
      return event;
    },
    after(id, limit) {
      const oldestId = Math.max(firstId, newestId - slotCountMax);
      if (!Number.isSafeInteger(id) || id < oldestId || id > newestId) return null;
      const found: RingEvent[] = [];
      for (let next = id + 1; next <= newestId && found.length < limit; next++) {
        const event = slots[slotOf(next)];
        if (event) found.push(event);
      }
      return found;
    },
  };
}

const keyOf = ({ kind, id }: EventSubject): string => `${kind} ${id.toLowerCase()}`;
