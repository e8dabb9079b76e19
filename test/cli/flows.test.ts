import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { handWorkedFlows } from "../logs/views/hand-worked.ts";
import { runNightcap } from "./run-nightcap.ts";

const root = mkdtempSync(join(tmpdir(), "nightcap-views-"));
let engine: FlowEngine;

beforeAll(async () => {
  const settings = { directory: join(root, "flows"), idleSeconds: 30 };
  engine = await openFlowEngine(flowStoreSettings.parse(settings));
  const { batch, classes } = handWorkedFlows();
  await insertFlows(engine, batch, classes, { token: "hand" });
});
afterAll(async () => {
  await engine.stop();
  await engine.close();
  rmSync(root, { recursive: true });
});

const span = ["--timespan", "2026-11-20T12:00Z/2026-11-20T14:00Z"];
const flows = (...args: string[]) => runNightcap("flows", "--state", root, ...args);

test("a view is a table with its total, or JSON, or its KQL", async () => {
  const { code, stdout, stderr } = await flows("blocked-rules", "direction=Inbound", ...span);
  expect([code, stderr]).toEqual([0, ""]);
  const [head, , row, last] = stdout.split("\n");
  expect(head).toMatch(/^AclGroup +AclRule +FlowDirection +Flows +Bytes +Packets$/);
  expect(row).toMatch(/ DenyAll +Inbound +2 +0 +0$/);
  // Allowed in: 1,200 bytes of a malicious address, 29,000 and 9,000 at the database.
  expect(last).toMatch(/^1 row, \d+\.\d{3} s; in all 5 flows, 39200 bytes, 260 packets$/);
  const json = await flows("ports", "port=25", "--json", ...span);
  expect(JSON.parse(json.stdout)).toMatchObject({ view: "ports", total: { flows: 1 } });
  const kql = await flows("ports", "--kql", ...span);
  expect(kql.stdout).toContain("let flows = NTANetAnalyticsDeduplicated\n");
});

test("without a view all are listed; what is none, and a wrong filter, end with 2", async () => {
  expect((await flows()).stdout).toContain("top-pairs ");
  const wrong = await flows("top-pear");
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    'nightcap: there is no view "top-pear"; "nightcap flows" lists them\n',
  ]);
  const filter = await flows("ports", "colour=red");
  expect([filter.code, filter.stderr]).toEqual([2, expect.stringContaining('"colour"')]);
});

test("where there is nothing the answer says where there are flows", async () => {
  const none = await flows("overview", "--from", "2001-01-01", "--to", "2001-01-02");
  expect(none.stdout).toMatch(
    /nothing matches; the table has flows from 2026-\S+Z to 2026-\S+Z \(--from 2026-\d\d-\d\d --to /,
  );
  const nowhere = join(root, "nowhere");
  for (const command of [
    ["flows", "overview"],
    ["query", "NTANetAnalytics | count"],
  ]) {
    const refused = await runNightcap(...command, "--state", nowhere);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^nightcap: there are no flows in .*flow-logs import PLACE/),
    });
  }
  expect(existsSync(nowhere)).toBe(false);
});
