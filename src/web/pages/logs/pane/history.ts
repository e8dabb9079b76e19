import { useState } from "react";

/** A query that this person ran in this browser. */
export interface PastQuery {
  readonly query: string;
  readonly timespan: string | null;
  /** ISO 8601. */
  readonly time: string;
  /** Null: it failed, or was cancelled. */
  readonly rowCount: number | null;
}

const pastCountMax = 50;
/** A longer one is not remembered: what a browser keeps for a page is small. */
const queryCharactersMax = 20_000;

export interface History {
  readonly past: readonly PastQuery[];
  readonly add: (one: PastQuery) => void;
  readonly clear: () => void;
}

/** What was run, newest first; the same query is there once. */
export function useHistory(userId: string): History {
  const key = `nightcap.logs.history.${userId}`;
  const [past, setPast] = useState(() => read(key));
  const keep = (next: readonly PastQuery[]): void => {
    setPast(next);
    localStorage.setItem(key, JSON.stringify(next));
  };
  return {
    past,
    add: (one) => {
      if (one.query.length <= queryCharactersMax) keep(withNewest(read(key), one));
    },
    clear: () => keep([]),
  };
}

export const withNewest = (past: readonly PastQuery[], one: PastQuery): PastQuery[] =>
  [one, ...past.filter(({ query }) => query !== one.query)].slice(0, pastCountMax);

function read(key: string): readonly PastQuery[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isPast).slice(0, pastCountMax) : [];
  } catch {
    return [];
  }
}

const isPast = (value: unknown): value is PastQuery => {
  const { query, time } = (value ?? {}) as Partial<PastQuery>;
  return typeof query === "string" && typeof time === "string";
};
