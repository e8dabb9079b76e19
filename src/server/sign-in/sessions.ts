import type { Clock } from "../../common/clock.ts";
import type { StoredDocument } from "../../common/documents.ts";
import type { State } from "../../state/state.ts";
import { isKeyShaped, keyDigest, makeKey } from "./random-key.ts";

const hourMilliseconds = 3_600_000;
/** A session that nothing was asked in for so long has ended. */
export const idleMilliseconds = 12 * hourMilliseconds;
/** However busy, a session ends after this. */
export const sessionLifeMilliseconds = 30 * 24 * hourMilliseconds;
/** Sessions of one user; a further sign-in ends the one that was idle longest. */
export const sessionCountPerUserMax = 10;
/** Sessions of all users; the same. */
export const sessionCountMax = 5_000;
/** Being used is written down this often, not at each request. */
const seenIntervalMilliseconds = 60_000;

/** `documents("webSessions")`, by the SHA-256 of the session's key. */
export interface SessionRecord {
  userId: string;
  /** How somebody came in. */
  way: "password" | "link" | "provider";
  /** These are milliseconds since the epoch. */
  createdAt: number;
  seenAt: number;
  /** When it ends, however busy. */
  endsAt: number;
  /** Where it began; null when that was not known. */
  from: string | null;
}

export type Session = StoredDocument<SessionRecord>;

export interface Sessions {
  /** A new session under a key of its own; the key is nowhere but in the answer. */
  start(
    inside: State,
    wanted: Pick<SessionRecord, "userId" | "way" | "from"> & { lifeMilliseconds?: number },
  ): Promise<{ key: string; session: SessionRecord }>;
  /** The session of a key, while it lasts. */
  find(key: string): Promise<Session | null>;
  /** Something was asked in it. */
  touch(session: Session): Promise<void>;
  end(inside: State, key: string): Promise<void>;
  /** Ends all of one user's, but for the one of `exceptKey`. */
  endAllOf(inside: State, userId: string, exceptKey?: string | null): Promise<number>;
}

const table = (state: State) => state.documents<SessionRecord>("webSessions");

/** When it ends if nothing more is asked in it. */
export const sessionEnd = ({ seenAt, endsAt }: SessionRecord): number =>
  Math.min(seenAt + idleMilliseconds, endsAt);

/** Sessions of browsers. They lie in the state, so they survive a restart. */
export function createSessions(state: State, clock: Clock): Sessions {
  const put = (inside: State, digest: string, body: SessionRecord, revision: number) =>
    table(inside).put(digest, body, { revision, dueAt: sessionEnd(body) });
  return {
    async start(inside, { lifeMilliseconds = sessionLifeMilliseconds, ...wanted }) {
      const now = clock.now();
      await makeRoom(inside, wanted.userId, now);
      const key = makeKey();
      const endsAt = now + Math.min(lifeMilliseconds, sessionLifeMilliseconds);
      const session = { ...wanted, createdAt: now, seenAt: now, endsAt };
      await put(inside, keyDigest(key), session, 0);
      return { key, session };
    },
    async find(key) {
      if (!isKeyShaped(key)) return null;
      const found = await table(state).get(keyDigest(key));
      return found && sessionEnd(found.body) > clock.now() ? found : null;
    },
    async touch({ key: digest, body, revision }) {
      const seenAt = clock.now();
      if (seenAt - body.seenAt < seenIntervalMilliseconds) return;
      // Over this revision only: a session that was ended meanwhile stays so.
      await put(state, digest, { ...body, seenAt }, revision);
    },
    async end(inside, key) {
      if (isKeyShaped(key)) await table(inside).delete(keyDigest(key));
    },
    async endAllOf(inside, userId, exceptKey = null) {
      const kept = exceptKey === null ? null : keyDigest(exceptKey);
      const own = (await table(inside).list()).filter(
        ({ key, body }) => body.userId === userId && key !== kept,
      );
      for (const { key } of own) await table(inside).delete(key);
      return own.length;
    },
  };
}

/** Those that ended go, and then those that were idle longest, until there is room for one more. */
async function makeRoom(state: State, userId: string, now: number): Promise<void> {
  const idleFirst = (await table(state).list()).toSorted((a, b) => a.body.seenAt - b.body.seenAt);
  const ended = idleFirst.filter(({ body }) => sessionEnd(body) <= now);
  const lasting = idleFirst.filter(({ body }) => sessionEnd(body) > now);
  const own = lasting.filter(({ body }) => body.userId === userId);
  const surplus = own.slice(0, Math.max(0, own.length + 1 - sessionCountPerUserMax));
  const left = lasting.filter((each) => !surplus.includes(each));
  const overall = left.slice(0, Math.max(0, left.length + 1 - sessionCountMax));
  for (const { key } of [...ended, ...surplus, ...overall]) await table(state).delete(key);
}
