import { join } from "node:path";
import { NightcapError } from "../../common/errors.ts";
import { readTextIfExists } from "../../common/files.ts";
import type { FlowEngine } from "../../flowstore/engine.ts";
import { buildSummaries } from "../../flowstore/summary/build-summaries.ts";
import { openLogQueries } from "../../logs/log-queries.ts";
import { logQuerySettings } from "../../logs/query-limits.ts";
import { describeViews } from "../../logs/views/describe-views.ts";
import type { FlowView, ViewRequest } from "../../logs/views/flow-view.ts";
import { type KnownEstate, nothingKnown } from "../../logs/views/known-estate.ts";
import { readViewData, runView, type ViewAnswer, viewKql } from "../../logs/views/run-view.ts";
import { findView } from "../../logs/views/view-list.ts";
import { readViewRequest } from "../../logs/views/view-request.ts";
import { flowStoreOf, refuseWithoutTable } from "../flow-store.ts";
import { tableText } from "../query/table-text.ts";
import { writeOut } from "../standard-output.ts";
import type { FlowsFlags } from "./flows.ts";
import { estateOfTopology } from "./topology-file.ts";

const exitWrong = 2;

/** Shows one view, or which there are; gives the exit code. */
export async function runFlows(name: string | undefined, flags: FlowsFlags): Promise<number> {
  if (name === undefined) return listViews(flags);
  const view = findView(name);
  if (!view) return refuse(`there is no view "${name}"; "nightcap flows" lists them`);
  const nowMs = Date.now();
  let request: ViewRequest;
  try {
    request = readViewRequest(view, parametersOf(flags), nowMs);
  } catch (error) {
    if (error instanceof NightcapError && error.code === "InvalidParameter")
      return refuse(error.message);
    throw error;
  }
  const known = await readKnown(flags);
  if (flags.kql) {
    await writeOut(`${viewKql(view, request, known)}\n`);
    return 0;
  }
  const answer = await ask(flags, { view, request, known, nowMs });
  await print(answer, view, flags);
  return 0;
}

function refuse(message: string): number {
  process.stderr.write(`nightcap: ${message}\n`);
  return exitWrong;
}

/** The words of the command line as the parameters of the API, whose bounds hold here too. */
function parametersOf({ timespan, from, to, unit, bin, top, filter }: FlowsFlags): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ timespan, from, to, unit, bin, top })) {
    if (value !== undefined) parameters.append(name, value);
  }
  for (const text of filter) {
    const [name = "", ...value] = text.split("=");
    parameters.append(name, value.join("="));
  }
  return parameters;
}

/** What the control plane of this host last wrote of the topology; the rules only it knows itself. */
async function readKnown({ state, clickhouse }: FlowsFlags): Promise<KnownEstate> {
  if (clickhouse !== undefined) return nothingKnown;
  const text = await readTextIfExists(join(state, "flows", "topology.json"));
  return text === null ? nothingKnown : estateOfTopology(text);
}

interface Shown extends ViewAnswer {
  readonly seconds: number;
  /** What to ask instead, when there is nothing. */
  readonly hint: string | null;
}

interface Question {
  readonly view: FlowView;
  readonly request: ViewRequest;
  readonly known: KnownEstate;
  readonly nowMs: number;
}

async function ask(flags: FlowsFlags, { nowMs, ...question }: Question): Promise<Shown> {
  const { openFlowEngine } = await import("../../flowstore/engine.ts");
  const store = flowStoreOf(flags);
  await refuseWithoutTable(store);
  const engine: FlowEngine = await openFlowEngine(store);
  const logs = openLogQueries({ engine: async () => engine, settings: logQuerySettings.parse({}) });
  try {
    await buildSummaries(engine, question.request, { nowMs });
    const startedMs = performance.now();
    const data = await readViewData(engine, question.request);
    const answer = await runView(logs, { ...question, data });
    const seconds = (performance.now() - startedMs) / 1_000;
    const isEmpty = answer.rows.length === 0 && !flags.json;
    return { ...answer, seconds, hint: isEmpty ? await describeTable(engine) : null };
  } finally {
    await logs.close();
    await engine.close();
  }
}

async function print(answer: Shown, { name }: FlowView, { json }: FlowsFlags): Promise<void> {
  const { columns, rows, total, kql, dataVersion, seconds, hint } = answer;
  if (json) {
    const shown = { view: name, columns, rows, total, kql, dataVersion };
    const plain = (_: string, value: unknown): unknown =>
      typeof value === "bigint" ? String(value) : value;
    return writeOut(`${JSON.stringify(shown, plain, 2)}\n`);
  }
  const widthMax = process.stdout.isTTY ? process.stdout.columns : null;
  for (const piece of tableText({ columns, rows }, widthMax)) await writeOut(piece);
  const all =
    total === null
      ? ""
      : `; in all ${total.flows} flows, ${total.bytes} bytes, ${total.packets} packets`;
  const count = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
  await writeOut(`${count}, ${seconds.toFixed(3)} s${all}\n`);
  if (hint !== null) await writeOut(`${hint}\n`);
}

/** Of which times there are flows: what was imported is often older than the day that is asked for. */
async function describeTable(engine: FlowEngine): Promise<string> {
  const time = (name: string): string => `formatDateTime(${name}(time), '%FT%TZ')`;
  const [found] = await engine.rows<{ first: string; last: string; day: string; next: string }>({
    sql: `SELECT ${time("min")} AS first, ${time("max")} AS last, toString(toDate(max(time))) AS day,
            toString(toDate(max(time)) + 1) AS next
          FROM flow HAVING count() > 0`,
  });
  if (!found) return 'the table has no flows: "nightcap flow-logs import PLACE" brings some in';
  const { first, last, day, next } = found;
  return `nothing matches; the table has flows from ${first} to ${last} (--from ${day} --to ${next} shows the last day)`;
}

async function listViews({ json }: FlowsFlags): Promise<number> {
  const views = describeViews();
  if (json) await writeOut(`${JSON.stringify(views, null, 2)}\n`);
  else
    for (const { name, description } of views)
      await writeOut(`${name.padEnd(30)}  ${description}\n`);
  return 0;
}
