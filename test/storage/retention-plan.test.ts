// What retention deletes, and what it never does: by hand, and as properties of random stores.
import { expect, test } from "vitest";
import {
  freeableBytes,
  planRemovals,
  refusalOf,
  type RetentionItem,
  totalOf,
} from "../../src/storage/retention/plan.ts";
import { retentionSettings } from "../../src/storage/retention/settings.ts";

const day = 86_400_000;
const now = 1_000 * day;
const item = (
  key: string,
  ageDays: number,
  change: Partial<RetentionItem> = {},
): RetentionItem => ({
  key,
  class: "bulk",
  since: now - ageDays * day,
  sizeBytes: 100,
  held: false,
  settled: true,
  ...change,
});
const evidence = { class: "evidence" } as const;
const settingsOf = (settings: object) => retentionSettings.parse(settings);

function storedOf(items: readonly RetentionItem[], flowLogs = 0) {
  const stored = { evidence: 0, bulk: 0, flowLogs, other: 0 };
  for (const each of items) stored[each.class] += each.sizeBytes;
  return stored;
}
const keysOf = (items: readonly RetentionItem[], settings: object, flowLogs = 0): string[] =>
  planRemovals(items, storedOf(items, flowLogs), settingsOf(settings), now).map(({ key }) => key);

test("nothing goes unless it is said", () => {
  expect(keysOf([item("old", 999), item("proof", 999, evidence)], {})).toEqual([]);
});

test("what is beyond its days goes, bulk first and the oldest first", () => {
  const items = [
    item("proof", 31, evidence),
    item("young", 6),
    item("older", 9),
    item("old", 7),
    item("young proof", 29, evidence),
  ];
  const settings = { bulk: { days: 7 }, evidence: { days: 30 } };
  expect(keysOf(items, settings)).toEqual(["older", "old", "proof"]);
});

test("a quota takes the oldest bulk, and no more than it needs", () => {
  const items = [item("c", 1), item("a", 3), item("b", 2), item("proof", 900, evidence)];
  expect(keysOf(items, { bulk: { sizeBytesMax: 200 } })).toEqual(["a"]);
  expect(keysOf(items, { totalBytesMax: 250 })).toEqual(["a", "b"]);
  expect(keysOf(items, { totalBytesMax: 250 }, 100)).toEqual(["a", "b", "c"]);
  expect(keysOf(items, { evidence: { sizeBytesMax: 1 } })).toEqual([]);
});

test("what is too old anyway is counted before a quota takes what is young", () => {
  const items = [item("a", 1), item("old proof", 40, evidence), item("b", 2)];
  const settings = { bulk: { days: 30 }, evidence: { days: 30 }, totalBytesMax: 200 };
  expect(keysOf(items, settings)).toEqual(["old proof"]);
});

test("what is held or not complete stays, however old and whatever the quota", () => {
  const items = [item("held", 99, { held: true }), item("running", 99, { settled: false })];
  const settings = { bulk: { days: 1, sizeBytesMax: 1 }, totalBytesMax: 1 };
  expect(keysOf(items, settings)).toEqual([]);
  const room = {
    stored: storedOf(items),
    freeable: freeableBytes(items, settingsOf(settings), now),
  };
  expect(refusalOf("bulk", 1, room, settingsOf(settings))).toContain("200 of 1 bytes");
  expect(refusalOf("other", 1, room, settingsOf(settings))).toContain("The store takes 200");
  expect(refusalOf("flowLogs", 1, room, settingsOf(settings))).toBeNull();
});

test("evidence has to be kept as long as bulk", () => {
  for (const [evidenceDays, bulkDays, fits] of [
    [30, 7, true],
    [0, 7, true],
    [0, 0, true],
    [7, 30, false],
    [7, 0, false],
  ] as const) {
    const settings = { evidence: { days: evidenceDays }, bulk: { days: bulkDays } };
    expect(retentionSettings.safeParse(settings).success).toBe(fits);
  }
});

/** The same numbers on every run (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test("whatever is stored: nothing that must stay goes, quotas hold where they can, and a second look finds nothing", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = randomFrom(seed);
    const items = Array.from({ length: random(30) }, (_, index) =>
      item(`${index}`, random(40), {
        class: random(2) === 0 ? "bulk" : "evidence",
        sizeBytes: random(1_000),
        held: random(4) === 0,
        settled: random(5) > 0,
      }),
    );
    const bulkDays = random(20);
    const settings = settingsOf({
      bulk: { days: bulkDays, sizeBytesMax: random(4_000) },
      evidence: { days: bulkDays === 0 ? 0 : bulkDays + random(20), sizeBytesMax: random(4_000) },
      totalBytesMax: random(8_000),
    });
    const planned = planRemovals(items, storedOf(items), settings, now);
    const gone = new Set(planned.map(({ key }) => key));
    expect(gone.size).toBe(planned.length);
    const left = items.filter(({ key }) => !gone.has(key));
    for (const { held, settled, ...each } of items.filter(({ key }) => gone.has(key))) {
      expect([held, settled]).toEqual([false, true]);
      if (each.class === "bulk") continue;
      expect(now - each.since).toBeGreaterThanOrEqual(settings.evidence.days * day);
    }
    expect(planRemovals(left, storedOf(left), settings, now)).toEqual([]);
    const stored = storedOf(left);
    const bulkMayGo = left.some((each) => each.class === "bulk" && each.settled && !each.held);
    if (!bulkMayGo) continue;
    const { bulk, totalBytesMax } = settings;
    if (bulk.sizeBytesMax > 0) expect(stored.bulk).toBeLessThanOrEqual(bulk.sizeBytesMax);
    if (totalBytesMax > 0) expect(totalOf(stored)).toBeLessThanOrEqual(totalBytesMax);
  }
});
