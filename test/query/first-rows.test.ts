// The first rows of an order are found by its key: which rows these are must be the same as by sorting all of them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;

const words = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** 1,000 rows; each time is that of ten of them, and `maybe` is null in every other row. */
beforeAll(async () => {
  session = await openKqlSession([
    {
      name: "Wide",
      columns: [
        { name: "id", type: "long" },
        { name: "at", type: "datetime" },
        { name: "maybe", type: "long", nullable: true },
        ...words.map((name) => ({ name, type: "string" }) as const),
      ],
      source: { table: "wide" },
    },
  ]);
  await session.command(`CREATE TABLE wide (id Int64, at DateTime64(7, 'UTC'), maybe Nullable(Int64),
    ${words.map((name) => `${name} String`).join(", ")}) ENGINE = MergeTree ORDER BY id`);
  await session.command(`INSERT INTO wide SELECT number * 7 % 1000 AS id, toDateTime64(intDiv(id, 10), 7, 'UTC'),
    if(id % 2 = 0, id, NULL), ${words.map((name) => `concat('${name}', toString(id))`).join(", ")} FROM numbers(1000)`);
});
afterAll(() => session.close());

/** Ids, of rows that have all the columns. */
async function idsOf(text: string): Promise<unknown[]> {
  const rows = await session.rows(text);
  for (const row of rows) expect(row.at(-1)).toBe(`h${String(row[0])}`);
  return rows.map(([id]) => id);
}

const isNarrowed = (text: string): boolean => session.translate(text).sql.includes("(SELECT m");

const narrowed: [string, number[]][] = [
  ["Wide | top 3 by id", [999, 998, 997]],
  ["Wide | sort by id asc | take 3", [0, 1, 2]],
  ["Wide | sort by at desc, id asc | take 12", [...range(990, 1_000), 980, 981]],
  ["Wide | where id < 5 | top 100 by id", [4, 3, 2, 1, 0]],
  ["Wide | where id < 0 | top 3 by id", []],
  ["Wide | where a != 'a999' | top 2 by id", [998, 997]],
  ["Wide | extend half = id / 2 | project-away half | sort by at asc, id desc | take 2", [9, 8]],
];

test.each(narrowed)("%s", async (text, ids) => {
  expect(isNarrowed(text)).toBe(true);
  expect(await idsOf(text)).toEqual(ids);
});

test("of rows with the same key as many are taken as are asked for", async () => {
  const ids = await idsOf("Wide | top 4 by at");
  expect(ids).toHaveLength(4);
  for (const id of ids) expect(Number(id)).toBeGreaterThanOrEqual(990);
});

describe("all rows are sorted where the key says less than that", () => {
  const sorted: [string, string, unknown][] = [
    ["a null is the smallest", "Wide | sort by maybe asc, id asc | take 2", [1, 3]],
    ["nulls fill up what is missing", "Wide | where id < 4 | top 4 by maybe", [2, 0]],
    ["few columns are read at once", "Wide | project id, h | top 2 by id", [999, 998]],
    ["groups have no table's rows", "Wide | summarize by id, h | top 1 by id", [999]],
    ["lots are drawn once", "Wide | where rand() < 2 | top 1 by id", [999]],
  ];
  test.each(sorted)("%s", async (_, text, ids) => {
    expect(isNarrowed(text)).toBe(false);
    expect((await idsOf(text)).slice(0, 2)).toEqual(ids);
  });
});

test("what takes rows as they come says so, and nothing else does", () => {
  const takenOf = (text: string): number | null => session.translate(text).takenRowCount;
  expect(takenOf("Wide | take 50")).toBe(50);
  expect(takenOf("Wide | extend x = id + 1 | take 7")).toBe(7);
  expect(takenOf("Wide | where id > 5 | take 50")).toBeNull();
  expect(takenOf("Wide | sort by id asc | take 50")).toBeNull();
  expect(takenOf("Wide | count")).toBeNull();
});

function range(from: number, end: number): number[] {
  return Array.from({ length: end - from }, (_, index) => from + index);
}
