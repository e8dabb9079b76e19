import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { openLogQueries, type LogQueries } from "../../src/logs/log-queries.ts";
import type { LogQuery } from "../../src/logs/log-query.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import { assertReadsTablesOnly } from "../../src/logs/sql-guard.ts";
import { backends } from "../flowstore/backends.ts";
import { generateBatch } from "../flowstore/flow-rows.ts";

describe.each(backends)("queries of logs, $kind", (backend) => {
  if (backend.missing !== null) {
    test.skip(backend.missing, () => {});
    return;
  }
  let engine: FlowEngine;
  let remove: () => Promise<void>;
  let logs: LogQueries;

  const startMs = Date.UTC(2026, 10, 21, 12);
  const open = (settings: object = {}): LogQueries =>
    openLogQueries({ engine: async () => engine, settings: logQuerySettings.parse(settings) });
  const ask = (text: string, query: Partial<LogQuery> = {}, queries = logs) =>
    queries.run({ text, nowMs: startMs, ...query });

  beforeAll(async () => {
    ({ engine, remove } = await backend.open());
    await insertFlows(engine, generateBatch(100, startMs), null, { token: "some" });
    logs = open();
  });
  afterAll(async () => {
    await logs.close();
    await remove();
  });

  test("values come as Azure writes them", async () => {
    const text = `print s = 'a"\\\\', l = 9007199254740993, i = int(-5), r = real(nan), e = real(+inf), d = decimal(1.5),
    b = true, t = datetime(2026-01-02 03:04:05.1200000), w = datetime(2026-01-02), h = 1d + 2h + 1ms, n = -90s,
    g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), o = dynamic({"a":[1,"x"]}), x = long(null), q = dynamic("text")`;
    const { columns, rows } = await ask(text);
    expect(columns.map(({ name, type }) => `${name}:${type}`).join(" ")).toBe(
      "s:string l:long i:int r:real e:real d:decimal b:bool t:datetime w:datetime h:timespan n:timespan g:guid o:dynamic x:long q:dynamic",
    );
    expect(rows).toEqual([
      [
        'a"\\',
        9007199254740993n,
        -5,
        NaN,
        Infinity,
        "1.5",
        true,
        "2026-01-02T03:04:05.12Z",
        "2026-01-02T00:00:00Z",
        "1.02:00:00.0010000",
        "-00:01:30",
        "74be27de-1e4e-49d9-b579-fe0b331d3642",
        '{"a":[1,"x"]}',
        null,
        "text",
      ],
    ]);
  });

  test("a number within a dynamic value is a number there", async () => {
    const text = `range x from 1 to 2 step 1 | summarize l = make_list(x) | extend b = bag_pack("n", l[0], "m", 9007199254740993),
      a = pack_array(1, 2.0), r = range(1, 3), f = series_fill_const(dynamic([1, null]), 0), s = pack_all()
      | mv-expand r to typeof(long) | summarize sum(r) by tostring(l), tostring(b), tostring(a), tostring(f), tostring(s.l)`;
    expect((await ask(text)).rows).toEqual([
      ["[1,2]", '{"n":1,"m":9007199254740993}', "[1,2.0]", "[1,0]", "[1,2]", 6],
    ]);
  });

  test("a time range bounds every table of a query, from its start to before its end", async () => {
    const text = `let again = NTANetAnalytics; union NTANetAnalytics, again, (AzureNetworkAnalytics_CL | where SubType_s == "FlowLog")
    | summarize count(), min(TimeGenerated), max(TimeGenerated)`;
    const all = await ask(text);
    const total = all.rows[0]?.[0];
    const middle = startMs + 50;
    const count = async (from: number | null, to: number | null): Promise<unknown> =>
      (await ask(text, { timeRange: { startMs: from, endMs: to } })).rows[0]?.[0];
    const [before, after] = [await count(null, middle), await count(middle, null)];
    expect([Number(before) + Number(after), Number(before) > 0, Number(after) > 0]).toEqual([
      total,
      true,
      true,
    ]);
    expect(await count(startMs + 100, null)).toBe(0);
  });

  test("who may see some rows only sees no others, whatever the query does", async () => {
    const rowsOf = (table: string) =>
      table === "NTANetAnalytics"
        ? [[{ column: "AclRule", how: "equals" as const, values: ["DENYALL"] }]]
        : [];
    const text = `union withsource=T NTANetAnalytics, NTAIpDetails, (NTANetAnalytics | where AclRule !has "Deny") | distinct T, AclRule`;
    const { rows } = await ask(text, { rowsOf });
    expect(rows.map(([, rule]) => rule)).toEqual(rows.map(() => "DenyAll"));
    expect(rows.length).toBeGreaterThan(0);
    const injected = [
      [{ column: "AclRule", how: "startsWith" as const, values: ["' OR 1=1 --\\"] }],
    ];
    expect((await ask("NTANetAnalytics | count", { rowsOf: () => injected })).rows).toEqual([[0]]);
  });

  test("columns that values make are asked of the rows that the query may see", async () => {
    const text = `NTANetAnalytics | summarize n = count() by AclRule, L4Protocol | evaluate pivot(AclRule, sum(n), L4Protocol)`;
    const names = async (query?: Partial<LogQuery>): Promise<string[]> =>
      (await ask(text, query)).columns.map(({ name }) => name);
    const all = await names();
    expect(all).toContain("DenyAll");
    expect(all.length).toBeGreaterThan(2);
    const rowsOf = () => [[{ column: "AclRule", how: "equals" as const, values: ["DenyAll"] }]];
    expect(await names({ rowsOf })).toEqual(["L4Protocol", "DenyAll"]);
    expect(await names({ timeRange: { startMs: startMs + 1e9, endMs: null } })).toEqual([
      "L4Protocol",
    ]);
    await expect(logs.translate({ text })).rejects.toMatchObject({ code: "NotSupported" });
    expect(await names()).toEqual(all);
  });

  test("an answer over the limits is cut off and says so, one at the limit does not", async () => {
    const few = open({ rowCountMax: 10, resultBytesMax: 3_500 });
    const cut = async (text: string): Promise<unknown> => {
      const { rows, truncated } = await ask(text, {}, few);
      return [rows.length, truncated];
    };
    expect(await cut("range x from 1 to 10 step 1")).toEqual([10, null]);
    expect(await cut("range x from 1 to 11 step 1")).toEqual([10, "rows"]);
    expect(await cut("range x from 1 to 5 step 1 | extend s = strrep('a', 1000)")).toEqual([
      3,
      "bytes",
    ]);
    const [rowCount, why] = (await cut(
      "range x from 1 to 500 step 1 | extend s = strrep('a', 1000)",
    )) as [number, string];
    expect([rowCount < 500, why]).toEqual([true, "bytes"]);
    expect(await cut("range x from 1 to 9 step 1 | order by x desc | take 3")).toEqual([3, null]);
    await few.close();
  });

  test("a query that takes too long or too much memory ends, and the next one is answered", async () => {
    const long = `let a = range x from 1 to 100000 step 1 | extend k = 1;
    a | join kind=inner a on k | where x + x1 == 7 | count`;
    await expect(ask(long, { timeoutSeconds: 1 })).rejects.toMatchObject({ code: "QueryTimeout" });
    const small = open({ memoryBytesMax: 64 * 2 ** 20 });
    const large = "range x from 1 to 1000000 step 1 | summarize make_list(strrep('a', 1000)) by x";
    await expect(ask(large, {}, small)).rejects.toMatchObject({ code: "QueryLimitExceeded" });
    expect((await ask("print 1", {}, small)).rows).toEqual([[1]]);
    await small.close();
  });

  test("nothing but the tables can be reached, and nothing written", async () => {
    const hostile = [
      "flow | take 1",
      "['flow'] | take 1",
      "system.tables | take 1",
      "database('system').tables",
      "cluster('x').database('y').flow",
      "externaldata(a:string)['https://example.com/x.csv']",
      "print file('/etc/passwd')",
      "url('http://127.0.0.1/')",
      ".drop table NTANetAnalytics",
      "NTANetAnalytics; DROP TABLE flow",
      "evaluate sql_request('x','SELECT 1')",
    ];
    for (const text of hostile) {
      await expect(ask(text), text).rejects.toMatchObject({ name: "QueryError" });
    }
    const texts = [
      "'; DROP TABLE flow; --",
      "\\' OR 1=1 --",
      "*/ SELECT * FROM system.tables /*",
      "{a:String}",
    ];
    for (const text of texts) {
      const literal = `@'${text.replaceAll("'", "''")}'`;
      const { rows, columns } = await ask(`print x = ${literal} | project ['a"b'] = x`);
      expect([columns[0]?.name, rows], text).toEqual(['a"b', [[text]]]);
    }
    expect(await engine.rows({ sql: "SELECT toInt32(count()) AS n FROM flow" })).toEqual([
      { n: 100 },
    ]);
  });

  test("SQL that reaches further is not run, whoever wrote it", () => {
    const sqls = [
      "SELECT file('/etc/passwd')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
      "SELECT 1 INTO OUTFILE '/tmp/x'",
      "SELECT 1 SETTINGS max_execution_time = 0",
      "SELECT * FROM system.tables",
      "SELECT 'it\\'s', file('x')",
      'SELECT 1 AS "a\\"b"; DROP TABLE flow',
    ];
    for (const sql of sqls)
      expect(() => assertReadsTablesOnly(sql), sql).toThrow("may not contain");
    assertReadsTablesOnly(`SELECT 'file(x); SETTINGS' AS "system.x" FROM "NTANetAnalytics"`);
  });

  test("the engine itself refuses to write under the settings of a query", async () => {
    for (const sql of [
      "INSERT INTO flow SELECT * FROM flow",
      "DROP TABLE flow",
      "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    ]) {
      await expect(engine.command({ sql, settings: { readonly: 1 } }), sql).rejects.toThrow(
        /readonly/,
      );
    }
  });

  test("an engine that is away is said to be, and one that went is started again", async () => {
    const away = openLogQueries({
      engine: () => Promise.reject(new Error("no engine")),
      settings: logQuerySettings.parse({}),
    });
    await expect(ask("print 1", {}, away)).rejects.toThrow("no engine");
    await away.close();
    await engine.stop();
    expect((await ask("NTANetAnalytics | count")).rows[0]?.[0]).toBeGreaterThan(0);
  });

  test("a query that is let go of ends", async () => {
    const given = AbortSignal.timeout(300);
    const slow = "range x from 1 to 1000000 step 1 | summarize make_list(strrep('a', 100)) by x";
    const startedMs = performance.now();
    await expect(
      ask(`let t = ${slow}; t | join kind=fullouter t on x`, { signal: given }),
    ).rejects.toThrow();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
