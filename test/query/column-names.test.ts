// Holds names and types of an answer's columns to those that Microsoft's own binder works out.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadKusto } from "../../src/logs/kusto-loader.ts";
import type { TableDefinition } from "../../src/query/table-definition.ts";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

const tables: TableDefinition[] = [
  {
    name: "T",
    source: { table: "T" },
    columns: [
      { name: "At", type: "datetime" },
      { name: "a", type: "string" },
      { name: "b", type: "long" },
      { name: "i", type: "int" },
      { name: "r", type: "real" },
      { name: "d", type: "dynamic" },
      { name: "s", type: "timespan" },
    ],
  },
  {
    name: "U",
    source: { table: "U" },
    columns: [
      { name: "a", type: "string" },
      { name: "b", type: "real" },
      { name: "x", type: "long" },
      { name: "a1", type: "string" },
    ],
  },
];

const queries = [
  "T | project -i, datetime_part('hour', At), series_stats(d), array_sort_asc(d), ingestion_time()",
  "T | extend (p, q)=series_fit_line(d), (x, y)=array_sort_desc(d, d)",
  "print series_stats(dynamic([1])), 2",
  "range x from int(1) to int(5) step int(1)",
  "T | summarize percentile(b, 95), percentiles_array(s, 5, 95), percentilew(b, i, 99.9), take_any(a), any(b), avg(todecimal(b))",
  "T | summarize (m, n)=percentiles(r, 50, 95), arg_max(bin(At, 1h), a)",
  "T | mv-apply d on (top 1 by tolong(d))",
  "T | mv-apply x=d on (project z=x, a)",
  "T | mv-apply with_itemindex=n d on (summarize c=count() by b)",
  "T | mv-apply with_itemindex=n x=d to typeof(long) on (project x)",
  "T | partition by a (summarize sum(b))",
  "T | partition hint.strategy=native by a (top 1 by b)",
  "find 'x'",
  "find withsource=S in (T, U) where a has 'x' and b > 5",
  "find in (T) where b == 5 project a, b:string, pack(*)",
  "search in (T, U) 'x'",
  "search x == 5",
  "union withsource=S T*, U*",
  "T | evaluate ipv4_lookup(U, a, a)",
  "T | evaluate ipv4_lookup(U, a, a1, a)",
  "T | evaluate bag_unpack(d) : (*, q:string)",
  "T | evaluate pivot(a, sum(b)) : (i:int, v:long)",
  "T | evaluate narrow()",
  "declare query_parameters(x:long = 1, y:string = 'a'); print x, z=y",
  "T | project a, b + 1, i * 2, d.x, d.x.y, d['q'], d[0], d.x[0]['z'], r / 2, b / i, -b, a == 'x'",
  "T | project i + i, i % 2, i / i, r + b, b * 1d, s / 2, s / 1h, s % s, At - At, At + s, d + 1",
  "T | extend b + 1, a, 5, 6",
  "T | extend d.x, (b), (d.x)",
  "print 1, 'x', x = 1, 1d",
  "T | summarize by b + 1, a",
  "T | distinct a, b + 1",
  "T | union U",
  "union withsource=src T, U",
  "T | join U on a",
  "T | join kind=leftsemi U on a",
  "T | join kind=rightanti U on a",
  "T | join kind=fullouter (T | project a, a1 = b) on a",
  "T | join U on $left.a == $right.a1",
  "T | project b, b1 = i | join (T | project b) on b",
  "T | lookup U on a",
  "T | lookup kind=inner U on $left.a == $right.a1",
  "T | mv-expand d",
  "T | mv-expand x = d",
  "T | mv-expand d.items",
  "T | mv-expand with_itemindex=n d",
  "T | mv-expand d to typeof(long), y = d.z to typeof(string)",
  "T | project-reorder b, * asc",
  "T | project-reorder r, s desc",
  "T | project-rename q = a, w = b",
  "T | project-away a*",
  "T | project-keep b, *r*",
  "T | count as n",
  "T | summarize arg_max(At, a, strcat(a, 'x'), b + 1), arg_min(b + 1, a)",
  "T | summarize take_any(strcat(a, 'x')), any(strcat(a, 'x'))",
  "T | summarize argmax(At, a, b + 1), argmin(b, *) by i",
  "T | summarize x = argmax(At, a) by i",
  "T | top-nested 2 of a by x = count(), top-nested 1 of a by y = count()",
  "T | search 'x' | search 'y'",
  "T | project abs(i), abs(b), abs(s), round(i), round(b), round(r, 1), sign(b), bin(i, i), bin(r, 2)",
  "T | getschema",
  "range x from 1.0 to 5 step 1",
  "T | project toscalar(T | count), z = toscalar(U | take 1)",
  "T | project ['a'], ['q r'] = b",
  "T | as Q | join Q on a",
  "let f = (t:(*)) { t | extend z = 1 }; T | invoke f()",
];

let session: KqlSession;
let bind: (query: string) => string[];
beforeAll(async () => {
  session = await openKqlSession(tables);
  bind = await binder();
});
afterAll(() => session.close());

interface BoundColumn {
  readonly Name: string;
  readonly Type: { readonly Name: string };
}

/** The columns that the binder gives a query. */
async function binder(): Promise<typeof bind> {
  const library = await loadKusto();
  const { TableSymbol, DatabaseSymbol } = library.Symbols;
  const symbols = tables.map(({ name, columns }) => {
    const schema = columns.map((column) => `${column.name}:${column.type}`).join(",");
    return new TableSymbol.$ctor7(name, `(${schema})`, null);
  });
  const globals = library.GlobalState.Default.WithDatabase(
    new DatabaseSymbol.$ctor3("db", null, symbols, false),
  );
  const { Bridge } = globalThis as unknown as { Bridge: { toArray(list: unknown): BoundColumn[] } };
  return (query) => {
    const code = library.KustoCode.ParseAndAnalyze(query, globals) as unknown as {
      ResultType: { Columns: unknown };
    };
    return Bridge.toArray(code.ResultType.Columns).map(({ Name, Type }) => `${Name}:${Type.Name}`);
  };
}

describe("columns are called and typed as the binder says", () => {
  test.each(queries)("%s", (query) => {
    const columns = session.translate(query).columns.map(({ name, type }) => `${name}:${type}`);
    expect(columns).toEqual(bind(query));
  });
});

test("a hint of render is told beside the columns", () => {
  const { render, tables: read } = session.translate(
    "T | project At, b | render timechart with (title='Bytes', ycolumns=b)",
  );
  expect(render).toEqual({
    visualization: "timechart",
    properties: { title: "Bytes", ycolumns: "b" },
  });
  expect(read).toEqual(["T"]);
});

test("names that look like ids of SQL mean what the query says", async () => {
  expect(
    await session.rows("print c1 = 1, c2 = 2 | extend c1 = c2, c2 = c1 | sort by c1 asc"),
  ).toEqual([[2, 1]]);
});
