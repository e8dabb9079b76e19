// Worked out by hand as learn.microsoft.com/kusto/query/make-series-operator and top-nested-operator describe them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const rows = `let T = datatable(at:datetime, fruit:string, price:long, n:long)
  [datetime(2016-09-10 06:00), "apple", 2, 1, datetime(2016-09-10 07:00), "apple", 4, 2,
   datetime(2016-09-12), "apple", 5, 3, datetime(2016-09-11), "pear", 7, 4, datetime(2016-09-14), "pear", 9, 5,
   datetime(2016-09-11), "fig", 1, 6];`;

const axis =
  '["2016-09-10T00:00:00.0000000Z","2016-09-11T00:00:00.0000000Z","2016-09-12T00:00:00.0000000Z"]';

const cases: [string, string, unknown[][]][] = [
  [
    "a series has a place for each step, the default where no row is",
    "T | make-series p = sum(price) default = 0 on at from datetime(2016-09-10) to datetime(2016-09-13) step 1d by fruit | sort by fruit asc",
    [
      ["apple", "[6,0,5]", axis],
      ["fig", "[0,1,0]", axis],
      ["pear", "[0,7,0]", axis],
    ],
  ],
  [
    "several aggregates without keys",
    "T | make-series c = count(), avg(price) default = real(null) on at from datetime(2016-09-10) to datetime(2016-09-13) step 1d",
    [["[2,2,1]", "[3.0,4.0,5.0]", axis]],
  ],
  [
    "in range has its end too, and the places of bin()",
    "T | make-series count() on n in range(1, 6, 2) | project count_, n",
    [["[1,2,2,1]", "[0,2,4,6]"]],
  ],
  [
    "in range of moments",
    "T | make-series count() on at in range(datetime(2016-09-10 06:30), datetime(2016-09-12), 1d) | project count_, at",
    [["[1,2,1]", axis]],
  ],
  [
    "without ends a series begins and ends with its own rows",
    "T | where fruit == 'pear' | make-series count() on at step 1d | project count_",
    [["[1,0,0,1]"]],
  ],
  [
    "top-nested keeps the best of one level",
    "T | top-nested 2 of fruit by sum(price) | sort by aggregated_fruit desc",
    [
      ["pear", 16],
      ["apple", 11],
    ],
  ],
  [
    "top-nested puts the rest together",
    "T | top-nested 1 of fruit with others = 'rest' by sum(price) | sort by aggregated_fruit desc",
    [
      ["pear", 16],
      ["rest", 12],
    ],
  ],
  [
    "a second level is chosen within the first",
    "T | top-nested 2 of fruit by s = sum(price), top-nested 1 of n by max(price) | sort by fruit asc",
    [
      ["apple", 11, 3, 5],
      ["pear", 16, 5, 9],
    ],
  ],
  [
    "others on both levels",
    "T | extend m = tostring(n) | top-nested 1 of fruit with others = 'rest' by sum(price), top-nested 1 of m with others = 'more' by max(price) | sort by fruit asc, m asc",
    [
      ["pear", 16, "5", 9],
      ["pear", 16, "more", 7],
      ["rest", 12, "more", 5],
    ],
  ],
];

describe("make-series and top-nested", () => {
  test.each(cases)("%s", async (_name, query, expected) => {
    expect(await session.rows(`${rows}\n${query}`)).toEqual(expected);
  });
});
