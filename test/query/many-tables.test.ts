// Worked out by hand as learn.microsoft.com/kusto/query/find-operator, search-operator and union-operator describe them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  const level = { name: "Level", type: "string" } as const;
  const text = { name: "Words", type: "string" } as const;
  session = await openKqlSession([
    {
      name: "EventsA",
      columns: [level, text, { name: "Version", type: "string" }, { name: "Size", type: "long" }],
      source: { table: "a" },
    },
    {
      name: "EventsB",
      columns: [level, text, { name: "Name", type: "string" }],
      source: { table: "b" },
    },
    {
      name: "EventsBoth",
      columns: [level, text],
      source: { table: "both" },
      isDerived: true,
    },
    { name: "Other", columns: [{ name: "Size", type: "int" }], source: { table: "c" } },
  ]);
  await session.command(
    "CREATE TABLE a (Level String, Words String, Version String, Size Int64) ENGINE = Memory",
  );
  await session.command("CREATE TABLE b (Level String, Words String, Name String) ENGINE = Memory");
  await session.command("CREATE TABLE both (Level String, Words String) ENGINE = Memory");
  await session.command("INSERT INTO both VALUES ('Error', 'disk full')");
  await session.command("CREATE TABLE c (Size Int32) ENGINE = Memory");
  await session.command(
    "INSERT INTO a VALUES ('Error', 'disk full', 'v1', 5), ('Info', 'all well', 'v2', 6)",
  );
  await session.command("INSERT INTO b VALUES ('Error', 'full stop', 'E1')");
  await session.command("INSERT INTO c VALUES (5)");
});
afterAll(() => session.close());

interface Case {
  readonly query: string;
  readonly columns: string;
  readonly rows: unknown[][];
}

const cases: Case[] = [
  { query: "union Events* | count", columns: "Count", rows: [[3]] },
  { query: "search 'full' | count", columns: "Count", rows: [[2]] },
  { query: "find where Words has 'full' | count", columns: "Count", rows: [[2]] },
  { query: "union EventsBo* | count", columns: "Count", rows: [[1]] },
  { query: "EventsBoth | count", columns: "Count", rows: [[1]] },
  {
    query: "find in (EventsA, EventsB) where Level == 'Error' | sort by source_ asc",
    columns: "source_,Level,Words,pack_",
    rows: [
      ["EventsA", "Error", "disk full", '{"Version":"v1","Size":5}'],
      ["EventsB", "Error", "full stop", '{"Name":"E1"}'],
    ],
  },
  {
    query:
      "find withsource=T in (Events*) where * has 'full' project Version, Size:string | sort by T asc",
    columns: "T,Version,Size",
    rows: [
      ["EventsA", "v1", "5"],
      ["EventsB", "", ""],
    ],
  },
  {
    query: "let f = (l:string) { find in (EventsA) where Level == l project pack(*) }; f('Info')",
    columns: "source_,pack_",
    rows: [["EventsA", '{"Level":"Info","Words":"all well","Version":"v2","Size":6}']],
  },
  {
    query: "find Name == 'E1'",
    columns: "source_,Level,Words,Name",
    rows: [["EventsB", "Error", "full stop", "E1"]],
  },
  {
    query: "search 'full' | sort by $table asc | project $table, Level, Name",
    columns: "$table,Level,Name",
    rows: [
      ["EventsA", "Error", ""],
      ["EventsB", "Error", "E1"],
    ],
  },
  {
    query:
      "search in (EventsA, EventsB) Words:'stop' or Version == 'v2' | distinct $table, Level | sort by $table asc",
    columns: "$table,Level",
    rows: [
      ["EventsA", "Info"],
      ["EventsB", "Error"],
    ],
  },
  {
    query: "search kind=case_sensitive 'Full' | count",
    columns: "Count",
    rows: [[0]],
  },
  {
    query: "union withsource=T Events* | summarize count() by T | sort by T asc",
    columns: "T,count_",
    rows: [
      ["EventsA", 2],
      ["EventsB", 1],
    ],
  },
  {
    query:
      "union * | where Level == 'Error' or Size_int == 5 | summarize count(), sum(Size_long), sum(Size_int)",
    columns: "count_,sum_Size_long,sum_Size_int",
    rows: [[3, 5, 5]],
  },
  {
    query: "EventsA | where * has 'FULL' or * contains 'EL' | count",
    columns: "Count",
    rows: [[2]],
  },
  {
    query: "EventsA | where * == 'v2' | project Size",
    columns: "Size",
    rows: [[6]],
  },
];

describe("queries over many tables", () => {
  test.each(cases)("$query", async ({ query, columns, rows }) => {
    expect(
      session
        .translate(query)
        .columns.map(({ name }) => name)
        .join(","),
    ).toBe(columns);
    expect(await session.rows(query)).toEqual(rows);
  });

  test.each([
    "search in (database('x').y) 'a'",
    "find in (database('x').*) where a == 'a'",
    "union database('x').*",
  ])("%s reaches nothing", (query) => {
    expect(() => session.translate(query)).toThrow("not supported: database()");
  });
});
