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

const needed = (name: string): string =>
  findView(name)?.needs?.includes("ip") ? "ip=198.51.100.9" : "";
const outcome = async (name: string, parameters: string, from: "tables" | "sums") => {
  const { columns, rows, total } = await ask(name, parameters, from);
  return { columns, rows, total };
};

/** What each view answers over the tables themselves. */
const answers = new Map<string, unknown>();

/** Worked out by hand from hand-worked.ts. A row is a line, so that a person can check it. */
test.each(flowViews.map(({ name }) => name))("the numbers of %s", async (name) => {
  const { columns, rows, total } = await ask(name, needed(name));
  answers.set(name, { columns, rows, total });
  const header = columns.map((column) => column.name).join(" ");
  expect([header, ...rows.map((row) => row.join(" "))]).toMatchSnapshot();
});

test("an interval that is over is added up, once; one that is open is not", async () => {
  const bounds = { startMs: noon, endMs: noon + 2 * hourMs };
  expect(await buildSummaries(engine, bounds, { nowMs: noon + 1.5 * hourMs })).toBe(1);
  expect(await buildSummaries(engine, bounds, { nowMs: noon + 1.5 * hourMs })).toBe(0);
});

/** Those that read each of the tables of sums; with NIGHTCAP_SOAK every one, which takes twice as long. */
const comparedViews =
  process.env["NIGHTCAP_SOAK"] === "1"
    ? flowViews.map(({ name }) => name)
    : [
        "overview",
        "top-pairs",
        "distribution-conversations",
        "rule-hits",
        "ports",
        "environment-subnets",
        "geo-countries",
        "public-ips",
      ];

test.each(comparedViews)(
  "over sums of one interval and records of the other, %s has the rows that its KQL gives over the tables",
  async (name) => {
    expect(await outcome(name, needed(name), "sums")).toEqual(answers.get(name));
  },
);

test.each([
  ["overview", "status=Allowed&direction=Outbound&unit=bytes&top=3"],
  ["ports", "port=443,25"],
  ["top-pairs", "ip=203.0.113.2&country=US"],
  ["public-ips", "virtualMachine=rg/web_0&resourceGroup=RG&virtualNetwork=rg/net"],
])("filters give the same rows either way: %s?%s", async (name, parameters) => {
  const rows = await outcome(name, parameters, "sums");
  expect(rows).toEqual(await outcome(name, parameters, "tables"));
  expect(rows.rows.length).toBeGreaterThan(0);
});

test("late flows are counted at once, and added up again", async () => {
  const before = (await ask("distribution", "", "sums")).total;
  const { batch, classes } = handWorkedFlows();
  await insertFlows(engine, batch, classes, { token: "late" });
  const late = await outcome("distribution", "", "sums");
  expect(Number(late.total?.flows)).toBe(Number(before?.flows) * 2);
  expect(late).toEqual(await outcome("distribution", "", "tables"));
  expect(await buildSummaries(engine, { startMs: noon, endMs: nowMs }, { nowMs })).toBe(2);
  expect(await outcome("distribution", "", "sums")).toEqual(late);
  // The build before the last stays for those who read it; what is older goes.
  const buildsOf = async (table: string) =>
    engine.rows({
      sql: `SELECT start, uniqExact(build) AS builds FROM ${table} GROUP BY start ORDER BY start`,
    });
  await insertFlows(engine, batch, classes, { token: "last" });
  await buildSummaries(engine, { startMs: noon, endMs: nowMs }, { nowMs });
  for (const table of ["flow_summary_built", "flow_summary_ports", "flow_summary_rules"]) {
    expect(await buildsOf(table), table).toMatchObject([{ builds: 2 }, { builds: 2 }]);
  }
  const last = await outcome("distribution", "", "sums");
  expect(Number(last.total?.flows)).toBe(Number(before?.flows) * 3);
}, 60_000);

test.each([
  ["timespan=1x", "timespan"],
  ["timespan=PT1H&from=2026-01-01", "timespan"],
  ["from=2026-01-02&to=2026-01-01", "from"],
  ["timespan=P365D", "timespan"],
  ["unit=flops", "unit"],
  ["bin=1m&timespan=P30D", "bin"],
  ["top=0", "top"],
  ["top=1001", "top"],
  ["ip=10.0.0", "ip"],
  ["port=65536", "port"],
  ["status=open", "status"],
  ["country=", "country"],
  [`rule=${"a,".repeat(30)}`, "rule"],
  ["subnets=a", "subnets"],
])("a question out of bounds is refused by name: %s", (text, name) => {
  const [view] = flowViews;
  if (!view) throw new Error("no views");
  expect(() => readViewRequest(view, new URLSearchParams(text), nowMs)).toThrow(
    `parameter "${name}"`,
  );
});

test("what a filter says is text, whatever is in it", async () => {
  const hostile = `x" or 1==1 | union NTAIpDetails //\\`;
  const { rows } = await ask("top-pairs", `rule=${encodeURIComponent(hostile)}`);
  expect(rows).toEqual([]);
});

test.each([
  ["subnet-topology", "subnet=rg/net/front->rg/net/back", ["rg/net/front rg/net/back"]],
  ["subnet-topology", "subnet=rg/net/back->rg/net/front", []],
  [
    "subnet-topology",
    "subnet=->rg/net/back",
    ["S2S to-hq rg/net/back", "rg/net/front rg/net/back"],
  ],
  ["virtual-network-topology", "virtualNetwork=rg/net->rg2/other", ["rg/net rg2/other"]],
  ["region-topology", "region=->northeurope", ["westeurope northeurope"]],
  ["host-topology", "connection=to-hq", ["S2S to-hq rg/db"]],
  ["host-topology", "azureRegion=WestEurope", ["rg/web_0 Azure westeurope"]],
  [
    "host-topology",
    "service=https&ip=10.0.0.5->&status=Allowed",
    ["rg/web_0 Internet", "rg/web_0 Azure westeurope"],
  ],
  ["host-topology", "targetType=Subnet", []],
])("edges of %s?%s", async (name, parameters, edges) => {
  const { columns, rows } = await ask(name, parameters);
  const at = ["Source", "Target"].map((end) => columns.findIndex((column) => column.name === end));
  expect(rows.map((row) => at.map((index) => row[index]).join(" "))).toEqual(edges);
});

test("a reason is that of the record, with its list and an example of the flows behind it", async () => {
  const { columns, rows } = await ask("reasons", "flowType=MaliciousFlow&status=Allowed");
  const found = Object.fromEntries(columns.map(({ name }, at) => [name, rows[0]?.[at]]));
  expect(rows).toHaveLength(1);
  expect(found).toMatchObject({
    AclRule: "AllowWeb",
    ThreatList: "feed",
    ThreatEntry: "198.51.100.0/24",
    Addresses: '["198.51.100.9"]',
    SrcIp: "198.51.100.9",
    DestPort: 443,
  });
});

test("an arrow needs an end, and a view that knows both", () => {
  const read = (name: string, text: string) => {
    const view = findView(name);
    if (!view) throw new Error(`no view ${name}`);
    return () => readViewRequest(view, new URLSearchParams(text), nowMs);
  };
  expect(read("ports", "subnet=->")).toThrow('parameter "subnet"');
  expect(read("ports", "ip=10.0.0.5->x")).toThrow('"x" is no address');
  expect(read("ports", "rule=a->b")).not.toThrow(); // a rule's name is text
  expect(read("public-ips", "subnet=a->b")).toThrow("takes no A->B");
  expect(read("public-ips", "connection=a")).toThrow("is no filter of the view");
});
