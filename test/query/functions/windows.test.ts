// Worked out by hand as learn.microsoft.com/kusto/query/window-functions describes them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "../kql-session.ts";
import type { KqlSession } from "../kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const rows = "datatable(a:long, s:string)[3, 'c', 1, 'a', 2, 'b', 2, 'd'] | sort by a asc, s asc";

const cases: [string, unknown[][]][] = [
  [
    "extend n = row_number(), from0 = row_number(0) | project a, n, from0",
    [
      [1, 1, 0],
      [2, 2, 1],
      [2, 3, 2],
      [3, 4, 3],
    ],
  ],
  [
    "extend p = prev(a), q = next(s), r = prev(a, 2, -1) | project p, q, r",
    [
      [null, "b", -1],
      [1, "d", -1],
      [2, "c", 1],
      [2, "", 2],
    ],
  ],
  ["extend c = row_cumsum(a) | project c", [[1], [3], [5], [8]]],
  ["extend d = a - prev(a) | where d > 0 | count", [[2]]],
  ["extend b = pack_all() | take 1 | project tostring(b)", [['{"a":1,"s":"a"}']]],
];

describe("functions over rows in order", () => {
  test.each(cases)("%s", async (query, expected) => {
    expect(await session.rows(`${rows} | ${query}`)).toEqual(expected);
  });
});
