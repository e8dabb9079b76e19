import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession([
    { name: "Readings", columns: [{ name: "Level", type: "long" }], source: { table: "reading" } },
    { name: "Ratings", columns: [{ name: "Level", type: "string" }], source: { table: "rating" } },
  ]);
  await session.command("CREATE TABLE reading (Level Int64) ENGINE = Memory");
  await session.command("INSERT INTO reading VALUES (1), (2)");
  await session.command("CREATE TABLE rating (Level LowCardinality(String)) ENGINE = Memory");
  await session.command("INSERT INTO rating VALUES ('high')");
});
afterAll(() => session.close());

type Case = [name: string, query: string, expected: unknown[][]];

// learn.microsoft.com/kusto/query/let-statement and user-defined-functions
const lets: Case[] = [
  ["a scalar", "let x = 5; print x + 1", [[6]]],
  ["a scalar of another", "let x = 5; let y = x * 2; print y", [[10]]],
  ["a table", "let T = datatable(a:long)[1, 2]; T | where a > 1", [[2]]],
  [
    "a table that is used twice",
    "let T = range a from 1 to 3 step 1; T | join kind=inner T on a | count",
    [[3]],
  ],
  [
    "a list for in",
    "let names = dynamic(['a', 'b']); print 'b' in (names), 'c' in (names)",
    [[true, false]],
  ],
  [
    "a table for in",
    "let T = datatable(a:string)['x']; datatable(b:string)['x', 'y'] | where b in (T)",
    [["x"]],
  ],
  [
    "a table for !in",
    "let T = datatable(a:string)['x']; datatable(b:string)['x', 'y'] | where b !in (T)",
    [["y"]],
  ],
  [
    "a table for in~",
    "let T = datatable(a:string)['X']; datatable(b:string)['x', 'y'] | where b in~ (T)",
    [["x"]],
  ],
  ["a function", "let f = (a:long, b:long) { a * b }; print f(2, 3)", [[6]]],
  ["a default", "let f = (a:long, b:long = 10) { a + b }; print f(1), f(1, 2)", [[11, 3]]],
  [
    "named arguments",
    "let f = (a:long = 1, b:long = 10) { a - b }; print f(b = 2), f(b = 1, a = 5)",
    [[-1, 4]],
  ],
  [
    "a function with a body of its own",
    "let f = (a:long) { let b = a * 2; b + 1 }; print f(4)",
    [[9]],
  ],
  [
    "a function of a function",
    "let f = (a:long) { a + 1 }; let g = (a:long) { f(f(a)) }; print g(1)",
    [[3]],
  ],
  [
    "a function over columns",
    "let f = (a:long) { a * a }; datatable(n:long)[2, 3] | extend s = f(n)",
    [
      [2, 4],
      [3, 9],
    ],
  ],
  [
    "a function without parameters",
    "let T = () { datatable(a:long)[7] }; T() | extend b = a + 1",
    [[7, 8]],
  ],
  ["a view", "let T = view () { datatable(a:long)[7] }; T | count", [[1]]],
  [
    "a table as an argument",
    "let f = (T:(n:long), least:long) { T | where n >= least }; f(datatable(n:long)[1, 5], 3)",
    [[5]],
  ],
  [
    "any table as an argument",
    "let f = (T:(*)) { T | count }; f(datatable(a:string)['x', 'y'])",
    [[2]],
  ],
  [
    "invoke",
    "let f = (T:(n:long), times:long) { T | extend m = n * times }; datatable(n:long)[4] | invoke f(3)",
    [[4, 12]],
  ],
  [
    "toscalar",
    "let top_one = toscalar(datatable(n:long)[4] | project n); print top_one + 1",
    [[5]],
  ],
  [
    "toscalar behind other stages",
    "let t = datatable(k:string, n:long)['a', 1, 'b', 3] | where k != ''; let all_of = toscalar(t | summarize sum(n)); " +
      "t | extend m = n | extend share = 100 * m / all_of | top 1 by share | project k, share, all_of",
    [["b", 75, 4]],
  ],
  [
    "arg_max of nulls only gives texts that are not null",
    "datatable(k:string, n:long, d:dynamic)['a', long(null), dynamic([7])] | summarize arg_max(n, *) | mv-expand d to typeof(long) | project k, n, d",
    [["a", null, 7]],
  ],
  [
    "top-nested of one column twice, and of a constant",
    "datatable(k:string)['a', 'a', 'b'] | top-nested 1 of k by x = count(), top-nested 1 of k by y = count(), top-nested of 'all' by z = count() | project k, x, k1, y, z",
    [["a", 2, "a", 2, 2]],
  ],
  [
    "a text is compared with a number as what it reads, whichever comes first",
    "datatable(s:string, n:real)['2', 443.0, 'x', 5.0] | where s == 2 or n == '5' | project a = s == 2, b = 2 != s, c = strcat('4', '43') == n",
    [
      [true, false, true],
      [false, true, false],
    ],
  ],
  ["toscalar of no row", "print toscalar(datatable(n:long)[])", [[null]]],
  ["materialize", "let T = materialize(range a from 1 to 3 step 1); T | where a == 2", [[2]]],
  [
    "as",
    "range a from 1 to 3 step 1 | as T | where a > 2 | join kind=inner T on a | project a",
    [[3]],
  ],
  [
    "an inner name hides an outer one",
    "let x = 1; let f = () { let x = 2; x }; print f() + x",
    [[3]],
  ],
];

// learn.microsoft.com/kusto/query/union-operator
const unions: Case[] = [
  [
    "columns of one name and several types",
    "union Readings, Ratings | sort by Level_long asc",
    [
      [null, "high"],
      [1, ""],
      [2, ""],
    ],
  ],
  [
    "missing columns are null or empty",
    "union (print a = 1), (print b = 'x') | sort by a asc",
    [
      [null, "x"],
      [1, ""],
    ],
  ],
  [
    "kind=inner",
    "union kind=inner (print a = 1, b = 2), (print a = 3) | sort by a asc",
    [[1], [3]],
  ],
  [
    "withsource",
    "union withsource=From Readings, (print Level = 7) | sort by Level asc",
    [
      ["Readings", 1],
      ["Readings", 2],
      ["union_arg1", 7],
    ],
  ],
  [
    "a pattern",
    "union withsource=From R* | summarize by From | sort by From asc",
    [["Ratings"], ["Readings"]],
  ],
  ["a fuzzy name", "union isfuzzy=true Readings, Nowhere | count", [[2]]],
  [
    "fuzzy sub-queries over tables that are not there",
    "union isfuzzy=true (Nowhere | where x == 1 | summarize n = count() by y), (Readings | summarize n = count()), ((Gone))",
    [[2]],
  ],
  ["behind a pipe", "Readings | union (print Level = 9) | sort by Level desc | take 1", [[9]]],
];

// learn.microsoft.com/kusto/query/mv-expand-operator
const expansions: Case[] = [
  [
    "one column",
    "datatable(a:int, b:dynamic)[1, dynamic([10, 20]), 2, dynamic(['a', 'b'])] | mv-expand b",
    [
      [1, "10"],
      [1, "20"],
      [2, '"a"'],
      [2, '"b"'],
    ],
  ],
  [
    "two columns in parallel",
    "datatable(a:int, b:dynamic, c:dynamic)[1, dynamic({'p':'v'}), dynamic([5, 4, 3])] | mv-expand b, c",
    [
      [1, '{"p":"v"}', "5"],
      [1, "", "4"],
      [1, "", "3"],
    ],
  ],
  [
    "a bag as arrays",
    "print b = dynamic({'p':'v', 'q':1}) | mv-expand kind=array b",
    [['["p","v"]'], ['["q",1]']],
  ],
  [
    "null stays, an empty array goes",
    "datatable(a:int, b:dynamic)[1, dynamic(null), 2, dynamic([])] | mv-expand b",
    [[1, ""]],
  ],
  [
    "a type",
    "print b = dynamic([1, 2.5, 'x']) | mv-expand b to typeof(real)",
    [[1], [2.5], [null]],
  ],
  [
    "an index",
    "print b = dynamic(['x', 'y']) | mv-expand with_itemindex=i b to typeof(string)",
    [
      ["x", 0],
      ["y", 1],
    ],
  ],
  ["a limit", "print b = dynamic([1, 2, 3]) | mv-expand b to typeof(long) limit 2", [[1], [2]]],
  [
    "a new column",
    "print b = dynamic([1, 2]) | mv-expand c = b to typeof(long) | project c",
    [[1], [2]],
  ],
];

const sources: Case[] = [
  [
    "range over times",
    "range t from datetime(2020-01-01) to datetime(2020-01-01 02:00) step 1h | count",
    [[3]],
  ],
  ["range downwards", "range x from 3 to 1 step -1", [[3], [2], [1]]],
  ["an empty range", "range x from 3 to 1 step 1 | count", [[0]]],
  [
    "getschema",
    "print a = 1, b = 'x' | getschema | project ColumnName, ColumnType",
    [
      ["a", "long"],
      ["b", "string"],
    ],
  ],
  [
    "column_ifexists",
    "print a = 1 | extend b = column_ifexists('a', 0), c = column_ifexists('z', 5)",
    [[1, 1, 5]],
  ],
  [
    "a column with a name of any letters",
    "print ['a \"b\\\\ `c`'] = 1 | extend x = ['a \"b\\\\ `c`'] + 1",
    [[1, 2]],
  ],
  ["*", "datatable(a:string, b:string)['x y', '', '', 'z'] | where * has 'y' | count", [[1]]],
  ["consume", "print 1 | consume", []],
];

describe.each(Object.entries({ lets, unions, expansions, sources }))("%s", (_topic, list) => {
  test.each(list)("%s", async (_name, query, expected) => {
    expect(await session.rows(query)).toEqual(expected);
  });
});
