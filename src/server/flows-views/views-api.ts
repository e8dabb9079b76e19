import { createHash } from "node:crypto";
import { describeError, NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { FlowEngine } from "../../flowstore/engine.ts";
import { type Interval, isDue, readIntervals } from "../../flowstore/summary/intervals.ts";
import { createSummaryKeeper } from "../../flowstore/summary/keep-summaries.ts";
import type { LogQueries } from "../../logs/log-queries.ts";
import type { LogValue } from "../../logs/log-query.ts";
import { describeViews } from "../../logs/views/describe-views.ts";
import type { FlowView, ViewRequest } from "../../logs/views/flow-view.ts";
import type { KnownEstate } from "../../logs/views/known-estate.ts";
import { readViewData, runView, type ViewData, viewKql } from "../../logs/views/run-view.ts";
import { findView } from "../../logs/views/view-list.ts";
import { readViewRequest } from "../../logs/views/view-request.ts";
import type { ServerContext } from "../context.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf } from "../openapi/shapes.ts";
import { createAnswerCache } from "./answer-cache.ts";
import { readKnownEstate } from "./known-estate.ts";
import { viewAnswer, viewDescription, viewQuery } from "./view-shapes.ts";

const listPath = "/nightcap/v1/flows/views";
/** A client that asks again within this gets its own copy. */
const cacheSecondsMax = 5;
/** How often new rows make it look for intervals that are over, and how far back. */
const lookMilliseconds = 60_000;
const lookBackMilliseconds = 3 * 3_600_000;
/** Resources are read again after this. */
const estateMilliseconds = 15_000;

export interface ViewsApiOptions extends Pick<
  ServerContext,
  "state" | "subscription" | "clock" | "log"
> {
  readonly queries: LogQueries;
  engine(): Promise<FlowEngine>;
}

export interface ViewsApi extends Closable {
  routes: readonly ApiRoute[];
  /** New rows may have ended an interval: what is over is added up before anybody asks. */
  rowsWritten(): void;
}

/** The portal's views of flows: a list of them, and each by its name. */
export function createViewsApi(options: ViewsApiOptions): ViewsApi {
  const { clock, log } = options;
  const cache = createAnswerCache();
  const estate = rememberEstate(options);
  const onError = (error: unknown): void =>
    log.warn({ reason: describeError(error) }, "flows are not added up");
  const keeper = createSummaryKeeper({ ...options, onError });
  let looking = Promise.resolve();
  let lookDueMs = 0;
  const look = async (endMs: number): Promise<void> => {
    const span = { startMs: endMs - lookBackMilliseconds, endMs };
    keeper.wake(await readIntervals(await options.engine(), span));
  };
  const answer = async (view: FlowView, request: Request): Promise<Response> => {
    const startedMs = performance.now();
    const question = readViewRequest(view, requestUrl(request).searchParams, clock.now());
    const known = await estate();
    const data = await readViewData(await options.engine(), question);
    keeper.wake(data.intervals);
    const tag = tagOf(viewKql(view, question, known), data);
    const headers = { etag: tag, "cache-control": `private, max-age=${cacheSecondsMax}` };
    if (request.headers.get("if-none-match")?.includes(tag)) {
      return new Response(null, { status: 304, headers });
    }
    const { signal } = request;
    const found =
      cache.get(tag) ??
      (await runView(options.queries, { view, request: question, known, data, signal }));
    cache.set(tag, found);
    const { columns, rows, total, kql, dataVersion } = found;
    const tookMilliseconds = Math.round(performance.now() - startedMs);
    const shown = { ...describe(view, question), columns, rows: rows.map(plainRow), total };
    const addingUp = countDue(data.intervals, clock.now());
    return jsonResponse(200, { ...shown, kql, dataVersion, addingUp, tookMilliseconds }, headers);
  };
  return {
    routes: [
      route(
        {
          method: "GET",
          path: listPath,
          summary: "The portal's views of flows",
          answers: { 200: { description: "All of them", json: listOf(viewDescription) } },
        },
        () => ({ status: 200, body: { value: describeViews() } }),
      ),
      route(
        {
          method: "GET",
          path: `${listPath}/{name}`,
          summary: "A view of flows, with the KQL that gives it",
          errors: [
            "ResourceNotFound",
            "QueryFailed",
            "QueryLimitExceeded",
            "QueryTimeout",
            "TooManyRequests",
            "ServiceUnavailable",
          ],
          query: viewQuery,
          answers: {
            200: { description: "The table", json: viewAnswer },
            304: { description: "As it was when it had the tag of `If-None-Match`" },
          },
        },
        ({ params: { name }, request }) => {
          const view = findView(name);
          if (view) return answer(view, request);
          throw new NightcapError("ResourceNotFound", `there is no view "${name.slice(0, 80)}"`);
        },
      ),
    ],
    rowsWritten() {
      const nowMs = clock.now();
      if (nowMs < lookDueMs) return;
      lookDueMs = nowMs + lookMilliseconds;
      looking = looking.then(() => look(nowMs)).catch(onError);
    },
    async close() {
      await looking;
      await keeper.close();
    },
  };
}

const describe = (view: FlowView, { startMs, endMs, ...request }: ViewRequest) => ({
  view: view.name,
  timespan: `${new Date(startMs).toISOString()}/${new Date(endMs).toISOString()}`,
  unit: request.unit,
  binMinutes: request.binMinutes,
  top: request.top,
  filters: request.filters,
  drillDown: view.drillDown,
});

/** JSON has no whole numbers beyond 2^53, nor any that are none: these are text. */
const plainRow = (row: readonly LogValue[]): (string | number | boolean | null)[] =>
  row.map((value) =>
    typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))
      ? String(value)
      : value,
  );

/** Intervals that are over and not added up yet: their records were read one by one. */
const countDue = (intervals: readonly Interval[], nowMs: number): number =>
  intervals.filter((interval) => isDue(interval, nowMs)).length;

const tagOf = (kql: string, { version }: ViewData): string =>
  `"${createHash("sha256").update(`${version}\n${kql}`).digest("hex").slice(0, 32)}"`;

function rememberEstate({ state, subscription, clock }: ViewsApiOptions) {
  let known: Promise<KnownEstate> | undefined;
  let untilMs = 0;
  return (): Promise<KnownEstate> => {
    if (known === undefined || clock.now() >= untilMs) {
      untilMs = clock.now() + estateMilliseconds;
      known = readKnownEstate(state, subscription);
      known.catch(() => (known = undefined));
    }
    return known;
  };
}
