// How long after Put Block List a block's rows are visible: a blob of the embedded store that grows as Azure's do,
// `nightcap flow-logs follow` in a process of its own, and a query that waits for each block's rows.
//   npm run bench -- flows-follow [BLOCKS]     40 unless told, with a pause of 0.2 to 2.2 s before each
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { createBlockWriter } from "../../test/flowsource/block-writer.ts";
import { account, key, makeCertificate, startBlobServer } from "../../test/storage/blob-server.ts";

const blockCount = Number(process.argv[2] ?? "40");
if (!(blockCount >= 1 && blockCount <= 10_000)) throw new Error("BLOCKS is a number, 1 to 10000");
const mac = "0022486D5B04";
const tuplesPerRecord = 1_000;
const patienceMilliseconds = 60_000;

const root = await mkdtemp(join(tmpdir(), "nightcap-bench-follow-"));
const state = join(root, "state");
const certificate = makeCertificate();
const server = await startBlobServer({ directory: join(root, "store"), certificate });
const engine = await openFlowEngine(
  flowStoreSettings.parse({ directory: join(state, "flows"), idleSeconds: 60 }),
);
try {
  await server.store.createContainer("flows");
  const url = `${server.origin}/${account}/flows`;
  const follower = await startFollower(url);
  const latencies = await measure(url);
  follower.kill("SIGINT");
  await once(follower, "exit");
  report(latencies);
} finally {
  await engine.stop();
  await engine.close();
  await server.close();
  await rm(root, { recursive: true, force: true });
}

async function startFollower(url: string) {
  const [keyFile, caFile] = [join(root, "key"), join(root, "ca.pem")];
  await writeFile(keyFile, key);
  await writeFile(caFile, certificate.certificatePem);
  const program = new URL("../../src/main.ts", import.meta.url).pathname;
  const options = ["--state", state, "--account-key-file", keyFile, "--ca-file", caFile];
  const child = spawn(process.execPath, [program, "flow-logs", "follow", url, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data"); // it says that it follows
  child.stdout.resume();
  return child;
}

async function measure(url: string): Promise<number[]> {
  const options = { mac, tuplesPerRecord, certificateAuthorityPem: certificate.certificatePem };
  const append = createBlockWriter(`${url}/PT1H.json`, options);
  const latencies: number[] = [];
  for (let block = 1; block <= blockCount; block++) {
    await sleep(200 + Math.random() * 2_000);
    await append(1);
    const began = performance.now();
    await waitForRows(engine, block * tuplesPerRecord);
    latencies.push(performance.now() - began);
  }
  return latencies;
}

async function waitForRows(from: FlowEngine, wanted: number): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  for (;;) {
    const [row] = await from.rows<{ rows: number }>({
      sql: "SELECT toUInt32(count()) AS rows FROM flow WHERE macAddress = {mac:String}",
      parameters: { mac },
    });
    if ((row?.rows ?? 0) > wanted) throw new Error(`${row?.rows} rows, expected ${wanted}`);
    if (row?.rows === wanted) return;
    if (performance.now() > deadline) throw new Error(`no ${wanted} rows after a minute`);
    await sleep(10);
  }
}

function report(latencies: readonly number[]): void {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share: number): string =>
    ((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN) / 1_000).toFixed(2);
  process.stdout.write(
    `Put Block List to row visible, ${sorted.length} blocks of ${tuplesPerRecord} tuples: p50 ${at(0.5)} s, p95 ${at(0.95)} s, highest ${at(1)} s (goal: p95 under 5 s)\n`,
  );
}
