// How exact look-back is and what the flight recorder costs: at 50,000 numbered packets a second the window
// that was asked against the one that was got, from an alert's call to the held ring, and from a window's end to
// a stored and inspected capture of 1 GiB.
//   npm run bench -- flight-recorder [exact] [alerts] [large] [rate] [holds] [SECONDS]
// `rate` and `holds`: two alerts, or captures, a second on one host for two minutes; only when named.
//   npm run bench -- flight-recorder budget      with the settings that a host has unless told: CPU, memory, disk
// Needs root and iperf3, 1.5 GB of memory and 5 GB of disk; makes its own network namespaces and removes them.
import { createReadStream, readdirSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getCapture, type PacketCapture } from "../src/cli/capture-resources.ts";
import { PacketCursor } from "../src/inspection/tools/packet-cursor.ts";
import { openTestBed } from "../test/bed/bed.ts";
import { download } from "../test/e2e/download.ts";
import { openInstallation } from "../test/e2e/installation.ts";
import { measureBudget } from "./flight-budget.ts";
import { measureAlertRate, measureHoldRate } from "./flight-rate.ts";
import { callResponder, finishedCapture, legacyAlert, report } from "./installation-cost.ts";

const packetsPerSecond = 50_000;
const payloadSizeBytes = 64;
const load = { packetsPerSecond, payloadSizeBytes };
const beforeSeconds = 10;
const afterSeconds = 5;
const costSeconds = 10;
const alertCount = 50;
const largeBytes = 2 ** 30;
/** iperf3's UDP packets: seconds, microseconds, and the number, each 32 bits, in the network's order. */
const numberOffset = 14 + 20 + 8 + 8;

const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
const isBudget = wanted.includes("budget");
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const ring = `/dev/shm/nightcap-bench-${process.pid}`;
await mkdir(ring, { recursive: true });
const bed = await openTestBed();
const installation = await openInstallation(bed, {
  captureSeconds: 1,
  serverSettings: { lookBackSeconds: 5 },
  flightRecorder: {
    directory: ring,
    ...(isBudget ? {} : { sizeBytesMax: 2 ** 28, heldSizeBytesMax: 2 ** 28, snapLengthBytes: 128 }),
  },
});
const { client, machineId } = installation;
try {
  if (isBudget) await measureBudget({ bed, installation, ring, ...load, create, ended, say });
  if (isWanted("exact")) await measureExactness();
  if (isWanted("alerts")) await measureAlerts();
  if (isWanted("large")) await measureLarge();
  const [seconds] = wanted.flatMap((word) => (/^\d+$/.test(word) ? [Number(word)] : []));
  const parts = { seconds, bed, installation, pathOf, say };
  if (wanted.includes("rate")) await measureAlertRate(parts);
  if (wanted.includes("holds")) await measureHoldRate(parts);
} finally {
  await installation.close();
  await bed.close();
  await rm(ring, { recursive: true, force: true });
}

async function measureExactness(): Promise<void> {
  say("at rest, the ring on");
  await report(installation, costSeconds, ring);
  const server = await bed.startServer("iperf3", "internet");
  const rate = String(packetsPerSecond * payloadSizeBytes * 8);
  const words = [
    "-u",
    "-l",
    String(payloadSizeBytes),
    "-b",
    rate,
    "-t",
    "60",
    "-c",
    server.address,
  ];
  const sender = bed.spawn("vm", "iperf3", words, { stdio: "ignore" });
  await sleep(3_000);
  say(`${packetsPerSecond} packets a second, the ring on`);
  await report(installation, costSeconds, ring);
  say(`  ring     ${(sizeBelow(ring) / 2 ** 20).toFixed(0)} MiB`);
  const moment = Date.now();
  await create("exact", {
    timeLimitInSeconds: afterSeconds,
    lookBackInSeconds: beforeSeconds,
    lookBackFrom: new Date(moment).toISOString(),
    filters: [{ protocol: "UDP", remoteIPAddress: server.address }],
  });
  say(`${beforeSeconds} s before and ${afterSeconds} s after, during hold, cut and recording`);
  await report(installation, afterSeconds, ring);
  const capture = await ended("exact");
  sender.kill("SIGKILL");
  await server.close();
  const path = join(bed.directory, "exact.cap");
  await download(installation, capture, path);
  await compare(path, capture, moment);
}

/** The file's numbers against the window. */
async function compare(path: string, capture: PacketCapture, moment: number): Promise<void> {
  const cursor = new PacketCursor(createReadStream(path, { highWaterMark: 1 << 20 }));
  const numbers: number[] = [];
  let first = 0;
  let last = 0;
  while (cursor.next() || (await cursor.fill())) {
    const { bytes, offset, capturedLength, seconds, nanoseconds } = cursor.packet;
    if (capturedLength < numberOffset + 4) continue;
    const at = new DataView(bytes.buffer, bytes.byteOffset + offset);
    last = seconds * 1_000 + nanoseconds / 1e6;
    first ||= last;
    const number = at.getUint32(numberOffset);
    const expected = (numbers.at(-1) ?? number - 1) + 1;
    if (number !== expected) {
      say(
        `  at ${((last - moment) / 1_000).toFixed(6)} s number ${number} comes after ${expected - 1}`,
      );
    }
    numbers.push(number);
  }
  const least = numbers.reduce((one, other) => Math.min(one, other), Infinity);
  const greatest = numbers.reduce((one, other) => Math.max(one, other), 0);
  const distinct = new Set(numbers).size;
  const { coverage } = await shown(capture.name);
  const startedAt = Date.parse(coverage.ring.heldAt);
  say(`window: ${numbers.length} packets in ${((last - first) / 1_000).toFixed(3)} s`);
  say(
    `  first    ${((first - (moment - beforeSeconds * 1_000)) * 1_000).toFixed(0)} us after the window's beginning`,
  );
  say(
    `  last     ${((last - moment) / 1_000).toFixed(3)} s after the moment; the host was asked ${startedAt - moment} ms after it`,
  );
  say(`  gaps     ${greatest - least + 1 - distinct}`);
  say(`  twice    ${numbers.length - distinct}`);
  say(
    `  hold     ${coverage.ring.holdMilliseconds.toFixed(2)} ms, ${coverage.ring.heldFiles} files, ${(coverage.ring.heldBytes / 2 ** 20).toFixed(0)} MiB`,
  );
  say(`  cut      ${coverage.ring.cutMilliseconds.toFixed(0)} ms, while the recording ran`);
  for (const { code, message } of coverage.warnings) say(`  warning  ${code}: ${message}`);
}

async function measureAlerts(): Promise<void> {
  const latencies: number[] = [];
  // The first loads Azure's SDKs and is told apart.
  for (let number = 0; number <= alertCount; number++) {
    const calledAt = Date.now();
    const alert = legacyAlert(machineId, `bench-${number}`, calledAt);
    const jobId = await callResponder(installation, alert);
    const { coverage } = await shown(await finishedCapture(installation, jobId));
    const { heldAt, holdMilliseconds } = coverage.ring;
    latencies.push(Date.parse(heldAt) + holdMilliseconds - calledAt);
  }
  const first = latencies.shift() ?? 0;
  const sorted = latencies.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1);
  say(
    `alert call to held ring, ${alertCount} alerts: median ${at(0.5)} ms, p99 ${at(0.99)} ms; the first of all ${first.toFixed(1)} ms`,
  );
}

async function measureLarge(): Promise<void> {
  const server = await bed.startServer("iperf3", "internet");
  const words = ["-t", "60", "-b", "4G", "-c", server.address];
  const sender = bed.spawn("vm", "iperf3", words, { stdio: "ignore" });
  await sleep(2_000);
  await create("large", {
    totalBytesPerSession: largeBytes,
    lookBackInSeconds: 2,
    timeLimitInSeconds: 60,
  });
  await untilRecorded("large");
  sender.kill("SIGKILL");
  await server.close();
  const capture = await ended("large");
  const now = Date.now();
  const { coverage, sizeBytes } = await shown(capture.name);
  const endedAt = Date.parse(coverage.ring.heldAt) + coverage.got.afterSeconds * 1_000;
  const seconds = ((now - endedAt) / 1_000).toFixed(1);
  say(
    `window's end to stored and inspected, ${(sizeBytes / 2 ** 20).toFixed(0)} MiB: ${seconds} s`,
  );
}

interface Shown {
  sizeBytes: number;
  coverage: {
    got: { afterSeconds: number };
    ring: {
      heldAt: string;
      holdMilliseconds: number;
      heldFiles: number;
      heldBytes: number;
      cutMilliseconds: number;
    };
    warnings: { code: string; message: string }[];
  };
}

function pathOf(name: string): string {
  const { subscription, credentials } = client;
  const watcher = `${subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_${credentials.location}`;
  return `${watcher}/packetCaptures/${name}`;
}

async function shown(name: string): Promise<Shown> {
  const answer = (await client.request("GET", pathOf(name))) as { properties: { nightcap: Shown } };
  return answer.properties.nightcap;
}

async function create(name: string, properties: object): Promise<void> {
  const { subscription, credentials } = client;
  const storageId = `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Storage/storageAccounts/nightcapstore`;
  await client.request("PUT", pathOf(name), {
    properties: { target: machineId, storageLocation: { storageId }, ...properties },
  });
}

/** The traffic ends with the window: what follows is about the file. */
async function untilRecorded(name: string): Promise<void> {
  for (;;) {
    const { nightcap } = (await getCapture(client, name)).properties;
    if (nightcap?.phase !== "waiting" && nightcap?.phase !== "recording") return;
    await sleep(50);
  }
}

/** Once it is stored and inspected; says how long each phase took. */
async function ended(name: string): Promise<PacketCapture> {
  const phases: string[] = [];
  let phase = "";
  let since = Date.now();
  for (;;) {
    const capture = await getCapture(client, name);
    const { nightcap } = capture.properties;
    const isOver = Boolean(nightcap?.report ?? nightcap?.problem);
    const next = isOver ? "over" : (nightcap?.phase ?? "");
    if (next !== phase) {
      if (phase !== "") phases.push(`${phase} ${((Date.now() - since) / 1_000).toFixed(1)} s`);
      phase = next;
      since = Date.now();
    }
    if (isOver) {
      say(`  phases   ${phases.join(", ")}`);
      if (nightcap?.problem) say(`  problem  ${nightcap.problem}`);
      return capture;
    }
    await sleep(50);
  }
}

function sizeBelow(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() ? found.size : 0);
  }, 0);
}
