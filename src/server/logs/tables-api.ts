import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import type { FlowEngine } from "../../flowstore/engine.ts";
import { readTableFacts, type TableFacts } from "../../flowstore/table-facts.ts";
import { refusedNames } from "../../query/refused-names.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf, time } from "../openapi/shapes.ts";

/** The same answer for whoever asks within this. */
const keptMilliseconds = 15_000;
const waitMilliseconds = 20_000;

const viewedTable = z.object({
  name: z.string(),
  rowCount: z.int(),
  counted: z
    .enum(["rows", "tuples"])
    .describe("tuples: its rows are made from so many tuples of flows when they are read"),
  firstTime: time.nullable().describe("Null: there are none"),
  lastTime: time.nullable().describe("No row's TimeGenerated is later"),
});
const names = z.array(z.string());
const viewedLanguage = z.object({
  refused: z.object({ operators: names, functions: names, aggregates: names, plugins: names }),
});

/** What an editor of queries shows beside them: how much there is, and what it need not offer. */
export function logTableRoutes(engine: () => Promise<FlowEngine>): ApiRoute[] {
  let known: { facts: Promise<TableFacts[]>; untilMs: number } | null = null;
  const facts = (): Promise<TableFacts[]> => {
    const now = performance.now();
    if (known && now < known.untilMs) return known.facts;
    const asked = engine().then((opened) =>
      readTableFacts(opened, AbortSignal.timeout(waitMilliseconds)),
    );
    known = { facts: asked, untilMs: now + keptMilliseconds };
    asked.catch(() => (known = null));
    return asked;
  };
  return [
    route(
      {
        method: "GET",
        path: "/nightcap/v1/logs/tables",
        summary: "How much there is of each table and of which time, counted without reading a row",
        errors: ["ServiceUnavailable"],
        answers: { 200: { description: "All tables", json: listOf(viewedTable) } },
      },
      async () => ({ status: 200, body: { value: (await facts()).map(view) } }),
    ),
    route(
      {
        method: "GET",
        path: "/nightcap/v1/logs/language",
        summary: "Names of KQL that are refused here, for editors that complete",
        answers: { 200: { description: "By kind", json: viewedLanguage } },
      },
      () => ({ status: 200, body: { refused: refusedNames } }),
    ),
  ];
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

const view = ({ firstMs, lastMs, ...table }: TableFacts): z.input<typeof viewedTable> => ({
  ...table,
  firstTime: timeOf(firstMs),
  lastTime: timeOf(lastMs),
});
