// kill -9 of importer, engine, control plane and agent at random moments, while flows are metered and flow logs are
// imported. Whatever is killed: each flow and each imported row is in the table once, with its exact bytes, and the
// blobs say the same. Of flows that an agent's own death cuts nothing is told twice.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { vnetLog } from "../flowsource/vnet-log.ts";
import { type Burst, echoPort, type Moved, startDatagrams } from "./datagrams.ts";
import { countTuplesInBlobs, openFlowLogBlobs } from "./flow-log-blobs.ts";
import { openTable, putFlowLog, untilRecording } from "./flow-log-setup.ts";
import { type Installation, openInstallation } from "./installation.ts";
import { randomFrom } from "./random.ts";

const soakRoundCount = 30;
const roundCount = Number(
  process.env["NIGHTCAP_FLOW_KILL_ROUNDS"] ??
    (process.env["NIGHTCAP_SOAK"] === "1" ? soakRoundCount : 2),
);
const victims = ["agent", "server", "engine", "importer"] as const;
const laterVictims = ["server", "engine", "engine", "importer"] as const;
type Victim = (typeof victims)[number];
const killsPerRound = 2;
const killWindowMilliseconds = 1_500;
/** From a burst's first packet until its bytes are on the agent's disk: a dump, a flush; and patience. */
const countedMilliseconds = 5_000;
/** Until the kernel has forgotten it, and its end is there, too. */
const endedMilliseconds = 30_000;
const wholeCountMin = 20;
const stepTimeout = { timeout: 40_000, interval: 100 };
const shape = { mac: "0022486D5C01", tuplesPerRecord: 500 };
const recordsPerFile = 20;
const importedPort = 443;
const exitOk = 0;
const importRunsMax = 20;

interface Told extends Moved {
  begun: number;
  ended: number;
}

const reason = skipReason();
describe.skipIf(reason !== null)(
  `kill -9 on the path of flows${reason === null ? "" : ` (${reason})`}`,
  () => {
    let bed: TestBed;
    let installation: Installation;
    let table: FlowEngine;
    let logId: string;
    let accountId: string;
    let datagrams: Awaited<ReturnType<typeof startDatagrams>>;
    let importer: ChildProcess | null = null;
    const kills: Record<Victim, number> = { agent: 0, server: 0, engine: 0, importer: 0 };
    /** From the kill of an agent until its successor recorded. */
    const absences: { from: number; to: number }[] = [];
    const seed = Number(process.env["NIGHTCAP_SEED"] ?? Date.now() % 1_000_000);
    const random = randomFrom(seed);

    beforeAll(async () => {
      bed = await openTestBed();
      installation = await openInstallation(bed, {
        captureSeconds: 1,
        serverSettings: { flows: { blobSeconds: 1, rowMilliseconds: 100 } },
        flowSettings: { flushSeconds: 0.5, continueSeconds: 1 },
      });
      ({ logId, accountId } = await putFlowLog(installation));
      await untilRecording(installation, logId);
      table = await openTable(installation);
      datagrams = await startDatagrams(bed);
    }, 60_000);
    afterAll(async () => {
      importer?.kill("SIGKILL");
      await table?.close();
      await installation?.close();
      await bed?.close();
    });

    test.each(Array.from({ length: roundCount }, (_, index) => index + 1))(
      `round %i of ${roundCount}: whatever is killed comes back (seed ${seed})`,
      async (round) => {
        const imported = importUntilDone(await writeFlowLogs(round));
        const moments = Array.from(
          { length: killsPerRound },
          () => random() * killWindowMilliseconds,
        );
        let waited = 0;
        for (const at of moments.toSorted((a, b) => a - b)) {
          await sleep(Math.max(0, at - waited));
          waited = at;
          const victim = nextVictim();
          await kill(victim);
          kills[victim]++;
        }
        await imported;
        const isAbsent = absences.at(-1);
        if (isAbsent?.to === Infinity) {
          await untilRecording(installation, logId, new Date().toISOString());
          isAbsent.to = Date.now();
        }
      },
      120_000,
    );

    test("after all of it every flow and every row is there once, with its bytes", async () => {
      const isWhole = (burst: Burst): boolean => !isCut(burst, countedMilliseconds);
      const enough = () => datagrams.bursts.filter(isWhole).length > wholeCountMin;
      await vi.waitFor(() => expect(enough()).toBe(true), stepTimeout);
      await datagrams.end();
      const whole = datagrams.bursts.filter(isWhole);
      const cut = datagrams.bursts.filter((burst) => !isWhole(burst));
      await vi.waitFor(async () => expectOnce(whole, await flowsByPort()), stepTimeout);
      const told = await flowsByPort();
      for (const burst of cut) expectNoMore(told.get(burst.port), burst);
      await expectImported();
      await expectRollUps();
      const near = `${cut.length} cut by the agent's death`;
      process.stdout.write(
        `killed: ${JSON.stringify(kills)}, ${whole.length} flows exact, ${near}, ${roundCount * rowsPerRound} rows imported, seed ${seed}\n`,
      );
    }, 90_000);

    test("and the blobs have the same tuples as the table", async () => {
      const store = await openFlowLogBlobs(installation, accountId);
      await vi.waitFor(async () => {
        const rows = await table.rows<{ what: string; count: number }>({
          sql: `SELECT concat(toString(destinationPort), ' ', ['B', 'C', 'E', 'D'][state + 1]) AS what,
                  toUInt32(count()) AS count
                FROM flow WHERE destinationPort != ${importedPort} GROUP BY what`,
        });
        expect(await countTuplesInBlobs(store)).toEqual(
          Object.fromEntries(rows.map(({ what, count }) => [what, count])),
        );
      }, stepTimeout);
    }, 60_000);

    /** The first two rounds kill all four, the seed says in which order; later the agent less often, which cuts flows. */
    let deck: Victim[] = [];
    const nextVictim = (): Victim => {
      if (deck.length === 0)
        deck = kills.agent === 0 ? [...victims] : [...victims, ...laterVictims];
      return deck.splice(Math.floor(random() * deck.length), 1)[0] ?? "agent";
    };

    async function kill(victim: Victim): Promise<void> {
      if (victim === "importer") {
        importer?.kill("SIGKILL");
      } else if (victim === "engine") {
        const pid = await enginePid();
        if (pid > 0) process.kill(pid, "SIGKILL");
      } else if (victim === "server") {
        await installation.killServer();
        await installation.restartServer();
      } else {
        const last = absences.at(-1);
        if (last?.to !== Infinity) absences.push({ from: Date.now(), to: Infinity });
        await installation.killAgent();
        await installation.restartAgent();
      }
    }

    /** The process that has the table open, as ClickHouse's own status file names it. */
    async function enginePid(): Promise<number> {
      const path = join(installation.directory, "server", "flows", "data", "status");
      const text = await readFile(path, "utf8").catch(() => "");
      return Number(/PID: (\d+)/.exec(text)?.[1] ?? 0);
    }

    async function writeFlowLogs(round: number): Promise<string> {
      const folder = join(installation.directory, "import", String(round));
      await mkdir(folder, { recursive: true });
      const from = round * recordsPerFile;
      await writeFile(join(folder, "log.json"), vnetLog(from, from + recordsPerFile, shape));
      return folder;
    }

    /** As a person does: the same command again until it says that it is done. */
    async function importUntilDone(folder: string): Promise<void> {
      const state = join(installation.directory, "server");
      for (let run = 0; run < importRunsMax; run++) {
        const args = [resolve("src/main.ts"), "flow-logs", "import", folder, "--state", state];
        const child = spawn(process.execPath, args, { stdio: "ignore" });
        importer = child;
        const [code] = (await once(child, "exit")) as [number | null];
        if (code === exitOk) return;
      }
      throw new Error(`${folder} was not imported by ${importRunsMax} runs`);
    }

    /** An agent's death takes what it had not yet written; nothing is told twice. */
    function expectNoMore(told: Told | undefined, { port, moved }: Burst): void {
      if (!told) return;
      expect(Math.max(told.begun, told.ended)).toBeLessThanOrEqual(1);
      for (const key of Object.keys(moved) as (keyof Moved)[]) {
        expect(told[key], `${key} of port ${port}`).toBeLessThanOrEqual(moved[key]);
      }
    }

    /** Whether an agent died so soon after a burst, or before the next one recorded. */
    const isCut = ({ time }: Burst, milliseconds: number): boolean =>
      absences.some(({ from, to }) => time > from - milliseconds && time < to);

    function expectOnce(bursts: readonly Burst[], told: ReadonlyMap<number, Told>): void {
      const found = bursts.map(({ port }) => ({ port, ...told.get(port) }));
      const wanted = bursts.map((burst, index) => {
        const { port, moved } = burst;
        const ended = isCut(burst, endedMilliseconds) && found[index]?.ended === 0 ? 0 : 1;
        return { port, ...moved, begun: 1, ended };
      });
      expect(found).toEqual(wanted);
    }

    async function flowsByPort(): Promise<Map<number, Told>> {
      const sums = [
        "packetsToDestination",
        "bytesToDestination",
        "packetsToSource",
        "bytesToSource",
      ];
      const rows = await table.rows<Told & { port: number }>({
        sql: `SELECT sourcePort AS port, toUInt32(countIf(state = 0)) AS begun, toUInt32(countIf(state = 2)) AS ended,
                ${sums.map((name) => `toFloat64(sum(f.${name})) AS ${name}`).join(", ")}
              FROM flow AS f WHERE destinationPort = ${echoPort} GROUP BY port`,
      });
      return new Map(rows.map(({ port, ...told }) => [port, told]));
    }

    const rowsPerRound = recordsPerFile * shape.tuplesPerRecord;
    async function expectImported(): Promise<void> {
      const [row] = await table.rows({
        sql: `SELECT toUInt32(count()) AS rows, toFloat64(sum(bytesToSource)) AS bytes
              FROM flow WHERE macAddress = '${shape.mac}'`,
      });
      const bytesPerRecord = ((shape.tuplesPerRecord - 1) * shape.tuplesPerRecord) / 2;
      const bytes = roundCount * recordsPerFile * bytesPerRecord;
      expect(row).toEqual({ rows: roundCount * rowsPerRound, bytes });
    }

    /** What is added up as rows come is the same as the rows. */
    async function expectRollUps(): Promise<void> {
      await vi.waitFor(async () => {
        const [raw] = await table.rows<{ count: number }>({
          sql: "SELECT toUInt32(count()) AS count FROM flow",
        });
        for (const name of ["flow_interval", "flow_1m", "flow_10m", "flow_60m"]) {
          const sql = `SELECT toUInt32(sum(recordCount)) AS count FROM ${name}`;
          expect(await table.rows({ sql }), name).toEqual([raw]);
        }
      }, stepTimeout);
    }
  },
);
