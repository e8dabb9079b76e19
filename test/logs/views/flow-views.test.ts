import { afterAll, beforeAll, expect, test } from "vitest";
import type { FlowEngine } from "../../../src/flowstore/engine.ts";
import { buildSummaries } from "../../../src/flowstore/summary/build-summaries.ts";
import { insertFlows } from "../../../src/flowstore/insert-flows.ts";
import { type LogQueries, openLogQueries } from "../../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../../src/logs/query-limits.ts";
import { readViewData, runView } from "../../../src/logs/views/run-view.ts";
import { findView, flowViews } from "../../../src/logs/views/view-list.ts";
import { readViewRequest } from "../../../src/logs/views/view-request.ts";
import { openSomeEngine } from "../../flowstore/some-engine.ts";
import { handWorkedFlows, known, noon } from "./hand-worked.ts";

const hourMs = 3_600_000;
const nowMs = noon + 24 * hourMs;
let engine: FlowEngine;
let remove: () => Promise<void>;
let logs: LogQueries;

beforeAll(async () => {
  ({ engine, remove } = await openSomeEngine());
  const { batch, classes } = handWorkedFlows();
  await insertFlows(engine, batch, classes, { token: "hand" });
  logs = openLogQueries({ engine: async () => engine, settings: logQuerySettings.parse({}) });
});

afterAll(async () => {
  await logs.close();
  await remove();
});

const span = "timespan=2026-11-20T12:00Z/2026-11-20T14:00Z";

async function ask(name: string, parameters = "", from: "tables" | "sums" = "tables") {
  const view = findView(name);
  if (!view) throw new Error(`no view ${name}`);
  const query = new URLSearchParams(`${span}&${parameters}`);
  const request = readViewRequest(view, query, nowMs);
  const data = from === "tables" ? null : await readViewData(engine, request);
  return runView(logs, { view, request, known, data });
}

/** Rows as lines, the columns first: what a person would check. */
async function lines(name: string, parameters = ""): Promise<string[]> {
  const { columns, rows } = await ask(name, parameters);
  return [columns.map((column) => column.name).join(" "), ...rows.map((row) => row.join(" "))];
}

test.each(flowViews.map(({ name }) => name))("the numbers of %s", async (name) => {
  const view = findView(name);
  const parameters = view?.needs?.includes("ip") ? "ip=198.51.100.9" : "";
  expect(await lines(name, parameters)).toMatchSnapshot();
});
