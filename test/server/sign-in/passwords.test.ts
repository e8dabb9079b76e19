// Passwords as they are kept, and the bounds of hashing, sessions and links.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLinks } from "../../../src/server/sign-in/links.ts";
import {
  hashPassword,
  isCheaper,
  isPassword,
  passwordCost,
} from "../../../src/server/sign-in/password-hash.ts";
import { createPasswords } from "../../../src/server/sign-in/passwords.ts";
import { keyDigest, makeKey } from "../../../src/server/sign-in/random-key.ts";
import {
  createSessions,
  sessionCountMax,
  type SessionRecord,
} from "../../../src/server/sign-in/sessions.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { makeDirectory, removeDirectory } from "../../provider/control-plane.ts";
import { movedClock } from "./bed.ts";

const cheap = { N: 1_024, r: 8, p: 1 };

let directory: string;
let state: State;

beforeAll(async () => {
  directory = await makeDirectory();
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
});
afterAll(async () => {
  await state.close();
  await removeDirectory(directory);
});

test("a password is told at the real cost, from a record that does not have it", async () => {
  const record = await hashPassword("correct horse battery", passwordCost, 7);
  expect(record).toMatchObject({ algorithm: "scrypt", cost: passwordCost, setAt: 7 });
  expect(JSON.stringify(record)).not.toContain("horse");
  expect(await isPassword(record, "correct horse battery")).toBe(true);
});

test("the same password has another record each time; a cheaper one is known as that", async () => {
  const [one, two] = await Promise.all([
    hashPassword("same", cheap, 0),
    hashPassword("same", cheap, 0),
  ]);
  expect(one.hash).not.toBe(two.hash);
  expect(isCheaper(one, passwordCost)).toBe(true);
  expect(isCheaper(one, cheap)).toBe(false);
  expect(await isPassword(one, "same")).toBe(true);
  expect(await isPassword(one, "samf")).toBe(false);
  expect(await isPassword({ ...one, hash: "" }, "same")).toBe(false);
});

test("two are hashed at a time and 32 wait; whoever comes then is told to come again", async () => {
  let count = 0;
  const hashes = { add: () => void count++ };
  const passwords = createPasswords({ cost: cheap, hashes });
  const all = await Promise.allSettled(
    Array.from({ length: 40 }, () => passwords.check(null, "guess")),
  );
  const refused = all.filter(({ status }) => status === "rejected");
  expect([refused.length, count]).toEqual([6, 34]);
  expect(refused[0]).toMatchObject({ reason: { code: "TooManyRequests" } });
  expect(await passwords.check(null, "guess")).toBe(false);
});

test("all users together have so many sessions: the one that was idle longest ends first", async () => {
  const clock = movedClock();
  const sessions = createSessions(state, clock);
  const record = (seenAt: number): SessionRecord => ({
    userId: `user ${seenAt % 1_000}`,
    way: "password",
    createdAt: seenAt,
    seenAt,
    endsAt: clock.now() + 1_000_000,
    from: null,
  });
  const keys = [makeKey(), makeKey()];
  await state.transact(async (inside) => {
    const table = inside.documents<SessionRecord>("webSessions");
    const begin = clock.now() - sessionCountMax;
    for (let at = 0; at < sessionCountMax; at++) {
      await table.put(keyDigest(keys[at] ?? `${at}`), record(begin + at));
    }
  });
  const started = await state.transact((inside) =>
    sessions.start(inside, { userId: "another", way: "password", from: null }),
  );
  expect(await state.documents("webSessions").count()).toBe(sessionCountMax);
  const lasts = await Promise.all([...keys, started.key].map((key) => sessions.find(key)));
  expect(lasts.map((found) => found !== null)).toEqual([false, true, true]);
  clock.advance(2_000_000);
  await state.transact((inside) =>
    sessions.start(inside, { userId: "another", way: "password", from: null }),
  );
  // Those that ended are gone from the state too: the one of before had 30 days.
  expect(await state.documents("webSessions").count()).toBe(2);
});

test("five links for the first user are good at a time, and one of each other user", async () => {
  const clock = movedClock();
  const links = createLinks(clock);
  const made: string[] = [];
  for (let count = 0; count < 6; count++) {
    clock.advance(1);
    made.push((await links.make(state, null)).key);
  }
  const good = await Promise.all(
    made.map((key) =>
      links.look(state, key).then(
        () => true,
        () => false,
      ),
    ),
  );
  expect(good).toEqual([false, true, true, true, true, true]);
  const first = await links.make(state, "somebody");
  const second = await links.make(state, "somebody");
  await expect(links.look(state, first.key)).rejects.toThrow("not good any more");
  expect(await links.use(state, second.key)).toEqual({ userId: "somebody" });
  await expect(links.use(state, second.key)).rejects.toThrow("not good any more");
});
