import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const fruits = `let Fruits = datatable(name:string, price:long, ripe:bool)
  ["apple", 3, true, "pear", 5, false, "fig", 3, true, "plum", long(null), bool(null)];`;

const cases: [string, string, unknown[][]][] = [
  ["where drops rows whose condition is null", "Fruits | where price > 2 | count", [[3]]],
  [
    "!= keeps null, == does not",
    "Fruits | where price != 3 | project name | sort by name asc",
    [["pear"], ["plum"]],
  ],
  [
    "a pattern that fits no column leaves all as they are",
    "Fruits | where name == 'fig' | project-away *_s, p*e, z* | project-keep *_d, name, r* | project-reorder x*, ripe",
    [[true, "fig"]],
  ],
  [
    "project computes and renames",
    "Fruits | where name == 'fig' | project fruit = name, twice = price * 2",
    [["fig", 6]],
  ],
  [
    "extend replaces a column in its place",
    "Fruits | where name == 'fig' | extend price = price + 1, more = 1",
    [["fig", 4, true, 1]],
  ],
  ["extend sees the row as it was", "print a = 1 | extend a = 2, b = a", [[2, 1]]],
  [
    "sort puts nulls last when descending",
    "Fruits | sort by price desc, name asc | project name",
    [["pear"], ["apple"], ["fig"], ["plum"]],
  ],
  [
    "sort puts nulls first when ascending",
    "Fruits | sort by price asc, name asc | project name",
    [["plum"], ["apple"], ["fig"], ["pear"]],
  ],
  [
    "the order outlives what follows",
    "Fruits | sort by name asc | extend x = 1 | project name | take 2",
    [["apple"], ["fig"]],
  ],
  ["top takes the first of an order", "Fruits | top 1 by price | project name", [["pear"]]],
  [
    "distinct leaves each row once",
    "Fruits | distinct price | sort by price asc",
    [[null], [3], [5]],
  ],
  [
    "project-away takes patterns",
    "Fruits | where name == 'fig' | project-away p*",
    [["fig", true]],
  ],
  [
    "project-keep keeps the order of the table",
    "Fruits | where name == 'fig' | project-keep ripe, name",
    [["fig", true]],
  ],
  ["project-rename", "print a = 1, b = 2 | project-rename c = a | project c, b", [[1, 2]]],
  ["project-reorder", "print a = 1, b = 2, c = 3 | project-reorder c, a", [[3, 1, 2]]],
];

describe("tabular operators", () => {
  test.each(cases)("%s", async (_name, query, expected) => {
    expect(await session.rows(`${fruits}\n${query}`)).toEqual(expected);
  });
});
