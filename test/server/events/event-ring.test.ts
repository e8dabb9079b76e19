import { expect, test } from "vitest";
import { createEventRing, firstIdOf } from "../../../src/server/events/event-ring.ts";

const now = Date.UTC(2026, 10, 21);
const host = (id: string) => ({ kind: "host", id, change: "put" }) as const;
const idsAfter = (ring: ReturnType<typeof createEventRing>, id: number) =>
  ring.after(id, 100)?.map(({ subject }) => subject.id) ?? null;

test("what followed an id is given in order, as much as is asked for", () => {
  const ring = createEventRing(100, 8);
  for (const id of ["a", "b", "c"]) ring.add(host(id), now);
  expect(ring.newestId).toBe(103);
  expect(idsAfter(ring, 100)).toEqual(["a", "b", "c"]);
  expect(idsAfter(ring, 102)).toEqual(["c"]);
  expect(idsAfter(ring, 103)).toEqual([]);
  expect(ring.after(100, 2)?.map(({ id }) => id)).toEqual([101, 102]);
});

test("of one thing only the newest is kept, in any case of its id", () => {
  const ring = createEventRing(0, 8);
  for (const id of ["a", "b", "A", "b", "a"]) ring.add(host(id), now);
  expect(idsAfter(ring, 0)).toEqual(["b", "a"]);
  ring.add({ kind: "capture", id: "a", change: "put" }, now);
  expect(idsAfter(ring, 0)).toEqual(["b", "a", "a"]);
});

test("what is not remembered, was never given out or is of another run is not known", () => {
  const ring = createEventRing(1_000, 4);
  for (let count = 0; count < 10; count++) ring.add(host(`${count}`), now);
  expect(idsAfter(ring, 1_006)).toEqual(["6", "7", "8", "9"]);
  for (const id of [1_005, 1_011, 999, 0, -1, Number.NaN, 1_007.5, 2 ** 60]) {
    expect(idsAfter(ring, id)).toBeNull();
  }
});

test("a ring that went round often gives each thing once", () => {
  const ring = createEventRing(0, 16);
  for (let count = 0; count < 1_000; count++) ring.add(host(`${count % 7}`), now);
  const found = ring.after(984, 100) ?? [];
  expect(found.map(({ id }) => id)).toEqual([994, 995, 996, 997, 998, 999, 1_000]);
});

test("ids of a run are whole, and above those of the run before, also when the clock went back", () => {
  const first = firstIdOf(now, null);
  expect(Number.isSafeInteger(first)).toBe(true);
  expect(Number.isSafeInteger(firstIdOf(Date.UTC(2092, 0, 1), null))).toBe(true);
  expect(firstIdOf(now + 1_000, first)).toBeGreaterThan(first);
  expect(firstIdOf(now, first)).toBeGreaterThan(first);
  expect(firstIdOf(now - 86_400_000, first)).toBeGreaterThan(first);
});
