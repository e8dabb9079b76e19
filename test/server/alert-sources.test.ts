// Senders that no package has, at the doors of a real control plane: signed calls, lines of a file, and hosts nobody knows.
import { createHmac } from "node:crypto";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openControlPlaneClient } from "../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { sampleText } from "../alert/sources/bodies.ts";
import { type AlertBed, openAlertBed, signingSecret } from "./alert-bed.ts";

const eveFile = join(tmpdir(), `nightcap-eve-${process.pid}.json`);
let bed: AlertBed;

beforeAll(async () => {
  await writeFile(eveFile, sampleText("suricata.jsonl"));
  bed = await openAlertBed({
    doors: { generic: ["signature"] },
    aliases: { "edge.example.net": "web-1" },
    files: [{ path: eveFile, source: "suricata" }],
  });
});
afterAll(async () => {
  await bed.close();
  await rm(eveFile);
});

const alert = { rule: "backup", host: "edge.example.net", time: "2026-11-21T04:00:12Z" };
const postSigned = (body: string) => {
  const stamp = String(Math.floor(Date.now() / 1_000));
  const digest = createHmac("sha256", signingSecret).update(`${stamp}.${body}`).digest("hex");
  const headers = { "x-nightcap-timestamp": stamp, "x-nightcap-signature": `sha256=${digest}` };
  return bed.call(`${bed.url}/api/responder/generic`, { body, headers });
};

test("a signed call about an alias becomes a job of its host", async () => {
  const answer = await postSigned(JSON.stringify(alert));
  expect(answer).toMatchObject({ status: 202 });
  const jobs = (await bed.jobs()).map((job) => job.alert);
  expect(jobs).toMatchObject([{ ruleName: "backup", resourceId: bed.machineId }]);
});

test("what comes into a followed file becomes jobs, and what was in it does not", async () => {
  const [dns = "", first = ""] = sampleText("suricata.jsonl").split("\n");
  await vi.waitFor(
    async () => expect((await bed.state.documents("alertFiles").list()).length).toBe(1),
    { timeout: 20_000, interval: 25 },
  );
  const later = first.replace("04:00:12.627131", "04:10:00.000000").replace("T05:", "T04:");
  await appendFile(eveFile, `${dns}\n${later}\n`);
  const found = () =>
    bed.counters('nightcap_responder_alerts_total{source="suricata",outcome="accepted"}');
  await vi.waitFor(async () => expect((await found())[0]).toMatch(/ 1$/), {
    timeout: 20_000,
    interval: 25,
  });
  const jobs = (await bed.jobs()).filter((job) => job.alert.schema === "suricata");
  expect(jobs).toHaveLength(1);
  expect(jobs[0]?.alert.filters).toHaveLength(2);
});

test("alerts about unknown hosts can be looked at", async () => {
  const answer = await postSigned(JSON.stringify({ ...alert, host: "nobody", severity: "low" }));
  expect(JSON.parse(answer.text)).toEqual({
    status: "unplaced",
    reason: 'no known host is "nobody"',
  });
  const client = await openControlPlaneClient(await readCredentials(bed.path("state")));
  expect(await client.request("GET", "/nightcap/alertSources")).toEqual({
    unplaced: [
      {
        source: "generic",
        rule: "backup",
        severity: 3,
        names: ["nobody"],
        reason: 'no known host is "nobody"',
        count: 1,
        firedTime: "2026-11-21T04:00:12.000Z",
        receivedTime: expect.any(String),
      },
    ],
  });
});
