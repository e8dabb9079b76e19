// Alerts on one host, two a second for two minutes, while its ring takes 10,000 packets a second: how many
// captures storm control makes of them, and the same load without it, as captures that are asked for over ARM.
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlaneClient } from "../src/cli/control-plane-client.ts";
import type { TestBed } from "../test/bed/bed.ts";
import type { Installation } from "../test/e2e/installation.ts";
import { callResponder, legacyAlert } from "./installation-cost.ts";

const packetsPerSecond = 10_000;
const payloadSizeBytes = 64;
const intervalMilliseconds = 500;
const secondsDefault = 120;
const settleMillisecondsMax = 120_000;

interface Shown {
  phase: string;
  packetsDropped: number | null;
  coverage?: {
    ring: { heldAt: string; holdMilliseconds: number; cutMilliseconds: number } | null;
    warnings: { code: string }[];
  } | null;
}

interface Parts {
  /** How long; two minutes unless told. */
  seconds?: number | undefined;
  bed: TestBed;
  installation: Installation;
  pathOf: (name: string) => string;
  say: (text: string) => void;
}

/** By alerts, through the responder's door. */
export async function measureAlertRate(parts: Parts): Promise<void> {
  const { installation, say } = parts;
  const { client, machineId } = installation;
  const calledAt = new Map<string, number>();
  const answered: number[] = [];
  const stop = await sendBeside(parts);
  const count = await everyInterval(parts, async (number) => {
    const now = Date.now();
    const jobId = await callResponder(installation, legacyAlert(machineId, `rate-${number}`, now));
    calledAt.set(jobId, now);
    answered.push(Date.now() - now);
  });
  await stop();
  const made = await settled(client, async () => (await namesOf(parts)).filter(isRate), parts);
  const told = installation.received.map(({ body }) => body);
  const asked = new Map<string, number>();
  for (const body of told) {
    const jobId = [...calledAt.keys()].find((id) => String(body["notificationId"]).startsWith(id));
    const name = (body["capture"] as { name: string } | null)?.name;
    const at = jobId === undefined ? undefined : calledAt.get(jobId);
    if (name === undefined || at === undefined) continue;
    asked.set(name, Math.min(at, asked.get(name) ?? Infinity));
  }
  say(`${count} alerts on one host, ${1_000 / intervalMilliseconds} a second`);
  say(`  until 202: ${spread(answered)}`);
  say(`  incidents: ${await accountsOf(client)}`);
  describe(made, (name) => asked.get(name) ?? null, say);
}

const isRate = (name: string): boolean => name.startsWith("alert-rate-");

/** By captures that are asked for one by one: each has a hold and a cut of its own. */
export async function measureHoldRate(parts: Parts): Promise<void> {
  const { say, installation, pathOf } = parts;
  const { client, machineId } = installation;
  const { subscription, credentials } = client;
  const storageId = `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Storage/storageAccounts/nightcapstore`;
  const asked = new Map<string, number>();
  let refused = 0;
  const stop = await sendBeside(parts);
  const count = await everyInterval(parts, async (number) => {
    const name = `held-${number}`;
    asked.set(name, Date.now());
    const properties = { target: machineId, storageLocation: { storageId } };
    const window = { timeLimitInSeconds: 1, lookBackInSeconds: 5 };
    await client
      .request("PUT", pathOf(name), { properties: { ...properties, ...window } })
      .catch(() => {
        refused++;
        asked.delete(name);
      });
  });
  await stop();
  const made = await settled(client, async () => [...asked.keys()], parts);
  say(
    `${count} captures of one host, ${1_000 / intervalMilliseconds} a second, ${refused} refused`,
  );
  describe(made, (name) => asked.get(name) ?? null, say);
}

/** Calls overlap when one takes longer than the interval. */
async function everyInterval(
  { seconds = secondsDefault }: Parts,
  work: (number: number) => Promise<void>,
): Promise<number> {
  const count = Math.round((seconds * 1_000) / intervalMilliseconds);
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < count; number++) {
    const due = startedAt + number * intervalMilliseconds;
    await sleep(Math.max(0, due - performance.now()));
    running.push(work(number));
  }
  await Promise.all(running);
  return count;
}

async function sendBeside({ bed }: Parts): Promise<() => Promise<void>> {
  const server = await bed.startServer("iperf3", "internet");
  const rate = String(packetsPerSecond * payloadSizeBytes * 8);
  const length = String(payloadSizeBytes);
  const words = ["-u", "-l", length, "-b", rate, "-t", "600", "-c", server.address];
  const sender = bed.spawn("vm", "iperf3", words, { stdio: "ignore" });
  await sleep(6_000); // the ring holds as much as is looked back
  return async () => {
    sender.kill("SIGKILL");
    await server.close();
  };
}

async function namesOf({ installation, pathOf }: Parts): Promise<string[]> {
  const folder = pathOf("").slice(0, -1);
  const answer = (await installation.client.request("GET", folder)) as {
    value: { name: string }[];
  };
  return answer.value.map(({ name }) => name);
}

/** Every capture with what it shows, once all are over. */
async function settled(
  client: ControlPlaneClient,
  names: () => Promise<string[]>,
  { pathOf }: Parts,
): Promise<Map<string, Shown>> {
  const since = performance.now();
  const done = new Map<string, Shown>();
  for (;;) {
    const all = await names();
    for (const name of all.filter((each) => !done.has(each))) {
      const answer = (await client.request("GET", pathOf(name))) as {
        properties: { nightcap: Shown };
      };
      const { nightcap } = answer.properties;
      if (nightcap.phase === "finished") done.set(name, nightcap);
    }
    const isLate = performance.now() - since > settleMillisecondsMax;
    if (done.size === all.length || isLate) return done;
    await sleep(500);
  }
}

async function accountsOf(client: ControlPlaneClient): Promise<string> {
  const answer = (await client.request("GET", "/nightcap/v1/incidents")) as {
    value: { account: Record<string, number> }[];
  };
  const sums: Record<string, number> = {};
  for (const { account } of answer.value)
    for (const [role, alerts] of Object.entries(account)) sums[role] = (sums[role] ?? 0) + alerts;
  const roles = Object.entries(sums).map(([role, alerts]) => `${role} ${alerts}`);
  return `${answer.value.length}; alerts ${roles.join(", ")}`;
}

function describe(
  made: ReadonlyMap<string, Shown>,
  askedAt: (name: string) => number | null,
  say: (text: string) => void,
): void {
  const shown = [...made.values()];
  const rings = shown.flatMap(({ coverage }) => coverage?.ring ?? []);
  const held = [...made].flatMap(([name, { coverage }]) => {
    const at = askedAt(name);
    const ring = coverage?.ring;
    return at === null || !ring ? [] : [Date.parse(ring.heldAt) + ring.holdMilliseconds - at];
  });
  const codes = new Map<string, number>();
  for (const { coverage } of shown)
    for (const { code } of coverage?.warnings ?? []) codes.set(code, (codes.get(code) ?? 0) + 1);
  const dropped = shown.reduce((sum, { packetsDropped }) => sum + (packetsDropped ?? 0), 0);
  say(`  captures ${made.size}, of them with a held ring ${rings.length}`);
  say(`  asked to held ring: ${spread(held)}`);
  say(`  hold: ${spread(rings.map(({ holdMilliseconds }) => holdMilliseconds))}`);
  say(`  cut:  ${spread(rings.map(({ cutMilliseconds }) => cutMilliseconds))}`);
  say(`  packets dropped by the captures' own recording ${dropped}`);
  const warnings = [...codes].map(([code, captures]) => `${code} ${captures}`).join(", ");
  say(`  warnings ${warnings === "" ? "none" : warnings}`);
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`;
}
