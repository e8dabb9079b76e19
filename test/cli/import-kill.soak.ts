// An importer that is killed with SIGKILL again and again, by blobs large and small: each row once. A part of
// `npm run test:soak`; `npm test` kills importers in test/e2e/flow-kill.test.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { vnetLog } from "../flowsource/vnet-log.ts";
import { runNightcap } from "./run-nightcap.ts";

const root = mkdtempSync(join(tmpdir(), "nightcap-import-kill-"));
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

test("an importer that is killed again and again leaves each row once", async () => {
  const mac = "0022486D5B01";
  const shape = { mac, tuplesPerRecord: 2_000 };
  const folder = join(root, "killed");
  mkdirSync(folder);
  for (let file = 0; file < 4; file++)
    writeFileSync(join(folder, `${file}.json`), vnetLog(file * 20, file * 20 + 20, shape));
  let killCount = 0;
  for (let round = 0; round < 3; round++) {
    const { rows } = await rowCount(mac);
    const child = start("import", folder);
    const ended = exitOf(child);
    // Once right after new rows have come, once shortly before: the moments around an insert.
    const wanted = round % 2 === 0 ? rows + 1 : 0;
    const isEnded = { now: false };
    void ended.then(() => (isEnded.now = true));
    while (!isEnded.now && (await rowCount(mac)).rows < wanted) await sleep(10);
    if (wanted === 0) await Promise.race([ended, sleep(150 + round * 140)]);
    if (child.kill("SIGKILL")) killCount++;
    await ended;
  }
  const { code, stdout } = await runNightcap(
    "flow-logs",
    "import",
    folder,
    "--json",
    "--state",
    state,
  );
  expect({ code, killed: killCount >= 2 }).toEqual({ code: 0, killed: true });
  expect(JSON.parse(stdout)).toMatchObject({
    blobs: 4,
    tuples: 160_000,
    malformed: 0,
    failures: [],
  });
  const bytes = (4 * 20 * (1_999 * 2_000)) / 2;
  expect(await rowCount(mac)).toEqual({ rows: 160_000, bytes });
}, 120_000);

test("an importer of many small blobs that is killed again and again leaves each row once", async () => {
  const mac = "0022486D5D0";
  const [fileCount, tuplesPerRecord] = [160, 20];
  for (let file = 0; file < fileCount; file++) {
    const folder = join(root, "small", String(file));
    mkdirSync(folder, { recursive: true });
    const shape = { mac: `${mac}${file % 10}`, tuplesPerRecord };
    writeFileSync(join(folder, "PT1H.json"), vnetLog(file, file + 1, shape));
  }
  const count = async () => {
    const [found] = await engine.rows<{ rows: number; bytes: number }>({
      sql: `SELECT toUInt32(count()) AS rows, toFloat64(sum(bytesToSource)) AS bytes
            FROM flow WHERE macAddress BETWEEN '${mac}0' AND '${mac}9'`,
    });
    return found ?? { rows: 0, bytes: 0 };
  };
  let killCount = 0;
  for (let round = 0; round < 3; round++) {
    const { rows } = await count();
    const child = start("import", join(root, "small"));
    const ended = exitOf(child);
    // Right after new rows have come, and at moments around the claims before them.
    if (round % 2 === 0)
      while (child.exitCode === null && (await count()).rows === rows) await sleep(10);
    else await Promise.race([ended, sleep(250 + round * 90)]);
    if (child.kill("SIGKILL")) killCount++;
    await ended;
  }
  const found = await runNightcap(
    "flow-logs",
    "import",
    join(root, "small"),
    "--json",
    "--state",
    state,
  );
  expect({ code: found.code, killed: killCount >= 2 }).toEqual({ code: 0, killed: true });
  expect(JSON.parse(found.stdout)).toMatchObject({ blobs: fileCount, failures: [], malformed: 0 });
  const bytes = (fileCount * (tuplesPerRecord - 1) * tuplesPerRecord) / 2;
  expect(await count()).toEqual({ rows: fileCount * tuplesPerRecord, bytes });
}, 120_000);
