// What it costs to keep which process owns which socket, and how many short-lived sockets get an owner.
//   npm run bench -- owners [MILLISECONDS-BETWEEN-SHORT-CONNECTIONS]
// Needs root; makes its own network namespaces and removes them.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { readOwners } from "../src/inspection/change/socket-owner.ts";
import { type OwnerWatch, startOwnerWatch } from "../src/owner/owner-watch.ts";
import { ownerSettings } from "../src/owner/settings.ts";
import { openTestBed, type TestBed } from "../test/bed/bed.ts";

const everyMilliseconds = Number(process.argv[2] ?? 10);
const measureMilliseconds = 15_000;
const settleMilliseconds = 3_000;
const shortCount = 500;

const server = `
  require("node:net").createServer({ backlog: 4096 }, (socket) => {
    socket.on("error", () => {}).on("end", () => socket.end()).resume();
  }).listen({ port: Number(process.argv[1]), host: "192.0.2.20", backlog: 4096 }, () => console.log("ready"));
`;
const idleClients = `
  const { connect } = require("node:net");
  const [count, port] = process.argv.slice(1).map(Number);
  let open = 0;
  const next = (at) => {
    if (at >= count) return;
    connect({ port, host: "192.0.2.20" }, () => {
      if (++open === count) console.log("ready");
      next(at + 50);
    }).on("error", (error) => { console.error(error.message); process.exit(1); });
  };
  for (let at = 0; at < Math.min(50, count); at++) next(at);
`;
/** Each connection is open for as long as the third argument says. */
const shortClients = `
  const { connect } = require("node:net");
  const [count, every, open] = process.argv.slice(1).map(Number);
  let begun = 0;
  let ended = 0;
  const timer = setInterval(() => {
    if (++begun >= count) clearInterval(timer);
    const socket = connect(7000, "192.0.2.20", () => setTimeout(() => socket.end("hello"), open));
    socket.on("error", () => {}).on("close", () => { if (++ended === count) console.log("done"); }).resume();
  }, every);
  setInterval(() => {}, 1000);
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("expected a pipe");
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return line;
}

const node = (bed: TestBed, host: "vm" | "client", script: string, ...args: string[]) =>
  bed.spawn(host, process.execPath, ["-e", script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });

const watchOf = (bed: TestBed): Promise<OwnerWatch> =>
  startOwnerWatch({
    networkNamespace: bed.netnsName("vm"),
    settings: ownerSettings.parse({}),
  });

/** Of the watch's own thread, which is all that it costs. */
const cpuOf = (watch: OwnerWatch): number => watch.report()?.counters.cpuMilliseconds ?? 0;

async function measureIdle(bed: TestBed, socketCount: number, isBusy: boolean): Promise<void> {
  const watch = await watchOf(bed);
  watch.setBusy(isBusy);
  await sleep(settleMilliseconds);
  const before = { cpu: cpuOf(watch), ...watch.report()?.counters };
  await sleep(measureMilliseconds);
  const after = { cpu: cpuOf(watch), ...watch.report()?.counters };
  const percent = ((after.cpu - before.cpu) / measureMilliseconds) * 100;
  const scans = (after.scansTotal ?? 0) - (before.scansTotal ?? 0);
  const delayed = (after.scansDelayedTotal ?? 0) - (before.scansDelayedTotal ?? 0);
  const each = (after.cpu - before.cpu) / Math.max(1, scans);
  say(
    `${String(socketCount).padStart(6)} sockets, ${isBusy ? "a capture runs" : "at rest       "}: ${percent.toFixed(2)} % of a processor, ${scans} looks in ${measureMilliseconds / 1_000} s (${delayed} put off), ${each.toFixed(2)} ms each, ${watch.report()?.liveCount} sockets followed`,
  );
  await watch.close();
}

async function measureShort(bed: TestBed, openMilliseconds: number, what: string): Promise<void> {
  const watch = await watchOf(bed);
  watch.setBusy(true);
  await sleep(1_000);
  const from = Date.now();
  const cpuBefore = cpuOf(watch);
  const client = node(
    bed,
    "vm",
    shortClients,
    ...[shortCount, everyMilliseconds, openMilliseconds].map(String),
  );
  await firstLine(client);
  const seconds = (Date.now() - from) / 1_000;
  await sleep(1_500);
  const percent = (cpuOf(watch) - cpuBefore) / (seconds * 10);
  const bytes = await watch.linesOf({ from, to: Date.now() });
  async function* lines(): AsyncGenerator<Uint8Array> {
    if (bytes) yield bytes;
  }
  const { owners, summary } = await readOwners(lines());
  const seen = owners.filter(({ remotePort }) => remotePort === 7_000);
  const owned = seen.filter(({ pid }) => pid === client.pid);
  const missed = summary?.missedSockets ?? 0;
  const share = (count: number): string => `${((count / shortCount) * 100).toFixed(1)} %`;
  say(
    `open ${String(openMilliseconds).padStart(3)} ms, ${what}: ${share(owned.length)} with their process, ${share(seen.length - owned.length)} with their user only, ${share(missed)} missed (${seen.length} + ${missed} = ${shortCount}: ${seen.length + missed === shortCount}), ${percent.toFixed(1)} % of a processor`,
  );
  client.kill("SIGKILL");
  await watch.close();
}

const bed = await openTestBed();
try {
  await bed.exec("vm", "sysctl", ["-qw", "net.ipv4.ip_local_port_range=10000 65000"]);
  // A process may open only so many files.
  const ports = [7_000, 7_001, 7_002, 7_003];
  await Promise.all(ports.map((port) => firstLine(node(bed, "client", server, String(port)))));
  await measureIdle(bed, 0, false);
  for (const count of [1_000, 20_000]) {
    const clients = ports.map((port) =>
      node(bed, "vm", idleClients, String(count / ports.length), String(port)),
    );
    await Promise.all(clients.map(firstLine));
    for (const isBusy of [false, true]) await measureIdle(bed, count, isBusy);
    const exits = clients.map((client) => once(client, "exit"));
    for (const client of clients) client.kill("SIGKILL");
    await Promise.all(exits);
    await sleep(2_000);
  }
  for (const open of [0, 20, 200]) await measureShort(bed, open, "no connection tracking");
  const rules =
    "table inet track { chain out { type filter hook output priority 0; ct state new counter; }; }";
  await bed.exec("vm", "nft", ["-f", "-"], { input: rules });
  for (const open of [0, 20, 200]) await measureShort(bed, open, "connection tracking");
} finally {
  await bed.close();
}
