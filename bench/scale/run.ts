// How the REST edge answers over a large store: 10,000 packet captures and 1,000 hosts.
//   npm run bench -- scale [--captures N] [--hosts N]
// A real control plane in a process of its own, on loopback; no host is connected.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  type ControlPlaneClient,
  openControlPlaneClient,
} from "../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { freePort } from "../../test/e2e/free-port.ts";
import { startNightcap } from "../../test/e2e/processes.ts";
import { populate } from "./populate.ts";

const roundCount = 15;
/** What a person does not wait for. */
const interactiveMilliseconds = 300;
const restSeconds = 10;
const clockTicksPerSecond = 100;

const { values } = parseArgs({
  options: {
    captures: { type: "string", default: "10000" },
    hosts: { type: "string", default: "1000" },
  },
});

const directory = await mkdtemp(join(tmpdir(), "nightcap-scale-"));
try {
  await main();
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const state = join(directory, "server");
  const settings = join(directory, "settings.json");
  await writeFile(settings, JSON.stringify({ port: await freePort(), sessionCountMax: 10_000 }));
  const log = join(directory, "server.log");
  const start = () => startNightcap(["server", "--state", state, "--settings", settings], log);
  await (await start()).kill("SIGTERM");
  const { subscriptionId } = await readCredentials(state);
  const population = {
    subscription: `/subscriptions/${subscriptionId}`,
    hostCount: Number(values.hosts),
    captureCount: Number(values.captures),
    activeCount: 100,
  };
  const [host] = await timed("filling the store", () =>
    populate(join(state, "nightcap.db"), population),
  );
  const server = await timed("start of the control plane", start);
  const client = await openControlPlaneClient(await readCredentials(state));
  await report(client, { machineId: host?.machineId ?? "", ...population });
  await reportRest(server.pid);
  await server.kill("SIGTERM");
}

interface Place {
  machineId: string;
  subscription: string;
}

async function report(client: ControlPlaneClient, place: Place): Promise<void> {
  say(`${"request".padEnd(44)} median ms  greatest ms`);
  for (const [name, request] of requests(client, place)) {
    const times: number[] = [];
    for (let round = 0; round < roundCount; round++) {
      const begun = performance.now();
      await request(round);
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    const [median = 0, greatest = 0] = [times[roundCount >> 1], times.at(-1)];
    const slow = median > interactiveMilliseconds ? "  slow" : "";
    say(`${name.padEnd(44)} ${cell(median)} ${cell(greatest)}${slow}`);
  }
}

function requests(
  client: ControlPlaneClient,
  { machineId, subscription }: Place,
): [string, (round: number) => Promise<unknown>][] {
  const watcher = `${subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_local`;
  const captures = `${watcher}/packetCaptures`;
  const get = (path: string) => () => client.request("GET", path);
  const make = (name: string) =>
    client.request("PUT", `${captures}/${name}`, {
      properties: { target: machineId, storageLocation: { filePath: `/var/captures/${name}.cap` } },
    });
  const machines = `${subscription}/providers/Microsoft.Compute/virtualMachines`;
  return [
    ["captures: a page of 1,000", get(captures)],
    ["captures: a page of 100", get(`${captures}?$top=100&api-version=2024-05-01`)],
    ["captures: every page", () => everyPage(client, captures)],
    ["capture: show", (round) => client.request("GET", `${captures}/capture-00${5_000 + round}`)],
    [
      "capture: queryStatus",
      (round) => client.request("POST", `${captures}/capture-00${5_000 + round}/queryStatus`),
    ],
    ["capture: create", (round) => make(`made-${round}`)],
    ["capture: stop", (round) => client.request("POST", `${captures}/made-${round}/stop`)],
    ["capture: delete", (round) => client.request("DELETE", `${captures}/made-${round}`)],
    [
      "capture: ten creates at once",
      (round) => Promise.all(Array.from({ length: 10 }, (_, one) => make(`ten-${round}-${one}`))),
    ],
    [
      "network watchers of the subscription",
      get(`${subscription}/providers/Microsoft.Network/networkWatchers`),
    ],
    ["virtual machines: a page of 1,000", get(machines)],
    ["virtual machine: show", get(machineId)],
    [
      "network interfaces: a page of 1,000",
      get(`${subscription}/providers/Microsoft.Network/networkInterfaces`),
    ],
    [
      "metric alerts of the subscription (none)",
      get(`${subscription}/providers/Microsoft.Insights/metricAlerts`),
    ],
    ["resource list: a page", get(`${subscription}/resources`)],
    ["resource list: every page", () => everyPage(client, `${subscription}/resources`)],
    ["resource groups", get(`${subscription}/resourceGroups`)],
  ];
}

async function everyPage(client: ControlPlaneClient, first: string): Promise<void> {
  for (let next: string | null = first; next !== null;) {
    const page = (await client.request("GET", next)) as { nextLink?: string };
    const url: URL | null = page.nextLink === undefined ? null : new URL(page.nextLink);
    next = url && url.pathname + url.search;
  }
}

/** What the control plane costs when nobody asks anything. */
async function reportRest(pid: number): Promise<void> {
  const before = await ticks(pid);
  await sleep(restSeconds * 1_000);
  const share = ((await ticks(pid)) - before) / clockTicksPerSecond / restSeconds;
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  say(`at rest: ${(share * 100).toFixed(1)} % of a core, ${(kilobytes / 1_024).toFixed(0)} MB`);
}

async function ticks(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const begun = performance.now();
  const result = await work();
  say(`${what}: ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  return result;
}

function cell(value: number): string {
  return value.toFixed(1).padStart(9);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
