// `nightcap incidents`, against a control plane that really runs.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { incidentTables } from "../../src/server/incidents.ts";
import { openState } from "../../src/state/state.ts";
import { freePort } from "../e2e/free-port.ts";
import { type RunningProcess, startNightcap } from "../e2e/processes.ts";
import { openedAt, reportLink, sampleIncident, sentence } from "../incident/sample.ts";
import { runNightcap } from "./run-nightcap.ts";

let directory: string;
let state: string;
let server: RunningProcess;
const answeredId = "00000000000000a1";
const openId = "00000000000000b2";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-incidents-"));
  state = join(directory, "state");
  await mkdir(state, { mode: 0o700 });
  const database = await openState({ kind: "sqlite", path: join(state, "nightcap.db") });
  const { incidents } = incidentTables(database);
  const closed = { state: "closed", closedAt: openedAt + 60_000, answered: true } as const;
  await incidents.put(answeredId, sampleIncident({ incidentId: answeredId, ...closed }));
  const open = { openedAt: openedAt + 1_000, rule: "evil\u001b[2J" };
  await incidents.put(openId, sampleIncident({ incidentId: openId, ...open }));
  await database.close();
  const args = ["server", "--state", state, "--port", String(await freePort())];
  server = await startNightcap(args, join(directory, "server.log"));
});
afterAll(async () => {
  await server?.kill();
  await rm(directory, { recursive: true, force: true });
});

const incidents = (...args: string[]) => runNightcap("incidents", ...args, "--state", state);

test("the list has the newest first, without what steers a terminal", async () => {
  const { code, stdout } = await incidents();
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    `${openId}  2026-11-21T04:00:01.000Z  open  severity 2  web-1  2 alerts of 2 rules (evil\ufffd[2J, other): 1 being recorded, 1 sharing a recording`,
    `${answeredId}  2026-11-21T04:00:00.000Z  closed  severity 2  web-1  2 alerts of 2 rules (net-out, other): 1 recorded, 1 sharing a recording`,
  ]);
  expect((await incidents("list", "--open", "--host", "WEB-1")).stdout).toMatch(/^0+b2 .*\n$/);
  expect((await incidents("list", "--host", "db-1")).stdout).toBe("none\n");
  const listed = JSON.parse((await incidents("list", "--limit", "1", "--json")).stdout);
  expect(listed).toMatchObject({ count: 2, value: [{ incidentId: openId, answer: null }] });
});

test("one is shown with its answer first, then its recordings and alerts", async () => {
  const { code, stdout } = await incidents("show", answeredId);
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(1)).toEqual([
    "",
    sentence,
    `report: ${reportLink}`,
    "",
    "recordings",
    '  one  recording  ended  packet capture "one" is complete (TimeExceeded)',
    "",
    "alerts",
    "  2026-11-21T03:59:59.000Z  severity 2  net-out  recording",
    "  2026-11-21T03:59:59.000Z  severity 3  other  merged  shares recording net-out-jo",
    "",
  ]);
  const shown = JSON.parse((await incidents("show", answeredId, "--json")).stdout);
  expect(shown).toMatchObject({ answer: { sentence, reportLink }, updates: [{}, {}] });
});

test("one that there is not is said, with exit code 1", async () => {
  const { code, stderr } = await incidents("show", "beef");
  expect(code).toBe(1);
  expect(stderr).toContain('there is no incident "beef"');
});
