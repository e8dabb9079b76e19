import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

// The rows of learn.microsoft.com/kusto/query/join-operator and its pages of the kinds.
const tables = `let X = datatable(Key:string, Value1:long) ["a", 1, "b", 2, "b", 3, "c", 4];
  let Y = datatable(Key:string, Value2:long) ["b", 10, "c", 20, "c", 30, "d", 40];`;

const matches = [
  ["b", 2, "b", 10],
  ["b", 3, "b", 10],
  ["c", 4, "c", 20],
  ["c", 4, "c", 30],
];
const left = ["a", 1, "", null];
const right = ["", null, "d", 40];

const kinds: [string, unknown[][]][] = [
  ["inner", matches],
  ["leftouter", [left, ...matches]],
  ["rightouter", [right, ...matches]],
  ["fullouter", [right, left, ...matches]],
  [
    "leftsemi",
    [
      ["b", 2],
      ["b", 3],
      ["c", 4],
    ],
  ],
  [
    "rightsemi",
    [
      ["b", 10],
      ["c", 20],
      ["c", 30],
    ],
  ],
  ["leftanti", [["a", 1]]],
  ["anti", [["a", 1]]],
  ["rightanti", [["d", 40]]],
];

describe("join kinds", () => {
  test.each(kinds)("%s", async (kind, expected) => {
    const rows = await session.rows(`${tables} X | join kind=${kind} Y on Key`);
    expect(rows.toSorted(byText)).toEqual(expected.toSorted(byText));
  });

  test("the default takes one row of the left side for each key", async () => {
    const rows = await session.rows(`${tables} X | join Y on Key | project Key, Value2`);
    expect(rows.toSorted(byText)).toEqual([
      ["b", 10],
      ["c", 20],
      ["c", 30],
    ]);
  });
});

const byText = (a: unknown[], b: unknown[]): number =>
  JSON.stringify(a).localeCompare(JSON.stringify(b));

const others: [string, string, unknown[][]][] = [
  [
    "columns of both names",
    "X | where Key == 'c' | join kind=inner (Y | project K=Key, Value1=Value2) on $left.Key == $right.K | sort by Value11 asc",
    [
      ["c", 4, "c", 20],
      ["c", 4, "c", 30],
    ],
  ],
  [
    "two keys",
    "X | join kind=inner (X | extend w = Value1 * 2) on Key, Value1 | where Key == 'b' | project w | sort by w asc",
    [[4], [6]],
  ],
  [
    "keys joined by and",
    "X | join kind=inner X on $left.Key == $right.Key and $left.Value1 == $right.Value1 | count",
    [[4]],
  ],
  [
    "lookup leaves the right key out",
    "X | where Value1 > 2 | lookup Y on Key | sort by Value2 asc",
    [
      ["b", 3, 10],
      ["c", 4, 20],
      ["c", 4, 30],
    ],
  ],
  ["lookup keeps what has no match", "X | lookup Y on Key | where Key == 'a'", [["a", 1, null]]],
  ["lookup kind=inner", "X | lookup kind=inner Y on Key | where Key == 'a' | count", [[0]]],
  [
    "numbers that do not match are null, not 0",
    "X | join kind=leftouter (Y | extend n = 5) on Key | where isnull_(n) | project Key",
    [["a"]],
  ],
];

describe("joins", () => {
  test.each(others)("%s", async (_name, query, expected) => {
    const helpers = "let isnull_ = (n:long) { n != 5 };";
    expect(await session.rows(`${helpers} ${tables} ${query}`)).toEqual(expected);
  });
});
