import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { createBlockWriter } from "../flowsource/block-writer.ts";
import { vnetLog, vnetRecord } from "../flowsource/vnet-log.ts";
import { account, key, makeCertificate, startBlobServer } from "../storage/blob-server.ts";
import { runNightcap } from "./run-nightcap.ts";

const root = mkdtempSync(join(tmpdir(), "nightcap-flow-logs-"));
const state = join(root, "state");
const program = join(import.meta.dirname, "../../src/main.ts");
let engine: FlowEngine;

beforeAll(async () => {
  const settings = { directory: join(state, "flows"), idleSeconds: 30 };
  engine = await openFlowEngine(flowStoreSettings.parse(settings));
});

afterAll(async () => {
  await engine.stop();
  await engine.close();
  rmSync(root, { recursive: true });
});

const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [program, "flow-logs", ...args, "--state", state], {
    stdio: ["ignore", "pipe", "inherit"],
  });

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
  });

async function rowCount(mac: string): Promise<{ rows: number; bytes: number }> {
  const [found] = await engine.rows<{ rows: number; bytes: number }>({
    sql: `SELECT toUInt32(count()) AS rows, toFloat64(sum(bytesToSource)) AS bytes
          FROM flow WHERE macAddress = {mac:String}`,
    parameters: { mac },
  });
  return found ?? { rows: 0, bytes: 0 };
}

test("Ctrl-C ends an import cleanly, and the next run goes on", async () => {
  const mac = "0022486D5B02";
  const path = join(root, "stopped.json");
  writeFileSync(path, vnetLog(0, 75, { mac, tuplesPerRecord: 4_000 }));
  const child = start("import", path, "--json");
  const ended = exitOf(child);
  while ((await rowCount(mac)).rows === 0) await sleep(5);
  child.kill("SIGINT");
  expect([0, 130]).toContain(await ended);
  const before = await rowCount(mac);
  const { stdout } = await runNightcap("flow-logs", "import", path, "--json", "--state", state);
  const after = JSON.parse(stdout) as Record<string, number>;
  expect({ ...(await rowCount(mac)), bytes: 0 }).toEqual({ rows: 300_000, bytes: 0 });
  expect(after["rowsAlreadyThere"]).toBe(before.rows);
});

test("problems are told on standard output and by the exit code", async () => {
  const path = join(root, "damaged.json");
  writeFileSync(path, `${vnetLog(0, 1, { mac: "0022486D5B03", open: true })},{nonsense`);
  const damaged = await runNightcap("flow-logs", "import", path, "--state", state);
  expect(damaged).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/10 rows inserted[\s\S]*not read: damaged.json: .*byte/),
  });
  const missing = await runNightcap("flow-logs", "import", join(root, "nowhere"), "--state", state);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/there is no such file or folder/);
});

test("a blob and a file are followed block by block until Ctrl-C", async () => {
  const certificate = makeCertificate();
  const server = await startBlobServer({ directory: join(root, "store"), certificate });
  await server.store.createContainer("flows");
  const url = `${server.origin}/${account}/flows`;
  writeFileSync(join(root, "ca.pem"), certificate.certificatePem);
  writeFileSync(join(root, "key"), key);
  const path = join(root, "followed.json");
  writeFileSync(path, vnetLog(0, 1, { mac: "0022486D5B05", open: true }));
  const child = start(
    "follow",
    url,
    path,
    "--interval",
    "1",
    "--json",
    "--ca-file",
    join(root, "ca.pem"),
    "--account-key-file",
    join(root, "key"),
  );
  const ended = exitOf(child);
  const lines = readLines(child);
  await lines.find(({ event, blob }) => event === "rows" && blob === "followed.json");
  const append = createBlockWriter(`${url}/PT1H.json`, {
    mac: "0022486D5B04",
    certificateAuthorityPem: certificate.certificatePem,
  });
  for (const count of [1, 3]) {
    await append(count);
    const line = await lines.find(({ event, blob }) => event === "rows" && blob === "PT1H.json");
    expect(line["rows"]).toBe(count * 10);
  }
  appendFileSync(path, `,${vnetRecord(1, { mac: "0022486D5B05" })}`);
  await lines.find(({ event, blob }) => event === "rows" && blob === "followed.json");
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect((await rowCount("0022486D5B04")).rows).toBe(40);
  expect((await rowCount("0022486D5B05")).rows).toBe(20);
  await server.close();
});

type Line = Record<string, string | number>;

/** The lines of a follower, each looked at once. */
function readLines(child: ChildProcess) {
  if (!child.stdout) throw new Error("no standard output");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async find(isWanted: (line: Line) => boolean): Promise<Line> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error("the follower has ended");
        const line = JSON.parse(value) as Line;
        if (isWanted(line)) return line;
      }
    },
  };
}
