import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QueryError } from "../../src/query/query-error.ts";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession([
    {
      name: "Flows",
      columns: [
        { name: "Ip", type: "string" },
        { name: "Bytes", type: "long" },
      ],
      source: { table: "flow" },
    },
  ]);
  await session.command("CREATE TABLE flow (Ip String, Bytes Int64) ENGINE = Memory");
  await session.command("INSERT INTO flow VALUES ('10.0.0.1', 5)");
  await session.command("CREATE TABLE secret (Word String) ENGINE = Memory");
});
afterAll(() => session.close());

function errorOf(query: string): QueryError {
  try {
    session.translate(query);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`no error: ${query}`);
}

const refused: [string, string][] = [
  ["externaldata(a:string)['https://example.org/x.csv']", "externaldata"],
  ["externaldata(a:string)[@'/etc/passwd'] with (format='csv')", "externaldata"],
  ["Flows | project-away *", "an answer without columns"],
  ["cluster('help').database('Samples').StormEvents", "cluster()"],
  ["database('other').secret", "database()"],
  ["workspace('x').Flows", "workspace()"],
  ["app('x').requests", "app()"],
  ["external_table('x')", "external_table()"],
  ["union Flows, database('x').y", "database()"],
  ["Flows | where Ip in ((external_table('x') | project a))", "external_table()"],
];

describe("what would reach beyond the declared tables", () => {
  test.each(refused)("%s", (query, name) => {
    const error = errorOf(query);
    expect(error.code).toBe("NotSupported");
    expect(error.message).toContain(`not supported: ${name}`);
  });

  test.each([
    "secret",
    "system.tables",
    "url('http://x')",
    "file('x')",
    "['system.tables']",
    "table('secret')",
    "default.flow",
    "union *, secret",
  ])("%s is no table", (query) => {
    expect(() => session.translate(query)).toThrow(QueryError);
  });
});

describe("errors", () => {
  test("a wrong name has the parser's code, line, column and length", () => {
    const [first] = errorOf("Flows\n| where Nope > 1").diagnostics;
    expect(first).toMatchObject({ code: "KS142", line: 2, column: 9, start: 14, length: 4 });
  });

  test.each([
    ["Flows | where Byts > 1", "did you mean Bytes?"],
    ["Flow | count", "did you mean Flows?"],
    ["Flows | extend x = tostrng(Bytes)", "did you mean tostring?"],
    ["Flows | where Unheard > 1", undefined],
  ])("%s is told with a hint", (query, hint) => {
    expect(errorOf(query).diagnostics[0]?.hint).toBe(hint);
  });

  test("several errors are told at once", () => {
    expect(errorOf("Flows | where A > 1 and B > 1").diagnostics).toHaveLength(2);
  });

  test.each([
    ["Flows | facet by Ip", "operator facet"],
    ["Flows | fork (count) (take 1)", "operator fork"],
    ["print 1; print 2", "several results"],
    ["Flows | evaluate autocluster()", "plugin autocluster"],
    ["Flows | evaluate rolling_percentile(Bytes, 50, Bytes, 1, 10)", "plugin rolling_percentile"],
    ["Flows | evaluate pivot(Ip)", "plugin pivot without the columns of its answer"],
    ["print d=dynamic({}) | evaluate bag_unpack(d)", "plugin bag_unpack without the columns"],
    ["Flows | scan with (step s: true;)", "operator scan"],
    ["Flows | reduce by Ip", "operator reduce"],
  ])("%s is not translated, by name", (query, name) => {
    expect(errorOf(query)).toMatchObject({ code: "NotSupported" });
    expect(errorOf(query).message).toContain(name);
  });

  test.each([
    "",
    "   ",
    "// only a comment",
    "let x = 1;",
    "5 + 5",
    "Flows |",
    "| where x",
    ".show tables",
    "Flows | where (",
    "Flows | nonsense",
  ])("%j is an error and no crash", (query) => {
    expect(() => session.translate(query)).toThrow(QueryError);
  });
});

describe("limits", () => {
  test("a text too long", () => {
    expect(errorOf(`print '${"x".repeat(300_000)}'`).code).toBe("QueryTooLarge");
  });

  test("parentheses too deep", () => {
    const deep = `print ${"(".repeat(20_000)}1${")".repeat(20_000)}`;
    expect(errorOf(deep).code).toBe("QueryTooLarge");
  });

  test("pipes too many", () => {
    expect(errorOf(`Flows${"| take 1".repeat(3_000)}`).code).toBe("QueryTooLarge");
  });

  test("lets that double each other", () => {
    const lets = Array.from(
      { length: 11 },
      (_, index) => `let t${index + 1} = union t${index}, t${index};`,
    );
    expect(errorOf(`let t0 = Flows; ${lets.join(" ")} t11 | count`).code).toBe("QueryTooLarge");
  });

  test("functions that double each other", () => {
    const lets = Array.from(
      { length: 14 },
      (_, index) => `let f${index + 1} = (x:long) { f${index}(x) + f${index}(x) };`,
    );
    expect(errorOf(`let f0 = (x:long) { x }; ${lets.join(" ")} print f14(1)`).code).toBe(
      "QueryTooLarge",
    );
  });
});

const hostile = [
  "'; DROP TABLE flow; --",
  String.raw`\'; SELECT 1 --`,
  String.raw`\\' OR 1=1 --`,
  "') FROM system.tables --",
  '" OR "1"="1',
  "`x`",
  "{name:Identifier}",
  "a\0b",
  "line\nfeed\ttab\r",
  "c1 c2 c3",
  "\u{1f600} \u202e ünï",
  "$$heredoc$$",
  "/* comment */ -- x",
];

describe("hostile strings stay strings", () => {
  test.each(hostile)("%j", async (text) => {
    const literal = JSON.stringify(text);
    expect(await session.rows(`print x = ${literal}`)).toEqual([[text]]);
    expect(await session.rows(`datatable(a:string)[${literal}] | where a == ${literal}`)).toEqual([
      [text],
    ]);
    expect(
      await session.rows(`print x = ${literal} has ${literal}, y = ${literal} contains ${literal}`),
    ).toEqual([[true, true]]);
    expect(
      await session.rows(`print x = dynamic([${literal}]) | mv-expand x to typeof(string)`),
    ).toEqual([[text]]);
    expect(await session.rows("Flows | count")).toEqual([[1]]);
  });

  test.each(hostile.filter((text) => !/[\0\n\r\t]/.test(text)))(
    "%j as a column's name",
    async (text) => {
      const name = `[${JSON.stringify(text)}]`;
      expect(
        await session.rows(
          `print ${name} = 1 | extend ${name} = ${name} + 1 | summarize by ${name}`,
        ),
      ).toEqual([[2]]);
      expect(session.translate(`print ${name} = 1`).columns[0]?.name).toBe(text);
    },
  );
});
