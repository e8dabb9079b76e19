// Worked out by hand as learn.microsoft.com/kusto/query/mv-apply-operator and partition-operator describe them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const rows = `let T = datatable(id:long, m:dynamic, n:dynamic)
  [1, dynamic([5,1,9]), dynamic(["a","b"]), 2, dynamic([2]), dynamic([]), 3, dynamic([]), dynamic([])];
  let F = datatable(ip:string, bytes:long) ["a", 5, "b", 7, "a", 9, "c", 1];`;

const applied: [string, string, unknown[][]][] = [
  [
    "the largest elements of each array, with the columns that are not expanded",
    "T | mv-apply m to typeof(long) on (top 2 by m desc) | project id, m, n | sort by id asc, m asc",
    [
      [1, 5, '["a","b"]'],
      [1, 9, '["a","b"]'],
      [2, 2, "[]"],
    ],
  ],
  [
    "several arrays at once, null where one is shorter",
    "T | mv-apply m to typeof(long), n to typeof(string) on (project m, n) | where id == 1",
    [
      [1, 5, "a"],
      [1, 1, "b"],
      [1, 9, ""],
    ],
  ],
  [
    "aggregates see one array only, and the places of its elements",
    "T | mv-apply with_itemindex=i x=m to typeof(long) on (where x > 1 | summarize s=sum(x), c=count(), l=make_list(i), arg_max(x, i), percentile(x, 50)) | project-away m, n | sort by id asc",
    [
      [1, 14, 2, "[0,2]", 9, 2, 5],
      [2, 2, 1, "[0]", 2, 0, 2],
    ],
  ],
  [
    "summarize gives a row although no element is left",
    "T | mv-apply x=m to typeof(long) on (where x > 4 | summarize count(), sum(x), make_list(x), max(x)) | project-away m, n | sort by id asc",
    [
      [1, 2, 14, "[5,9]", 9],
      [2, 0, 0, "[]", null],
    ],
  ],
  [
    "count too, also behind take",
    "T | mv-apply x=m to typeof(long) on (where x > 4 | take 1 | count) | project id, Count | sort by id asc",
    [
      [1, 1],
      [2, 0],
    ],
  ],
  [
    "groups within an array",
    "T | mv-apply x=m to typeof(long) on (summarize sum(x) by odd=x%2) | project id, odd, sum_x | sort by id asc",
    [
      [1, 1, 15],
      [2, 0, 2],
    ],
  ],
  [
    "rows in order within an array",
    "T | mv-apply x=m to typeof(long) limit 2 on (sort by x asc | extend r=row_number(), d=x-prev(x)) | project id, x, r, d | sort by id asc, r asc",
    [
      [1, 1, 1, null],
      [1, 5, 2, 4],
      [2, 2, 1, null],
    ],
  ],
  [
    "the order of the rows outside stays",
    "T | sort by id desc | mv-apply x=m to typeof(long) on (summarize max(x)) | project id, max_x",
    [
      [2, 2],
      [1, 9],
    ],
  ],
  [
    "a sub-query within a sub-query",
    "T | mv-apply x=m to typeof(long) on (mv-apply y=n to typeof(string) on (summarize l=make_list(strcat(x, y))) | summarize z=make_list(l)) | project id, z",
    [[1, '[["5a","1a","9a","5b","1b","9b"]]']],
  ],
  [
    "a join within a sub-query",
    "T | mv-apply x=m to typeof(long) on (join kind=inner (datatable(x:long, w:string)[5,'five',9,'nine']) on x | project w) | project id, w | sort by w asc",
    [
      [1, "five"],
      [1, "nine"],
    ],
  ],
];

const partitioned: [string, string, unknown[][]][] = [
  [
    "the best row of each value",
    "F | partition hint.strategy=native by ip (top 1 by bytes) | sort by ip asc",
    [
      ["a", 9],
      ["b", 7],
      ["c", 1],
    ],
  ],
  [
    "an aggregate for each value, also where no row is left",
    "F | partition by ip (where bytes > 6 | summarize n=count(), take_any(ip)) | sort by n desc, ip asc",
    [
      [1, "a"],
      [1, "b"],
      [0, ""],
    ],
  ],
  [
    "rows are numbered within each value",
    "F | partition by ip (sort by bytes desc | extend r=row_number() | where r == 2)",
    [["a", 5, 2]],
  ],
  [
    "distinct values of each",
    "F | partition by ip (distinct bytes) | summarize sum(bytes), count()",
    [[22, 4]],
  ],
];

describe("mv-apply and partition", () => {
  test.each([...applied, ...partitioned])("%s", async (_name, query, expected) => {
    expect(await session.rows(`${rows}\n${query}`)).toEqual(expected);
  });

  test.each([
    ["T | mv-apply x=m on (union T)", "operator union in a sub-query"],
    ["F | partition by ip { F }", "partition with a query in braces"],
    ["F | partition by ip (join kind=rightouter F on ip)", "join kind rightouter in a sub-query"],
  ])("%s is refused by name", (query, message) => {
    expect(() => session.translate(`${rows}\n${query}`)).toThrow(`not supported: ${message}`);
  });
});
