import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLog } from "../../src/common/log.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { readIntervals } from "../../src/flowstore/summary/intervals.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { type LogQueries, openLogQueries } from "../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import { flowViews } from "../../src/logs/views/view-list.ts";
import { createViewsApi, type ViewsApi } from "../../src/server/flows-views/views-api.ts";
import { actionsOf } from "../../src/server/nightcap-access.ts";
import { openSomeEngine } from "../flowstore/some-engine.ts";
import { handWorkedFlows } from "../logs/views/hand-worked.ts";
import { someOrigin } from "../flowstore/flow-rows.ts";
import { askRoutes } from "./ask-routes.ts";
import {
  type ControlPlane,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "../provider/control-plane.ts";

let directory: string;
let plane: ControlPlane;
let engine: FlowEngine;
let remove: () => Promise<void>;
let queries: LogQueries;
let views: ViewsApi;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const id = someOrigin.aclId.replace("/s/", `/${subscriptionId}/`);
  const properties = { resourceGuid: "", securityRules: [] };
  const type = "Microsoft.Network/networkSecurityGroups";
  await plane.state.resources.put({ id, type, body: { location: "local", tags: {}, properties } });
  ({ engine, remove } = await openSomeEngine());
  const { batch, classes } = handWorkedFlows();
  await insertFlows(engine, batch, classes, { token: "hand" });
  queries = openLogQueries({ engine: async () => engine, settings: logQuerySettings.parse({}) });
  const { state, clock } = plane;
  views = createViewsApi({
    state,
    clock,
    subscription: `/subscriptions/${subscriptionId}`,
    log: silentLog,
    queries,
    engine: async () => engine,
  });
});

afterAll(async () => {
  await views.close();
  await queries.close();
  await remove();
  await plane.close();
  await removeDirectory(directory);
});

const span = "timespan=2026-11-20T12:00Z/2026-11-20T14:00Z";
const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
  const asked = ["GET", `/nightcap/v1/flows/views${path}`] as [string, string];
  const answer = await askRoutes(views.routes, asked, { headers });
  if (!answer) throw new Error("not a path of the views");
  return new Response(answer.status === 304 ? null : answer.text, answer);
};

test("the list says what each view takes", async () => {
  const { value } = (await (await get("")).json()) as { value: { name: string }[] };
  expect(value.map(({ name }) => name)).toEqual(flowViews.map(({ name }) => name));
  expect(value.find(({ name }) => name === "public-ip")).toMatchObject({
    needs: ["ip"],
    filters: expect.arrayContaining(["ip", "rule"]),
  });
});

test("an answer has rows, total, the KQL that gives them, and a tag for the next question", async () => {
  const path = `/top-pairs?${span}&unit=bytes&top=1`;
  const first = await get(path);
  expect(await first.json()).toMatchObject({
    view: "top-pairs",
    timespan: "2026-11-20T12:00:00.000Z/2026-11-20T14:00:00.000Z",
    unit: "bytes",
    columns: expect.arrayContaining([{ name: "Bytes", type: "long" }]),
    rows: [
      [
        "10.0.0.5",
        "10.0.1.6",
        "rg/web_0",
        "rg/db",
        "rg/net/front",
        "rg/net/back",
        "IntraVNet",
        "",
        "",
        1,
        30_000,
        190,
      ],
    ],
    // All flows once: 1,000 + 3,000 + 100 + 300 + 500 + 700 + 30,000 + 1,000 + 1,600 + 9,000 + 600 bytes.
    total: { flows: 11, bytes: 47_800, packets: 319 },
    kql: expect.stringContaining("NTANetAnalyticsDeduplicated"),
    addingUp: 2,
    tookMilliseconds: expect.any(Number),
  });
  const etag = first.headers.get("etag") ?? "";
  expect((await get(path, { "if-none-match": etag })).status).toBe(304);
  expect((await get(`${path}0`, { "if-none-match": etag })).status).toBe(200);
  const { batch, classes } = handWorkedFlows();
  await insertFlows(engine, batch, classes, { token: "more" });
  const again = await get(path, { "if-none-match": etag });
  expect(again.status).toBe(200);
  expect(((await again.json()) as { total: unknown }).total).toMatchObject({ flows: 22 });
});

test("rules that never met a flow are those of the security groups", async () => {
  const { rows } = (await (await get(`/rules-never-hit?${span}`)).json()) as { rows: string[][] };
  expect(rows.map(([, rule]) => rule)).toContain("DenyAllInBound");
});

test("new rows make it add up what is over, without a question", async () => {
  const { batch, classes } = handWorkedFlows();
  const now = plane.clock.now();
  for (let row = 0; row < batch.length; row++) batch.time[row] = now - 2 * 3_600_000;
  await insertFlows(engine, batch, classes, { token: "fresh" });
  views.rowsWritten();
  await expect
    .poll(
      async () => {
        const found = await readIntervals(engine, { startMs: now - 2 * 3_600_000, endMs: now });
        return found.map(({ build }) => build !== null);
      },
      { timeout: 20_000 },
    )
    .toEqual([true]);
});

test("what is no view, no parameter or no GET is refused", async () => {
  await expect(get("/nothing")).rejects.toMatchObject({ code: "ResourceNotFound" });
  await expect(get("/ports?colour=red")).rejects.toMatchObject({ code: "InvalidParameter" });
  await expect(get("/public-ip")).rejects.toMatchObject({ code: "InvalidParameter" });
  const path = "/nightcap/v1/flows/views";
  const post = askRoutes(views.routes, ["POST", path]);
  await expect(post).rejects.toMatchObject({ code: "MethodNotAllowed" });
  expect(await askRoutes(views.routes, ["GET", `${path}x`])).toBeNull();
  expect(actionsOf(new Request("https://x/nightcap/v1/flows/views/ports"))).toEqual([
    "Nightcap/flows/read",
  ]);
});
