// An agent that is killed: what its flow logs tell of a flow that goes on adds up to what the kernel counted.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FlowLogsState } from "../../src/common/flow-log-spec.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { eventually, sumOf, type Tuple, tuplesOf } from "../flowmeter/metering.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

const killCount = 2;
const longPort = 7_001;
const holder = fileURLToPath(new URL("hold-flow-logging.ts", import.meta.url));

/** A datagram each millisecond from one socket, and short flows beside it; ends with its input. */
const senderScript = `
  const { createSocket } = require("node:dgram");
  const long = createSocket("udp4");
  long.bind(${longPort}, () => setInterval(() => long.send("x".repeat(100), 9, "198.51.100.80"), 1));
  setInterval(() => {
    const short = createSocket("udp4");
    short.send("x", 10, "198.51.100.80", () => short.close());
  }, 5);
  process.stdin.resume().on("end", () => process.exit());
`;

describe.skipIf(reason !== null)("flow logs of an agent that is killed", () => {
  let bed: TestBed;
  let directory = "";
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    bed = await openTestBed();
    directory = await mkdtemp(join(bed.directory, "agent-"));
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
    await bed.close();
  });

  function hold() {
    const child = spawn(process.execPath, [holder, directory, bed.netnsName("vm")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.add(child);
    const held: { state: FlowLogsState | null; kill(): Promise<void> } = {
      state: null,
      async kill() {
        child.kill("SIGKILL");
        await once(child, "exit");
        children.delete(child);
      },
    };
    const lines = createInterface(child.stdout);
    lines.on("line", (line) => (held.state = JSON.parse(line) as FlowLogsState));
    return held;
  }

  const tuplesToldOf = ({ state }: { state: FlowLogsState | null }): number =>
    state?.flowLogs[0]?.tuples ?? 0;

  /** All that there is on disk for the control plane. */
  async function tuplesKept(): Promise<Tuple[]> {
    const batches = join(directory, "flows", "batches");
    const files = (await readdir(batches)).toSorted();
    const lines = await Promise.all(files.map((name) => readFile(join(batches, name), "utf8")));
    // A torn last line is of a batch that does not count.
    const whole = lines.flatMap((text) => text.split("\n").slice(0, -1));
    const texts = whole.flatMap((line) => (JSON.parse(line) as { records: string[] }).records);
    return texts.flatMap((text) =>
      tuplesOf({ text, flowLogId: "", macAddress: "", time: 0, tupleCount: 0 }),
    );
  }

  async function kernelTotals(): Promise<Map<number, number[]>> {
    const { stdout } = await bed.exec("vm", "cat", ["/proc/net/nf_conntrack"]);
    const rows = stdout.split("\n").filter((line) => line.includes("dst=198.51.100.80"));
    return new Map(
      rows.map((line) => {
        const port = Number(/sport=(\d+)/.exec(line)?.[1]);
        const counts = [...line.matchAll(/(?:packets|bytes)=(\d+)/g)];
        return [port, counts.map(([, count]) => Number(count))] as const;
      }),
    );
  }

  test(`${killCount} times: each flow's bytes are the kernel's, told once`, async () => {
    let held = hold();
    // The meter has read the table, which was empty of them.
    expect(await eventually(() => held.state?.engine === "conntrack")).toBe(true);
    const child = bed.spawn("vm", process.execPath, ["-e", senderScript], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    for (let round = 0; round < killCount; round++) {
      const told = tuplesToldOf(held);
      expect(await eventually(() => tuplesToldOf(held) > told + 20)).toBe(true);
      await sleep(Math.random() * 1_500);
      await held.kill();
      await sleep(200);
      held = hold();
    }
    expect(await eventually(() => tuplesToldOf(held) > 20)).toBe(true);
    child.stdin?.end();
    await once(child, "exit");
    const kernel = await kernelTotals();
    // The next look at the whole table is within a second; nothing moves any more.
    const told = async (): Promise<Map<number, Tuple[]>> =>
      Map.groupBy(await tuplesKept(), ({ sourcePort }) => sourcePort);
    const toldOfLong = async (): Promise<number | undefined> =>
      sumOf((await told()).get(longPort) ?? [])[0];
    await eventually(async () => (await toldOfLong()) === kernel.get(longPort)?.[0]);
    await held.kill();
    const byPort = await told();
    const sums = [...kernel.keys()].map((port) => [port, sumOf(byPort.get(port) ?? [])] as const);
    expect(kernel.size).toBeGreaterThan(100);
    expect(new Map(sums)).toEqual(kernel);
    const begun = byPort.get(longPort)?.filter(({ state }) => state === "B");
    expect(begun).toHaveLength(1);
  });
});
