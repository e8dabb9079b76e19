// An agent's part that follows files, with a certificate of its own, before a real control plane.
import { appendFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { followAlertFiles } from "../../src/agent/alert-files.ts";
import { type AgentIdentity, enrol } from "../../src/agent/identity.ts";
import { openControlPlaneClient } from "../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { createJoinToken } from "../../src/cli/drill/incident.ts";
import { systemClock } from "../../src/common/clock.ts";
import type { Closable } from "../../src/common/lifecycle.ts";
import { silentLog } from "../../src/common/log.ts";
import { sampleText } from "../alert/sources/bodies.ts";
import { freePort } from "../e2e/free-port.ts";
import { type AlertBed, openAlertBed } from "./alert-bed.ts";

const waitOptions = { timeout: 20_000, interval: 25 };
let bed: AlertBed;
let path: string;
let identity: AgentIdentity;
let follower: Closable;

beforeAll(async () => {
  bed = await openAlertBed({});
  const client = await openControlPlaneClient(await readCredentials(bed.path("state")));
  const token = await createJoinToken(client);
  identity = await enrol({ directory: bed.path("agent"), token, name: "sensor-1" });
  path = join(bed.directory, "falco.json");
  await writeFile(path, "");
});
afterAll(async () => {
  await follower.close();
  await bed.close();
});

const [event = ""] = sampleText("falco.jsonl").split("\n");
const from = (hostname: string, rule: string): string =>
  JSON.stringify({ ...(JSON.parse(event) as object), hostname, rule });
const rules = async () =>
  (await bed.jobs()).map(({ alert }) => `${alert.ruleName} ${alert.resourceId.split("/").at(-1)}`);

test("lines wait in the file while the control plane cannot be reached, and come once it can", async () => {
  const lost = { ...identity, server: `https://127.0.0.1:${await freePort()}` };
  let current = lost;
  const follow = () =>
    followAlertFiles({
      files: [{ path, source: "falco", severityMax: 4 }],
      directory: bed.path("agent/alert-files"),
      identity: () => current,
      clock: systemClock,
      log: silentLog,
    });
  follower = follow();
  await vi.waitFor(async () => {
    // The place of an empty file is kept at its first sight.
    expect(await readdir(bed.path("agent/alert-files"))).toHaveLength(1);
  }, waitOptions);
  await appendFile(path, `${from("sensor-1", "first")}\n`);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(await rules()).toEqual([]);
  current = identity;
  await vi.waitFor(async () => expect(await rules()).toEqual(["first sensor-1"]), waitOptions);
  await follower.close();
  await appendFile(path, `${from("sensor-1", "second")}\nnot json\n`);
  follower = follow();
  await vi.waitFor(
    async () => expect((await rules()).toSorted()).toEqual(["first sensor-1", "second sensor-1"]),
    waitOptions,
  );
  expect(await bed.counters("nightcap_responder_file_lines_total")).toEqual([
    'nightcap_responder_file_lines_total{source="falco",outcome="alert"} 2',
    'nightcap_responder_file_lines_total{source="falco",outcome="unreadable"} 1',
  ]);
});

test("a host is believed of itself alone", async () => {
  await appendFile(path, `${from("web-1", "of another")}\n`);
  const unplaced = () => bed.state.documents<{ reason: string }>("unplacedAlerts").list();
  await vi.waitFor(async () => {
    expect((await unplaced()).map(({ body }) => body.reason)).toEqual([
      "alert is about another machine than the one that sent it",
    ]);
  }, waitOptions);
  expect(await rules()).toHaveLength(2);
});

test("without a host's certificate, or with a query of nobody, nothing is taken", async () => {
  const body = event;
  const url = `${bed.url}/agent/alerts/falco`;
  expect(await bed.call(url, { body })).toMatchObject({ status: 401 });
  const trust = { cert: identity.certificatePem, key: identity.keyPem };
  expect(await bed.call(`${url}?severityMax=9`, { body, ...trust })).toMatchObject({ status: 400 });
  const other = `${bed.url}/agent/alerts/azureMonitor`;
  expect(await bed.call(other, { body, ...trust })).toMatchObject({ status: 400 });
  expect(await bed.call(url, { body: "x".repeat(1_200_000), ...trust })).toMatchObject({
    status: 413,
  });
  expect(await bed.call(url, { body: from("web-1", "late"), ...trust })).toEqual({
    status: 200,
    text: '{"alertCount":1}',
  });
});
