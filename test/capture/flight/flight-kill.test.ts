// Agent, ring and recording are killed with -9 while a session holds, records and cuts. The judge is a recorder that
// nobody kills: whatever it saw within the window and the capture lacks must lie in a gap that the coverage tells of.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import {
  captureObservation,
  type CaptureObservation,
  type CaptureSpec,
} from "../../../src/capture/session.ts";
import { randomFrom } from "../../e2e/random.ts";
import {
  missingForRecording,
  readWithTshark,
  recordersBelow,
  type SeenPacket,
  until,
} from "../network.ts";
import { FlightHost } from "./flight-host.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: kills of a flight recorder: ${missing}\n`);

const victims = ["agent", "ring", "recording"] as const;
type Victim = (typeof victims)[number];
const isSoak = process.env["NIGHTCAP_SOAK"] === "1";
const roundCount = Number(process.env["NIGHTCAP_KILL_ROUNDS"] ?? (isSoak ? 60 : victims.length));
const seed = Number(process.env["NIGHTCAP_SEED"] ?? Date.now() % 1_000_000);
const lookBackSeconds = 2;
/** From the call to the end of the cut. */
const killWindowMilliseconds = 1_600;
/** The judge stamps a packet anew, microseconds apart; file times are those of a tick. */
const toleranceMilliseconds = 20;
const holder = new URL("hold-agent.ts", import.meta.url).pathname;

describe.skipIf(missing !== null)("kill -9 during hold, recording and cut", () => {
  const host = new FlightHost();
  const random = randomFrom(seed);
  const children = new Set<ChildProcess>();
  afterEach(() => children.forEach((child) => child.kill("SIGKILL")));

  test.each(Array.from({ length: roundCount }, (_, round) => round))(
    `round %i of ${roundCount}: what is missing is told (seed ${seed})`,
    async (round) => {
      const spec = host.lookBack(lookBackSeconds, { interfaces: ["eth0"] });
      const judge = await startJudge();
      let agent = startAgent(spec);
      await until(
        "ready",
        async () => agent.told.includes("ready") && (await rings()).length === 2,
      );
      const sentBefore = await host.network.sentPackets("eth0");
      const sending = host.network.send({ count: 10_000_000, everyMilliseconds: 1 });
      await until(
        "some were sent",
        async () => (await host.network.sentPackets("eth0")) - sentBefore > 300,
      );
      agent.child.stdin?.write("start\n");
      // From here on the session is promised.
      await until("acknowledged", () => agent.told.includes("waiting"));
      const moments = [random(), random()].map((part) => part * killWindowMilliseconds);
      const kills: string[] = [];
      let waited = 0;
      for (const [at, moment] of moments.toSorted((one, other) => one - other).entries()) {
        await sleep(moment - waited);
        waited = moment;
        const victim = at === 0 && !isSoak ? victims[round] : victims[Math.floor(random() * 3)];
        kills.push(`${victim} at ${new Date().toISOString()}`);
        if ((await kill(victim ?? "agent", agent.child)) === "agent") agent = startAgent(spec);
      }
      const end = await agent.finished();
      await sleep(300);
      sending.end();
      const seen = await readWithTshark(host.file("a.cap"));
      expectWholeButForGaps(end, seen, { judged: await judge.packets(), kills });
      await agent.kill();
      expect(readdirSync(host.file("ring/hold"))).toEqual([]);
    },
    60_000,
  );

  const rings = () => recordersBelow(host.file("ring"));

  /** Whom it killed. */
  async function kill(victim: Victim, agent: ChildProcess): Promise<Victim> {
    const folder = victim === "ring" ? "ring" : "agent";
    const pids = victim === "agent" ? [] : await recordersBelow(host.file(folder));
    if (victim !== "agent") {
      for (const pid of pids) process.kill(pid, "SIGKILL");
      return victim;
    }
    const ended = new Promise((resolve) => agent.once("close", resolve));
    agent.kill("SIGKILL");
    await ended;
    return "agent";
  }

  function startAgent(spec: CaptureSpec) {
    const words = [holder, host.directory, host.network.namespace, JSON.stringify([spec])];
    const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    children.add(child);
    const told: string[] = [];
    let rest = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      told.push(...lines);
    });
    const closed = new Promise<void>((resolve) => {
      child.once("close", () => {
        children.delete(child);
        resolve();
      });
    });
    return {
      child,
      told,
      async finished(): Promise<CaptureObservation> {
        await until("finished", () => told.some((line) => line.startsWith("{")));
        const line = told.find((each) => each.startsWith("{")) ?? "";
        return captureObservation.parse(JSON.parse(line));
      },
      async kill() {
        child.kill("SIGKILL");
        await closed;
      },
    };
  }

  async function startJudge() {
    const path = host.file("judge.pcapng");
    const words = ["netns", "exec", host.network.namespace, "dumpcap", "-q", "-p", "-i", "eth0"];
    const child = spawn("ip", [...words, "-f", "udp port 9", "-w", path], { stdio: "ignore" });
    children.add(child);
    const closed = new Promise((resolve) => child.once("close", resolve));
    await until("it records", () => readdirSync(host.directory).includes("judge.pcapng"));
    return {
      async packets(): Promise<SeenPacket[]> {
        await sleep(300); // what was sent is in the kernel that long
        child.kill("SIGTERM");
        await closed;
        children.delete(child);
        return readWithTshark(join(host.directory, "judge.pcapng"));
      },
    };
  }
});

function expectWholeButForGaps(
  { coverage, captureEndTime, packets }: CaptureObservation,
  seen: readonly SeenPacket[],
  { judged, kills }: { judged: readonly SeenPacket[]; kills: readonly string[] },
): void {
  const numbers = seen.map(({ number }) => number);
  expect(packets).toBe(numbers.length);
  expect(new Set(numbers).size).toBe(numbers.length);
  const moment = Date.parse(coverage?.moment ?? "");
  const coveredFrom = Date.parse(coverage?.interfaces[0]?.coveredFrom ?? "");
  const from = Math.max(moment - lookBackSeconds * 1_000, coveredFrom);
  const gaps = (coverage?.gaps ?? []).map((gap) => [Date.parse(gap.from), Date.parse(gap.to)]);
  const isTold = ({ time }: SeenPacket): boolean =>
    gaps.some(
      ([begin = 0, end = 0]) =>
        time >= begin - toleranceMilliseconds && time <= end + toleranceMilliseconds,
    );
  const have = new Set(numbers);
  const lacking = judged.filter(
    ({ time, number }) =>
      time > from + toleranceMilliseconds &&
      time < Date.parse(captureEndTime ?? "") - toleranceMilliseconds &&
      !have.has(number),
  );
  const untold = lacking.filter((packet) => !isTold(packet));
  const where = untold.map(({ number, time }) => `${number} at ${new Date(time).toISOString()}`);
  const about = JSON.stringify({ first: where[0], last: where.at(-1), kills, coverage });
  expect(untold.length, about).toBe(0);
  expect(numbers.length).toBeGreaterThan(0);
}
