/** A JSON document kept under a key, with what is needed to write it safely from several places. */
export interface StoredDocument<Body extends object> {
  key: string;
  body: Body;
  /** 1 at creation, one more at each write. */
  revision: number;
  /** When the document wants attention (ms since the epoch), or null. */
  dueAt: number | null;
}

/** A named set of documents; `state` implements it, everything that must survive a restart uses it. */
export interface DocumentTable<Body extends object> {
  get(key: string): Promise<StoredDocument<Body> | null>;
  /** Those that there are of `keys`, in any order. */
  getMany(keys: readonly string[]): Promise<StoredDocument<Body>[]>;
  /**
   * Writes; with `revision` only over that revision (0: only when there is none). Null when the
   * condition does not hold: somebody else was first.
   */
  put(
    key: string,
    body: Body,
    options?: { revision?: number; dueAt?: number | null },
  ): Promise<StoredDocument<Body> | null>;
  delete(key: string): Promise<boolean>;
  /** In key order; `after` is the last key of the page before. */
  list(query?: {
    prefix?: string;
    after?: string;
    limit?: number;
  }): Promise<StoredDocument<Body>[]>;
  /** Documents whose `dueAt` is at or before `now`, most overdue first. */
  due(now: number, limit: number): Promise<StoredDocument<Body>[]>;
  count(): Promise<number>;
  /** How many have a `dueAt`, whenever that is. */
  countDue(): Promise<number>;
}
