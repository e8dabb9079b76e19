import { afterAll, beforeAll, expect, test } from "vitest";
import { openKustoTranslator } from "../../src/logs/kusto-translator.ts";
import type { KustoTranslator } from "../../src/logs/kusto-translator.ts";
import type { TableDefinition } from "../../src/query/table-definition.ts";

const tables: TableDefinition[] = [
  { name: "Flows", columns: [{ name: "Bytes", type: "long" }], source: { table: "flow" } },
];

let translator: KustoTranslator;
beforeAll(() => {
  translator = openKustoTranslator({ tables, queueLengthMax: 2 });
});
afterAll(() => translator.close());

test("a query is translated in another thread", async () => {
  const {
    sql,
    columns,
    tables: read,
  } = await translator.translate("Flows | where Bytes > 5", { nowMs: 0 });
  expect(sql).toContain('"flow"');
  expect(columns).toEqual([{ name: "Bytes", type: "long" }]);
  expect(read).toEqual(["Flows"]);
});

test("a wrong query is an error with the parser's code and position", async () => {
  await expect(translator.translate("Flows\n| where Nope > 5", { nowMs: 0 })).rejects.toMatchObject(
    {
      code: "SyntaxError",
      diagnostics: [{ code: "KS142", line: 2, column: 9, length: 4 }],
    },
  );
});

test("values for declared parameters come beside the query", async () => {
  const text = "declare query_parameters(name:string, n:long = 1); print name, n";
  const { sql } = await translator.translate(text, {
    nowMs: 0,
    parameters: { name: "it's", n: 7 },
  });
  expect(sql).toContain(String.raw`it\'s`);
  await expect(translator.translate(text, { nowMs: 0 })).rejects.toMatchObject({
    code: "SyntaxError",
  });
  await expect(
    translator.translate(text, { nowMs: 0, parameters: { name: "", n: "x" } }),
  ).rejects.toThrow("is no long");
});

test("queries that come at once are answered in turn, those too many are refused", async () => {
  const ask = async (index: number): Promise<string | undefined> => {
    const { columns } = await translator.translate(`print x${index} = 1`, { nowMs: 0 });
    return columns[0]?.name;
  };
  const answers = [0, 1, 2, 3, 4].map((index) => ask(index).catch(() => "refused"));
  expect(await Promise.all(answers)).toEqual(["x0", "x1", "x2", "refused", "refused"]);
});

test("a parser that takes too long is ended and replaced", async () => {
  const hasty = openKustoTranslator({ tables, timeoutMs: 1 });
  await hasty.translate("print 1", { nowMs: 0 });
  const items = Array.from({ length: 2_000 }, (_, index) => `x${index} = ${index} + 1`);
  await expect(hasty.translate(`print ${items.join(", ")}`, { nowMs: 0 })).rejects.toMatchObject({
    code: "TranslationTimeout",
  });
  expect((await hasty.translate("print y = 1", { nowMs: 0 })).columns[0]?.name).toBe("y");
  await hasty.close();
});
