// How long an alert takes to become packets, and what the agent costs.
//   npm run bench -- loop
// Needs root and iperf3; makes its own network namespaces and removes them.
import { join } from "node:path";
import { createReadStream } from "node:fs";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { getCapture } from "../src/cli/capture-resources.ts";
import { inspect } from "../src/inspection/inspect.ts";
import { openTestBed, type TestBed } from "../test/bed/bed.ts";
import { download } from "../test/e2e/download.ts";
import { type Installation, openInstallation } from "../test/e2e/installation.ts";
import { callResponder, finishedCapture, legacyAlert, report } from "./installation-cost.ts";

const alertCount = 20;
const restSeconds = 20;
const loadSeconds = 20;
const loadPacketsPerSecond = 50_000;
const payloadSizeBytes = 64;

/** One packet a millisecond, so that the first one captured is at most that late. */
const tickerScript = `
  const { createSocket } = require("node:dgram");
  const socket = createSocket("udp4");
  const data = Buffer.alloc(100);
  let sent = 0;
  const begin = performance.now();
  setInterval(() => { for (; sent < performance.now() - begin; sent++) socket.send(data, 9, process.argv[1]); }, 1);
`;

const bed = await openTestBed();
const installation = await openInstallation(bed, { captureSeconds: 1 });
try {
  process.stdout.write("at rest (one host, one sample a second)\n");
  await report(installation, restSeconds);
  const latencies = await alertToPacket(bed, installation);
  const sorted = latencies.toSorted((a, b) => a - b);
  const middle = (sorted[alertCount / 2 - 1] ?? 0) / 2 + (sorted[alertCount / 2] ?? 0) / 2;
  process.stdout.write(
    `alert call to first captured packet, ${alertCount} alerts: median ${middle.toFixed(1)} ms, least ${sorted[0]?.toFixed(1)} ms, greatest ${sorted.at(-1)?.toFixed(1)} ms\n`,
  );
  await underLoad(bed, installation);
} finally {
  await installation.close();
  await bed.close();
}

async function alertToPacket(
  testBed: TestBed,
  { client, machineId }: Installation,
): Promise<number[]> {
  const [target = ""] = testBed.addresses("internet").ipv4;
  const ticker = testBed.spawn("vm", process.execPath, ["-e", tickerScript, target], {
    stdio: "ignore",
  });
  await sleep(500);
  const latencies: number[] = [];
  for (let number = 0; number < alertCount; number++) {
    const calledAt = Date.now();
    const jobId = await callResponder(
      installation,
      legacyAlert(machineId, `bench-${number}`, calledAt),
    );
    const name = await finishedCapture(installation, jobId);
    const path = join(testBed.directory, `${number}.cap`);
    await download(installation, await getCapture(client, name), path);
    const { file } = await inspect(createReadStream(path));
    latencies.push(Number(BigInt(file.firstTime ?? 0) / 1_000n) / 1_000 - calledAt);
  }
  ticker.kill("SIGKILL");
  return latencies;
}

async function underLoad(testBed: TestBed, { client, machineId }: Installation): Promise<void> {
  const server = await testBed.startServer("iperf3", "internet");
  const bitsPerSecond = loadPacketsPerSecond * payloadSizeBytes * 8;
  const args = [
    "-u",
    "-l",
    String(payloadSizeBytes),
    "-b",
    String(bitsPerSecond),
    "-t",
    String(3 * loadSeconds),
    "-c",
    server.address,
  ];
  testBed.spawn("vm", "iperf3", args, { stdio: "ignore" });
  await sleep(2_000);
  process.stdout.write(
    `${loadPacketsPerSecond} packets a second of ${payloadSizeBytes} B go by, nothing is recorded\n`,
  );
  await report(installation, loadSeconds);
  const name = `bench-${randomUUID().slice(0, 8)}`;
  const { subscription, credentials } = client;
  const watcher = `${subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_${credentials.location}`;
  await client.request("PUT", `${watcher}/packetCaptures/${name}`, {
    properties: {
      target: machineId,
      timeLimitInSeconds: loadSeconds + 5,
      bytesToCapturePerPacket: 128,
      storageLocation: {
        storageId: `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Storage/storageAccounts/nightcapstore`,
      },
    },
  });
  await sleep(2_000);
  process.stdout.write("the same, recorded with 128 bytes of each packet\n");
  await report(installation, loadSeconds);
  for (;;) {
    const { nightcap } = (await getCapture(client, name)).properties;
    if (nightcap?.phase === "finished") {
      const seconds = loadSeconds + 5;
      const rate = Math.round((nightcap.packets ?? 0) / seconds);
      process.stdout.write(
        `recorded ${nightcap.packets} packets in ${seconds} s (${rate} a second), dropped ${nightcap.packetsDropped}\n`,
      );
      return;
    }
    await sleep(500);
  }
}
