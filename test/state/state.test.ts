// Every backend passes the same tests, so that a user may change backend without surprise.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openState, type State, type StateSettings } from "../../src/state/state.ts";

const backends: (() => Promise<StateSettings>)[] = [
  async () => ({
    kind: "sqlite",
    path: join(await mkdtemp(join(tmpdir(), "nightcap-state-")), "state", "nightcap.db"),
  }),
];

const watcher = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkWatchers/W";
const captureType = "Microsoft.Network/networkWatchers/packetCaptures";

describe.each(backends)("state %#", (makeSettings) => {
  let settings: StateSettings;
  let state: State;
  beforeEach(async () => {
    settings = await makeSettings();
    state = await openState(settings);
  });
  afterEach(async () => {
    await state.close();
    await rm(dirname(dirname(settings.path)), { recursive: true });
  });

  const capture = (name: string, body: Record<string, unknown> = {}) => ({
    id: `${watcher}/packetCaptures/${name}`,
    type: captureType,
    body,
  });

  test("finds a resource by its id in any case and keeps the case of its first write", async () => {
    await state.resources.put(capture("One", { properties: { a: 1 } }));
    const second = await state.resources.put({ ...capture("oNE"), body: { properties: { a: 2 } } });
    expect(second.created).toBe(false);
    const found = await state.resources.get(`${watcher}/PACKETCAPTURES/ONE`.toUpperCase());
    expect(found).toMatchObject({
      id: `${watcher}/packetCaptures/One`,
      body: { properties: { a: 2 } },
    });
  });

  test("lists below a scope by whole segments, by type, in pages", async () => {
    for (const name of ["b", "a", "c"]) await state.resources.put(capture(name));
    await state.resources.put({ ...capture("x"), id: `${watcher}2/packetCaptures/x` });
    await state.resources.put({ id: watcher, type: "Microsoft.Network/networkWatchers", body: {} });
    const query = { scope: watcher.toLowerCase(), type: captureType.toLowerCase() };
    const names = (await state.resources.list(query)).map(({ id }) => id.at(-1));
    expect(names).toEqual(["a", "b", "c"]);
    const after = capture("a").id;
    expect(await state.resources.list({ ...query, after, limit: 1 })).toMatchObject([
      { id: capture("b").id },
    ]);
    expect(await state.resources.count(query)).toBe(3);
    const exceptTypes = [captureType.toUpperCase()];
    const scope = "/subscriptions/S";
    expect(await state.resources.list({ scope, exceptTypes })).toMatchObject([{ id: watcher }]);
  });

  test("refuses a write whose condition does not hold and changes the etag with each write", async () => {
    const first = await state.resources.put(capture("a"), { ifNoneMatch: true });
    await expect(state.resources.put(capture("a"), { ifNoneMatch: true })).rejects.toMatchObject({
      code: "PreconditionFailed",
    });
    const second = await state.resources.put(capture("a"), { ifMatch: first.etag });
    expect(second.etag).not.toBe(first.etag);
    await expect(state.resources.put(capture("a"), { ifMatch: first.etag })).rejects.toMatchObject({
      code: "PreconditionFailed",
      message: expect.stringContaining(second.etag),
    });
    expect(await state.resources.delete(capture("A").id)).toBe(true);
    expect(await state.resources.delete(capture("A").id)).toBe(false);
  });

  test("of writers at the same moment, under one condition, exactly one gets through", async () => {
    const first = await state.resources.put(capture("a"));
    const writers = Array.from({ length: 20 }, (_, n) => n);
    const replaced = await Promise.allSettled(
      writers.map((n) => state.resources.put(capture("a", { n }), { ifMatch: first.etag })),
    );
    expect(replaced.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const created = await Promise.allSettled(
      writers.map((n) => state.resources.put(capture("b", { n }), { ifNoneMatch: true })),
    );
    expect(created.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const jobs = state.documents<{ n: number }>("jobs");
    const documents = await Promise.all(writers.map((n) => jobs.put("j", { n }, { revision: 0 })));
    expect(documents.filter((one) => one !== null)).toHaveLength(1);
  });

  test("a conditional write of a document that is gone never shows, not for a moment", async () => {
    const jobs = state.documents<{ n: number }>("jobs");
    const seen = await Promise.all([
      jobs.put("gone", { n: 1 }, { revision: 4 }),
      jobs.get("gone"),
      jobs.count(),
    ]);
    expect(seen).toEqual([null, null, 0]);
  });

  test("a document's revision lets only the first of two writers through", async () => {
    const jobs = state.documents<{ step: number }>("jobs");
    expect(await jobs.put("j", { step: 1 }, { revision: 0 })).toMatchObject({ revision: 1 });
    expect(await jobs.put("j", { step: 1 }, { revision: 0 })).toBeNull();
    expect(await jobs.put("j", { step: 2 }, { revision: 1 })).toMatchObject({ revision: 2 });
    expect(await jobs.put("j", { step: 9 }, { revision: 1 })).toBeNull();
    expect(await jobs.put("gone", { step: 9 }, { revision: 4 })).toBeNull();
    expect(await jobs.list()).toEqual([{ key: "j", body: { step: 2 }, revision: 2, dueAt: null }]);
  });

  test("gives documents that are due, most overdue first, and not those of other collections", async () => {
    const jobs = state.documents<{ n: number }>("jobs");
    await jobs.put("late", { n: 1 }, { dueAt: 10 });
    await jobs.put("later", { n: 2 }, { dueAt: 5 });
    await jobs.put("future", { n: 3 }, { dueAt: 100 });
    await jobs.put("idle", { n: 4 });
    await state.documents<{ n: number }>("other").put("x", { n: 5 }, { dueAt: 1 });
    expect((await jobs.due(50, 10)).map(({ key }) => key)).toEqual(["later", "late"]);
    expect(await jobs.count()).toBe(4);
    expect(await jobs.countDue()).toBe(3);
  });

  test("gives many documents at once, however many, and only those that there are", async () => {
    const jobs = state.documents<{ n: number }>("jobs");
    const keys = Array.from({ length: 1_200 }, (_, n) => `job-${n}`);
    for (const [n, key] of keys.entries()) if (n % 2 === 0) await jobs.put(key, { n });
    await state.documents<{ n: number }>("other").put("job-1", { n: 1 });
    const found = await jobs.getMany(keys);
    expect(found).toHaveLength(600);
    expect(found.every(({ key, body }) => key === `job-${body.n}`)).toBe(true);
    expect(await jobs.getMany([])).toEqual([]);
  });

  test("a transaction that throws leaves nothing behind", async () => {
    const jobs = state.documents<{ n: number }>("jobs");
    const failed = state.transact(async (inside) => {
      await inside.documents<{ n: number }>("jobs").put("a", { n: 1 });
      await inside.resources.put(capture("a"));
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await jobs.get("a")).toBeNull();
    expect(await state.resources.get(capture("a").id)).toBeNull();
  });

  test("what was written is there after a restart, in a file for its owner alone", async () => {
    await state.documents<{ n: number }>("jobs").put("a", { n: 1 });
    await state.close();
    state = await openState(settings);
    expect(await state.documents("jobs").get("a")).toMatchObject({ body: { n: 1 } });
    expect((await stat(settings.path)).mode & 0o777).toBe(0o600);
  });
});
