import { createHash } from "node:crypto";
import type { FlowEngine } from "../../flowstore/engine.ts";
import { type Interval, readIntervals } from "../../flowstore/summary/intervals.ts";
import { summarySource } from "../../flowstore/summary/summary-source.ts";
import type { LogQueries } from "../log-queries.ts";
import type { LogAnswer, LogColumn, LogValue } from "../log-query.ts";
import { assertNoShardMissing } from "../missing-shards.ts";
import { addressAmounts } from "./address-views.ts";
import { withSources } from "./filter-kql.ts";
import type { FlowView, ViewRequest, ViewText } from "./flow-view.ts";
import type { KnownEstate } from "./known-estate.ts";
import { amounts } from "./kql-text.ts";

export interface ViewAnswer {
  readonly columns: readonly LogColumn[];
  readonly rows: readonly (readonly LogValue[])[];
  /** Of all that the view counted, whatever `top` left out; null for views that count no flows. */
  readonly total: ViewTotal | null;
  /** Gives these rows in any workspace with these tables. */
  readonly kql: string;
  /** Another one when there are other flows in the time that was asked for. */
  readonly dataVersion: string;
}

export interface ViewTotal {
  readonly flows: LogValue;
  readonly bytes: LogValue;
  readonly packets: LogValue;
}

const unitColumns = { flows: "Flows", bytes: "Bytes", packets: "Packets" } as const;

/** The text of a view's query. */
export function viewKql(view: FlowView, request: ViewRequest, known: KnownEstate): string {
  const text: ViewText = { request, known, unit: unitColumns[request.unit] };
  return withSources(view.reads, request, view.query(text));
}

/** Which flows there are in the time that is asked for, as far as answers depend on it. */
export interface ViewData {
  readonly intervals: readonly Interval[];
  readonly version: string;
}

export async function readViewData(
  engine: FlowEngine,
  span: Pick<ViewRequest, "startMs" | "endMs">,
): Promise<ViewData> {
  const intervals = await readIntervals(engine, span);
  const hash = createHash("sha256");
  for (const { start, minutes, recordCount } of intervals) {
    hash.update(`${start} ${minutes} ${recordCount}\n`);
  }
  return { intervals, version: hash.digest("hex").slice(0, 16) };
}

export interface RunViewOptions {
  readonly view: FlowView;
  readonly request: ViewRequest;
  readonly known: KnownEstate;
  /** Left out: the rows come from the tables that the query names, and not from what was added up before. */
  readonly data: ViewData | null;
  readonly signal?: AbortSignal;
}

/** Runs a view's query, over sums of intervals where they have all that it asks for. */
export async function runView(logs: LogQueries, options: RunViewOptions): Promise<ViewAnswer> {
  const { view, request, known, data } = options;
  const kql = viewKql(view, request, known);
  const totals = totalQuery(view, request);
  const [answer, total] = await Promise.all([
    ask(logs, kql, options),
    totals === null ? null : ask(logs, totals, options),
  ]);
  const { columns, rows } = answer;
  return {
    columns,
    rows,
    total: total === null ? null : totalOf(total),
    kql,
    dataVersion: data?.version ?? "",
  };
}

function totalQuery({ reads }: FlowView, request: ViewRequest): string | null {
  if (reads === "details" || reads === "tuples") return null;
  const wanted = reads === "addresses" ? addressAmounts : amounts;
  return withSources(reads, request, `flows\n| summarize ${wanted}`);
}

function totalOf({ rows }: LogAnswer): ViewTotal {
  const [flows, bytes, packets] = rows[0] ?? [];
  return { flows: flows ?? 0, bytes: bytes ?? 0, packets: packets ?? 0 };
}

async function ask(
  logs: LogQueries,
  text: string,
  { data, signal }: RunViewOptions,
): Promise<LogAnswer> {
  const answer = await logs.run({
    text,
    ...(data === null
      ? {}
      : {
          sourceOf: (table: string, database: string) =>
            summarySource(table, text, data.intervals, database),
        }),
    ...(signal ? { signal } : {}),
  });
  assertNoShardMissing(answer);
  return answer;
}
