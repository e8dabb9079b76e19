// kill -9 of agent, control plane and dumpcap at random moments of the life of an alert. Whatever is
// killed: each session comes to a true end, each stored file is whole, one notification goes out for
// each alert, and no dumpcap is left.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { getCapture, type PacketCapture, queryStatus } from "../../src/cli/capture-resources.ts";
import { findIncident } from "../../src/cli/drill/incident.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { isProcessAlive } from "../bed/processes.ts";
import { download } from "./download.ts";
import { type Installation, openInstallation, putRule } from "./installation.ts";
import { randomFrom } from "./random.ts";
import { tsharkFields } from "./tshark.ts";

const soakRoundCount = 150;
const roundCount = Number(
  process.env["NIGHTCAP_KILL_ROUNDS"] ??
    (process.env["NIGHTCAP_SOAK"] === "1" ? soakRoundCount : 4),
);
const killsPerRound = 2;
const captureSeconds = 1;
/** A kill falls anywhere from the rule's writing to the notification. */
const killWindowMilliseconds = 3_000;
const roundTimeout = { timeout: 60_000, interval: 50 };
const victims = ["agent", "server", "dumpcap"] as const;
type Victim = (typeof victims)[number];

/** Steady and bounded: every rule fires, whenever it is written. */
const trafficScript = `
  const { createSocket } = require("node:dgram");
  const socket = createSocket("udp4");
  const data = Buffer.alloc(1000, "steady ");
  setInterval(() => { for (let n = 0; n < 10; n++) socket.send(data, 9, process.argv[1]); }, 20);
  setTimeout(() => process.exit(0), 400_000);
`;

const reason = skipReason();
describe.skipIf(reason !== null)(`kill -9${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: TestBed;
  let installation: Installation;
  let ring = "";
  /** By the capture's name: its file's hash when its packets were counted; null without a file. */
  const hashes = new Map<string, string | null>();
  const kills: Record<Victim, number> = { agent: 0, server: 0, dumpcap: 0 };
  const seed = Number(process.env["NIGHTCAP_SEED"] ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);

  beforeAll(async () => {
    bed = await openTestBed();
    ring = join(bed.directory, "ring");
    installation = await openInstallation(bed, {
      captureSeconds,
      flightRecorder: { directory: ring },
    });
    const [target = ""] = bed.addresses("internet").ipv4;
    bed.spawn("vm", process.execPath, ["-e", trafficScript, target], { stdio: "ignore" });
  });
  afterAll(async () => {
    await installation?.close();
    await bed?.close();
  });

  test.each(Array.from({ length: roundCount }, (_, round) => round + 1))(
    `round %i of ${roundCount} ends with one whole capture and one notification (seed ${seed})`,
    async (round) => {
      const name = `kill-${round}`;
      const rule = await putRule(installation, { name, thresholdBytes: 10_000 });
      const moments = Array.from(
        { length: killsPerRound },
        () => random() * killWindowMilliseconds,
      );
      const steps = moments
        .toSorted((a, b) => a - b)
        .map((at) => ({ at, victim: victims[Math.floor(random() * victims.length)] ?? "agent" }));
      let waited = 0;
      for (const { at, victim } of steps) {
        await sleep(at - waited);
        waited = at;
        kills[await kill(installation, victim, ring)]++;
      }
      await vi.waitFor(() => expect(notificationsOf(name)).toHaveLength(1), roundTimeout);
      const told = notificationsOf(name)[0]?.body ?? {};
      const capture = told["capture"] as { name: string };
      const ended = await expectTrueEnd(installation, bed, capture.name);
      if (ended) await expectAllPackets(bed, ended);
      hashes.set(capture.name, ended?.properties.nightcap?.sha256 ?? null);
      // The rule fired once, and has not been answered twice.
      expect(await findIncident(installation.client, rule.ruleId)).toMatchObject({
        job: { captureName: capture.name },
      });
      await rule.remove();
    },
    120_000,
  );

  test("after all of it every capture is still there, whole, and every alert was told once", async () => {
    const posted = installation.received.filter(({ path }) => path === "/notification").length;
    const told = `${posted} notifications posted for ${roundCount} alerts`;
    process.stdout.write(`killed: ${JSON.stringify(kills)}, ${told}, seed ${seed}\n`);
    expect(kills.agent + kills.server + kills.dumpcap).toBe(roundCount * killsPerRound);
    expect(hashes.size).toBe(roundCount);
    for (const [name, hash] of hashes) {
      const ended = await expectTrueEnd(installation, bed, name);
      expect(ended?.properties.nightcap?.sha256 ?? null).toBe(hash);
    }
    const ids = installation.received
      .filter(({ path }) => path === "/notification")
      .map(({ headers }) => headers["x-nightcap-notification-id"]);
    expect(new Set(ids).size).toBe(roundCount);
    expect(dumpcapsBelow(installation.directory)).toEqual([]);
  }, 60_000);

  /** By alert; a notification that a crash made go out twice has one id, by which receivers drop it. */
  const notificationsOf = (name: string) => {
    const all = installation.received.filter(
      ({ path, body }) =>
        path === "/notification" && (body["alert"] as { ruleName: string }).ruleName === name,
    );
    return [
      ...new Map(all.map((one) => [one.headers["x-nightcap-notification-id"], one])).values(),
    ];
  };
});

/** A true end: stopped, or failed with the reason, which gives null; and the file, where there is one, has its hash. */
async function expectTrueEnd(
  installation: Installation,
  bed: TestBed,
  name: string,
): Promise<PacketCapture | null> {
  const status = await queryStatus(installation.client, name);
  expect(["Stopped", "Error"]).toContain(status.packetCaptureStatus);
  const capture = await getCapture(installation.client, name);
  const { sha256, packets, phase } = capture.properties.nightcap ?? {};
  expect(phase).toBe("finished");
  if (sha256 == null) {
    expect(status.packetCaptureError).not.toEqual([]);
    return null;
  }
  await expectHash(installation, bed, capture);
  expectLookedBack(capture);
  if (packets === 0) expectSaidWhy(capture, status);
  return capture;
}

/**
 * A recorder that is killed before its first write leaves nothing, and the agent may be back after the
 * session's time only. The traffic never rests, so what is said to be covered has packets.
 */
function expectSaidWhy(
  { properties }: PacketCapture,
  { packetCaptureError }: Awaited<ReturnType<typeof queryStatus>>,
): void {
  const { coverage } = properties.nightcap ?? {};
  expect(packetCaptureError).not.toEqual([]);
  expect(coverage?.warnings.map(({ code }) => code)).toContain("RecordingBrokeOff");
  expect(coverage?.got.afterSeconds).toBeLessThan(0.5);
}

/** The hold outlives whatever was killed, and so does what it was for. */
function expectLookedBack({ properties }: PacketCapture): void {
  const { coverage } = properties.nightcap ?? {};
  expect(coverage?.asked.beforeSeconds).toBeGreaterThan(0);
  const lost = new Set(["HoldFailed", "RecorderOff", "InterfaceNotWatched"]);
  expect(coverage?.warnings.filter(({ code }) => lost.has(code))).toEqual([]);
}

async function expectHash(
  installation: Installation,
  bed: TestBed,
  capture: PacketCapture,
): Promise<void> {
  const path = pathOf(bed, capture);
  await download(installation, capture, path);
  const hash = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  expect(capture.properties.nightcap).toMatchObject({ sha256: hash, sha256Verified: true });
}

/** Of the file that was fetched. */
async function expectAllPackets(bed: TestBed, capture: PacketCapture): Promise<void> {
  const found = await tsharkFields(pathOf(bed, capture), ["frame.number"]);
  expect(found).toHaveLength(capture.properties.nightcap?.packets ?? -1);
}

const pathOf = (bed: TestBed, { name }: PacketCapture): string =>
  join(bed.directory, `${name}.cap`);

/** Whom it killed: when nothing is being recorded there is no dumpcap, and the agent dies instead. */
async function kill(installation: Installation, victim: Victim, ring: string): Promise<Victim> {
  const recorders = victim === "dumpcap" ? dumpcapsBelow(installation.directory) : [];
  if (recorders.length > 0) {
    for (const pid of [...recorders, ...dumpcapsBelow(ring)]) process.kill(pid, "SIGKILL");
    return "dumpcap";
  }
  if (victim === "server") {
    await installation.killServer();
    await installation.restartServer();
    return "server";
  }
  await installation.killAgent();
  await installation.restartAgent();
  return "agent";
}

/** Living recorders that write there; PID 1 may not reap, so a zombie counts as dead. */
function dumpcapsBelow(directory: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isProcessAlive(pid) && isDumpcapOf(pid, directory));
}

function isDumpcapOf(pid: number, directory: string): boolean {
  try {
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return program.endsWith("dumpcap") && args.some((arg) => arg.startsWith(directory));
  } catch {
    return false; // ended meanwhile
  }
}
