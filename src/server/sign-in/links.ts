import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { countUsers } from "./user-store.ts";
import { isKeyShaped, keyDigest, makeKey } from "./random-key.ts";

/** How long a link is good. */
export const linkLifeMilliseconds = 3_600_000;
/** Links that are good at a time; the oldest goes for a further one. */
export const linkCountMax = 2_000;
/** Links for the first user: each start makes one. */
const firstLinkCountMax = 5;

/** `documents("signInLinks")`, by the SHA-256 of the link's key. */
interface LinkRecord {
  /** Null: whoever has it names the first user. */
  userId: string | null;
  createdAt: number;
  endsAt: number;
}

/** A link that lets somebody in once; the key is nowhere but here. */
export interface NewLink {
  key: string;
  endsAt: number;
}

const table = (state: State) => state.documents<LinkRecord>("signInLinks");

/** Links that work once: for the first user, for whoever is invited, and for a forgotten password. */
export interface Links {
  /** A new link for a user, in place of their earlier ones; null: for the first user. */
  make(inside: State, userId: string | null): Promise<NewLink>;
  /** Whose link it is, without using it; throws `SignInLinkInvalid`. */
  look(inside: State, key: string): Promise<{ userId: string | null }>;
  /** The same, and it is used up. */
  use(inside: State, key: string): Promise<{ userId: string | null }>;
  /** A user's links are good no more. */
  endAllOf(inside: State, userId: string): Promise<void>;
}

export function createLinks(clock: Clock): Links {
  const look: Links["look"] = async (inside, key) => {
    const found = isKeyShaped(key) ? await table(inside).get(keyDigest(key)) : null;
    if (!found || found.body.endsAt <= clock.now()) throw linkInvalid();
    const { userId } = found.body;
    if (userId === null && (await countUsers(inside)) > 0) throw linkInvalid();
    return { userId };
  };
  return {
    look,
    async make(inside, userId) {
      await makeRoom(inside, userId, clock.now());
      const key = makeKey();
      const createdAt = clock.now();
      const endsAt = createdAt + linkLifeMilliseconds;
      await table(inside).put(keyDigest(key), { userId, createdAt, endsAt }, { revision: 0 });
      return { key, endsAt };
    },
    async use(inside, key) {
      const found = await look(inside, key);
      if (!(await table(inside).delete(keyDigest(key)))) throw linkInvalid();
      return found;
    },
    async endAllOf(inside, userId) {
      for (const { key, body } of await table(inside).list()) {
        if (body.userId === userId) await table(inside).delete(key);
      }
    },
  };
}

/** Links that ended go, and the oldest of whom the new one is for. */
async function makeRoom(state: State, userId: string | null, now: number): Promise<void> {
  const oldestFirst = (await table(state).list()).toSorted(
    (a, b) => a.body.createdAt - b.body.createdAt,
  );
  const ended = oldestFirst.filter(({ body }) => body.endsAt <= now);
  const good = oldestFirst.filter(({ body }) => body.endsAt > now);
  const own = good.filter(({ body }) => body.userId === userId);
  const ownKept = userId === null ? firstLinkCountMax - 1 : 0;
  const surplus = own.slice(0, Math.max(0, own.length - ownKept));
  const overall = good.slice(0, Math.max(0, good.length + 1 - linkCountMax));
  for (const { key } of [...ended, ...surplus, ...overall]) await table(state).delete(key);
}

/** One answer for every reason: a guess learns nothing. */
const linkInvalid = (): NightcapError =>
  new NightcapError(
    "SignInLinkInvalid",
    "this link is not good any more: it was used, or is older than an hour; ask for another",
  );
