// What an editor offers that withholds the refused names: Microsoft's own completion is the judge.
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { loadKusto } from "../../src/logs/kusto-loader.ts";
import { aggregateFunctions } from "../../src/query/aggregates/aggregate-functions.ts";
import { scalarFunctions } from "../../src/query/functions/scalar-functions.ts";
import { tabularPlugins } from "../../src/query/plugins/tabular-plugins.ts";
import { refusedNames } from "../../src/query/refused-names.ts";
import { coreFunctions } from "../../src/query/scalar/core-functions.ts";
import { createQueryTranslator } from "../../src/query/translate-query.ts";

interface Named {
  Name: string;
}
interface Items {
  Count: number;
  getItem(index: number): { MatchText: string; Kind: number };
}
/** The parts of the library that only editors use. */
interface EditorLibrary {
  Functions: { All: Named[] };
  Aggregates: { All: Named[] };
  PlugIns: { All: Named[] };
  Editor: {
    CompletionKind: Record<string, number>;
    CompletionOptions: { Default: unknown };
    KustoCodeService: {
      $ctor1: new (
        text: string,
        globals: unknown,
      ) => { GetCompletionItems(at: number, options: unknown): { Items: Items } };
    };
  };
}

const columns = [{ name: "Ip", type: "string" as const }];
const tables = [{ name: "Flows", columns, source: { table: "flow" } }];
let library: Awaited<ReturnType<typeof loadKusto>> & EditorLibrary;
beforeAll(async () => {
  library = (await loadKusto()) as typeof library;
});

const refused: ReadonlySet<string> = new Set(Object.values(refusedNames).flat());
/** These give several results, and are translated where they stand. */
const several = ["series_fit_line", "series_stats"];
const supported: ReadonlySet<string> = new Set([
  ...scalarFunctions.keys(),
  ...coreFunctions.keys(),
  ...aggregateFunctions.keys(),
  ...tabularPlugins.keys(),
  ...several,
]);
const namesOf = (list: Named[]): string[] =>
  list.map(({ Name }) => Name).filter((name) => !name.startsWith("__"));
const without = (names: string[], known: { has(name: string): boolean }): string[] =>
  [...new Set(names)].filter((name) => !known.has(name)).toSorted();

/** What is offered where the text ends, by kind. */
function offeredAt(text: string): { name: string; kind: string }[] {
  const { KustoCodeService, CompletionOptions, CompletionKind } = library.Editor;
  const flows = new library.Symbols.TableSymbol.$ctor7("Flows", "(Ip:string)", null);
  const database = new library.Symbols.DatabaseSymbol.$ctor3("flows", null, [flows], false);
  const globals = library.GlobalState.Default.WithDatabase(database);
  const service = new KustoCodeService.$ctor1(text, globals);
  const { Items } = service.GetCompletionItems(text.length, CompletionOptions.Default);
  const kinds = new Map(Object.entries(CompletionKind).map(([name, kind]) => [kind, name]));
  return Array.from({ length: Items.Count }, (_, index) => Items.getItem(index)).map(
    ({ MatchText, Kind }) => ({ name: MatchText, kind: kinds.get(Kind) ?? "" }),
  );
}

const places = ["", "Flows | ", "print x = ", "Flows | summarize x = ", "Flows | evaluate "];
const functionKinds = new Set(["BuiltInFunction", "AggregateFunction"]);

test("the refused names are those that the parser knows and the translator does not", () => {
  const scalar = new Set([...scalarFunctions.keys(), ...coreFunctions.keys(), ...several]);
  const { functions, aggregates, plugins } = refusedNames;
  expect(without(namesOf(library.Functions.All), scalar)).toEqual(functions);
  expect(without(namesOf(library.Aggregates.All), aggregateFunctions)).toEqual(aggregates);
  expect(without(namesOf(library.PlugIns.All), tabularPlugins)).toEqual(plugins);
});

test("no function, aggregate or plugin that is offered is refused, and none that is supported is withheld", () => {
  const functions = places
    .flatMap(offeredAt)
    .filter(({ kind }) => functionKinds.has(kind))
    .map(({ name }) => name);
  expect(functions.length).toBeGreaterThan(300);
  const offered = functions.filter((name) => !refused.has(name));
  expect(offered.filter((name) => !supported.has(name))).toEqual([]);
  expect(functions.filter((name) => supported.has(name) && refused.has(name))).toEqual(
    ["any"].filter((name) => functions.includes(name)),
  );
});

test("an operator is withheld where, and only where, the translator refuses it by name", () => {
  const translate = createQueryTranslator(library, tables);
  const refusalOf = (text: string): string => {
    try {
      translate(text, { nowMs: 0 });
      return "";
    } catch (error) {
      return String(error);
    }
  };
  const calls: Record<string, string> = {
    "top-hitters": "top-hitters 3 of Ip",
    facet: "facet by Ip",
    fork: "fork (count)",
    reduce: "reduce by Ip",
    scan: "scan with (step s: true;)",
    "make-graph": "make-graph Ip --> Ip",
    "graph-to-table": "make-graph Ip --> Ip | graph-to-table nodes",
    "graph-match": "make-graph Ip --> Ip | graph-match (a)-[b]->(c) project x = 1",
    "graph-mark-components": "make-graph Ip --> Ip | graph-mark-components",
    "graph-shortest-paths":
      "make-graph Ip --> Ip | graph-shortest-paths (a)-[b*1..2]->(c) project x = 1",
  };
  const offered = offeredAt("Flows | ").filter(({ kind }) => kind === "QueryPrefix");
  expect(offered.length).toBeGreaterThan(30);
  for (const { name } of offered) {
    const refusal = refusalOf(`Flows | ${calls[name] ?? name}`);
    expect(refusal.includes("not supported: operator"), `${name}: ${refusal}`).toBe(
      refused.has(name),
    );
  }
});

test("the page has the same names", () => {
  const page = readFileSync("docs/reference/kql.md", "utf8");
  const listed = (title: string, words: string): string[] => {
    const section = page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
    const [line = ""] = (section.split(words)[1] ?? "").split("\n");
    return Array.from(line.matchAll(/`([\w-]+)`/g), ([, name]) => name ?? "");
  };
  const not = "Not supported:";
  expect(listed("Scalar functions", not)).toEqual(refusedNames.functions);
  expect(listed("Aggregates", not)).toEqual(refusedNames.aggregates);
  expect(listed("Plugins", not)).toEqual(refusedNames.plugins);
  expect(listed("Operators", "refused by name:")).toEqual([...refusedNames.operators, "partition"]);
});
