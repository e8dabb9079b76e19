// Previews over HTTP's own Request and Response, before a real archive, a real engine and real roles.
import { afterAll, beforeAll, expect, test } from "vitest";
import { alertPreviewRoutes } from "../../../src/server/alert-previews/alert-previews-api.ts";
import { alertSettings } from "../../../src/server/alerts/settings.ts";
import { openLogQueries } from "../../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../../src/logs/query-limits.ts";
import { holdMeasurements } from "../../../src/metric/held-measurements.ts";
import { createMetricQuery } from "../../../src/metric/query.ts";
import { createRouter } from "../../../src/server/openapi/router.ts";
import type { ServerSettings } from "../../../src/server/settings.ts";
import { documentsRule } from "../../alert/rules.ts";
import { logRule } from "../../alert/logs/log-bed.ts";
import { hostId, machineId } from "../../provider/control-plane.ts";
import { type LogsBed, openLogsBed, startMs, subscription } from "../logs-bed.ts";

const end = Math.floor(startMs / 3_600_000) * 3_600 + 3_600;
let bed: LogsBed;
let queries: ReturnType<typeof openLogQueries>;
let api: ReturnType<typeof createRouter>;

beforeAll(async () => {
  bed = await openLogsBed();
  const { plane, engine } = bed;
  queries = openLogQueries({ engine: async () => engine, settings: logQuerySettings.parse({}) });
  plane.clock.advance((end + 60) * 1_000 - plane.clock.now());
  const seconds = Array.from({ length: 3_600 }, (_, index) => end - 3_600 + index);
  plane.archive.append(
    hostId,
    // Two minutes of ten times as much, ten minutes after the hour and in the last ones.
    seconds.map((second) => {
      const minute = Math.floor((second % 3_600) / 60);
      const isMore = minute === 10 || minute === 11 || minute >= 58;
      return { series: "Network Out Total", second, value: isMore ? 10 : 1 };
    }),
  );
  const routes = alertPreviewRoutes({
    state: plane.state,
    subscription,
    settings: { alerts: alertSettings.parse({}) } as ServerSettings,
    clock: plane.clock,
    metrics: { heldQuery: () => createMetricQuery(holdMeasurements(plane.archive)) },
    queries,
  });
  api = createRouter(routes);
});
afterAll(async () => {
  await queries.close();
  await bed.close();
});

const callers = new Map<string | null, string>();
async function ask(
  body: unknown,
  { role = "Reader", timespan = "" }: { role?: string | null; timespan?: string } = {},
) {
  let id = callers.get(role);
  if (id === undefined) {
    id = (await bed.plane.createClient(`asker of ${role}`, role)).clientId;
    callers.set(role, id);
  }
  const query = timespan === "" ? "" : `?timespan=${encodeURIComponent(timespan)}`;
  const request = new Request(`https://127.0.0.1/nightcap/v1/alert-previews${query}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  const response = await api(request, {
    caller: { id, name: "asker", isBuiltIn: false },
    note: () => {},
  });
  return (await response?.json()) as Answer;
}
interface Answer {
  firings: { from: string; to: string | null; value: number }[];
  series: { points: [number, number][] }[];
  threshold: unknown[];
  [name: string]: unknown;
}

const iso = (second: number): string => new Date(second * 1_000).toISOString();
const hour = `${iso(end - 3_600)}/${iso(end)}`;
const staticBody = (change: object = {}) => ({
  location: "global",
  properties: { ...documentsRule(), scopes: [machineId], windowSize: "PT1M", ...change },
});

test("a rule's body gives its firings, the series with its threshold, and what is missing", async () => {
  const { series, ...found } = await ask(staticBody(), { timespan: hour });
  expect(found).toEqual({
    from: iso(end - 3_600),
    to: iso(end),
    threshold: [{ target: machineId, operator: "GreaterThan", value: 3 }],
    firings: [
      {
        target: machineId,
        dimensions: [],
        from: iso(end - 3_600 + 11 * 60),
        to: iso(end - 3_600 + 15 * 60),
        value: 10,
      },
      { target: machineId, dimensions: [], from: iso(end - 60), to: null, value: 10 },
    ],
    firingCount: 2,
    evaluatedCount: 60,
    stepSeconds: 60,
    missing: [],
    learning: [],
    learnedEverySeconds: null,
    omittedTargetCount: 0,
    isCut: false,
  });
  expect(series).toHaveLength(1);
  expect(series[0]?.points).toHaveLength(60);
  expect(series[0]?.points[10]).toEqual([(end - 3_600 + 11 * 60) * 1_000, 10]);
  const day = await ask(staticBody());
  expect(day["missing"]).toEqual([
    { target: machineId, from: iso(end + 60 - 86_400), to: iso(end - 3_600) },
  ]);
});

test("a query's rule is asked window by window", async () => {
  const rule = logRule({ scopes: [subscription] }, { query: "NightcapFlows", dimensions: [] });
  const { firings, ...found } = await ask(
    { location: "local", properties: rule },
    { timespan: hour },
  );
  expect(found["evaluatedCount"]).toBe(60);
  expect(firings).toHaveLength(1);
  expect(found.series[0]?.points.some(([, value]) => value > 2)).toBe(true);
});

test.each([
  ["InvalidRequestContent", {}, ""],
  ["InvalidParameter", staticBody({ windowSize: "PT0S" }), ""],
  ["InvalidParameter", staticBody(), "P40D"],
  ["BadRequest", staticBody(), "yesterday"],
  ["InvalidParameter", staticBody(), "2099-01-01T00:00:00Z/PT1H"],
  [
    "BadRequest",
    { properties: logRule({ scopes: [subscription] }, { query: "NightcapFlows | where" }) },
    "",
  ],
  [
    "BadRequest",
    {
      properties: logRule(
        { scopes: [subscription] },
        {
          query: "NightcapFlows",
          dimensions: [{ name: "None", operator: "Include", values: ["*"] }],
        },
      ),
    },
    "",
  ],
])("what is at fault is %s", async (code, body, timespan) => {
  await expect(ask(body, { timespan })).rejects.toMatchObject(
    code === "InvalidRequestContent" ? { details: expect.any(Array) as unknown } : { code },
  );
});

test.each([
  ["measurements", staticBody()],
  ["rows", { properties: logRule() }],
])("who may not read the %s is refused", async (_what, body) => {
  await expect(ask(body, { role: null })).rejects.toMatchObject({
    code: "LinkedAuthorizationFailed",
  });
});
