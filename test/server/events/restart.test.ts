// A real control plane that is killed: its readers come back with an id of the run before.
import { mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openControlPlaneClient } from "../../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../../src/cli/credentials.ts";
import { freePort } from "../../e2e/free-port.ts";
import { type RunningProcess, startNightcap } from "../../e2e/processes.ts";
import { askToken } from "../sign-in/bed.ts";
import { readEvents } from "./read-events.ts";
import { someRule } from "./some-rule.ts";

const wait = { timeout: 20_000, interval: 20 };

let directory: string;
let port: number;
let plane: RunningProcess;

const start = () =>
  startNightcap(
    ["server", "--state", directory, "--port", String(port), "--log-level", "warn"],
    join(directory, "server.log"),
  );

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-events-"));
  port = await freePort();
  plane = await start();
});
afterAll(async () => {
  await plane.kill();
  await rm(directory, { recursive: true, force: true });
});

test("after kill -9 a reader who comes back is told to ask again, and then hears what is new", async () => {
  const client = await openControlPlaneClient(await readCredentials(directory));
  const ca = client.certificateAuthorityPem;
  const url = `https://127.0.0.1:${port}`;
  const agent = new Agent({ ca });
  const authorization = `Bearer ${await askToken(url, agent, client.credentials)}`;
  const follow = (headers: Record<string, string>) =>
    readEvents(`${url}/nightcap/v1/events`, { ca, headers: { authorization, ...headers } });
  const group = `${client.subscription}/resourceGroups/nightcap`;
  const rules = `${group}/providers/Microsoft.Insights/metricAlerts`;
  await client.request("PUT", group, { location: "local" });

  const before = await follow({});
  await vi.waitFor(() => expect(before.lastId).not.toBe(""), wait);
  await client.request("PUT", `${rules}/first`, someRule(group));
  await vi.waitFor(() => expect(before.events).toHaveLength(1), wait);
  await plane.kill("SIGKILL");
  await before.ended;
  plane = await start();
  const after = await follow({ "last-event-id": before.lastId });
  await vi.waitFor(() => expect(after.events.map(({ event }) => event)).toEqual(["reset"]), wait);
  expect(Number(after.lastId)).toBeGreaterThan(Number(before.lastId));
  await client.request("PUT", `${rules}/second`, someRule(group));
  await vi.waitFor(() => expect(after.events).toHaveLength(2), wait);
  expect(after.events[1]).toMatchObject({ event: "alert", data: { id: `${rules}/second` } });
  after.cut();
  agent.destroy();
});
