import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { holesOf } from "../../../src/capture/flight/holes.ts";
import { Holds } from "../../../src/capture/flight/holds.ts";

const sessionId = "0b1c2d3e-0000-4000-8000-000000000001";
const otherId = "0b1c2d3e-0000-4000-8000-000000000002";
const begin = Date.parse("2026-11-21T09:30:00Z");
const facts = { filter: "", interfaces: [] };
let ring = "";
beforeEach(() => {
  ring = mkdtempSync(join(tmpdir(), "nightcap-holds-"));
});
afterEach(() => rmSync(ring, { recursive: true, force: true }));

/** Each begins when the one before it is whole. */
const nameOf = (number: number): string =>
  `eth0~00001_${number}_202611210930${String(number - 10_001).padStart(2, "0")}.pcapng`;

/** A file of the ring, last written `number` - 10000 seconds after the beginning. */
function write(number: number): void {
  const path = join(ring, nameOf(number));
  writeFileSync(path, Buffer.alloc(1_000));
  utimesSync(path, 0, begin / 1_000 + number - 10_000);
}

const remove = (number: number): void => rmSync(join(ring, nameOf(number)));
const held = (holds: Holds, id = sessionId): number[] =>
  holds.filesOf(id).map(({ number }) => number);
const time = (seconds: number): string => new Date(begin + seconds * 1_000).toISOString();

test("a hold keeps what the ring lets go of, and another process finds it", () => {
  const holds = new Holds(ring);
  write(10_001);
  expect(holds.take(sessionId, { ...facts, heldAt: 1 })).toMatchObject({
    heldFiles: 1,
    heldBytes: 1_000,
  });
  write(10_002);
  holds.takeNew();
  remove(10_001);
  expect(held(holds)).toEqual([10_001, 10_002]);
  expect(holds.heldBytes()).toBe(1_000);
  expect(statSync(holds.filesOf(sessionId)[1]?.path ?? "").nlink).toBe(2);
  // Once sealed it takes in no more.
  holds.seal(sessionId);
  write(10_003);
  holds.takeNew();
  const later = new Holds(ring);
  expect(later.factsOf(sessionId)).toMatchObject({ heldAt: 1 });
  expect(held(later)).toEqual([10_001, 10_002]);
  later.reopen(sessionId);
  expect(held(later)).toEqual([10_001, 10_002, 10_003]);
  later.release(sessionId);
  expect(later.sessionIds).toEqual([]);
});

test("under full load what came since is given up first, then the oldest: the hold itself stays, and says so", () => {
  const holds = new Holds(ring);
  // The ring has room for three files; the first is older than what is wanted.
  for (const number of [10_001, 10_002, 10_003]) write(number);
  holds.take(sessionId, { ...facts, heldAt: begin + 3_000, neededFrom: begin + 1_500 });
  for (const number of [10_004, 10_005, 10_006]) {
    write(number);
    holds.takeNew();
    remove(number - 3);
    expect(holds.enforce(3_000)).toBe(0);
  }
  const turn = (number: number): number => {
    write(number);
    holds.takeNew();
    remove(number - 3);
    return holds.enforce(3_000);
  };
  const all = { interfaceName: "eth0", from: begin, to: begin + 60_000 };
  const holes = (from: Holds, read = from.filesOf(sessionId)) =>
    holesOf(read, from.factsOf(sessionId)?.givenUp ?? [], { ...all, from: begin + 1_500 });
  expect(turn(10_007)).toBe(1);
  expect(held(holds)).toEqual([10_002, 10_003, 10_004, 10_005, 10_006, 10_007]);
  // Nothing of the window was lost by that.
  expect(holes(holds)).toEqual([]);
  const readBefore = holds.filesOf(sessionId);
  expect(turn(10_008)).toBe(1);
  expect(turn(10_009)).toBe(1);
  expect(held(holds)).toEqual([10_002, 10_003, 10_006, 10_007, 10_008, 10_009]);
  // A name says the second only.
  const hole = { interfaceName: "eth0", from: time(3), to: time(6) };
  expect(holes(holds)).toMatchObject([hole]);
  // A cut that was faster has missed nothing.
  expect(holes(holds, readBefore)).toEqual([]);
  expect(holes(holds, readBefore.slice(0, 3))).toMatchObject([{ from: time(4), to: time(5) }]);
  // What is known of it outlives the agent.
  const later = new Holds(ring);
  expect(holes(later)).toMatchObject([hole]);
  // The recording began: what came after it is worth least.
  later.joins(sessionId, "eth0", begin + 6_500);
  for (const number of [10_007, 10_008, 10_009]) remove(number);
  expect(later.enforce(4_000)).toBe(2);
  expect(held(later)).toEqual([10_002, 10_003, 10_006, 10_007]);
  expect(holes(later)).toMatchObject([hole]);
  later.reopen(sessionId);
  write(10_010);
  later.takeNew();
  expect(held(later)).toEqual([10_002, 10_003, 10_006, 10_007]);
  expect(later.enforce(1_000)).toBe(3);
  expect(held(later)).toEqual([10_003]);
  expect(holes(later)).toMatchObject([
    { from: time(1.5), to: time(2) },
    { from: time(3), to: time(7) },
  ]);
});

test("a file that two hold counts once, and is worth what it is worth to the one that needs it", () => {
  const holds = new Holds(ring);
  write(10_001);
  holds.take(sessionId, { ...facts, heldAt: begin + 1_000 });
  write(10_002);
  holds.takeNew();
  holds.take(otherId, { ...facts, heldAt: begin + 2_000 });
  write(10_003);
  holds.takeNew();
  for (const number of [10_001, 10_002, 10_003]) remove(number);
  expect(holds.heldBytes()).toBe(3_000);
  expect(holds.enforce(2_000)).toBe(2);
  expect([held(holds), held(holds, otherId)]).toEqual([
    [10_001, 10_002],
    [10_001, 10_002],
  ]);
  expect(holds.enforce(0)).toBe(4);
  expect(holds.sessionIds.length).toBe(2);
});
