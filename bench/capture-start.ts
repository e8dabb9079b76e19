// Time from SessionManager.start() to the first captured packet, with traffic in the background.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingForRecording, readWithTshark, TestNetwork } from "../test/capture/network.ts";
import { finished, openObserved, recording, specOf } from "../test/capture/sessions.ts";

const roundCount = 20;
/** The measurement cannot be finer than the time between two packets. */
const trafficEveryMilliseconds = 1;

interface Round {
  firstPacketMilliseconds: number;
  acknowledgedMilliseconds: number;
}

async function measure(directory: string, network: TestNetwork): Promise<Round[]> {
  const { manager } = await openObserved({ directory, networkNamespace: network.namespace });
  const rounds: Round[] = [];
  try {
    for (let round = 0; round < roundCount; round++) {
      const filePath = join(directory, `${round}.cap`);
      const spec = specOf({ filePath, timeLimitInSeconds: 60 });
      const startedAt = performance.timeOrigin + performance.now();
      await manager.start(spec);
      const acknowledgedAt = performance.timeOrigin + performance.now();
      await recording(manager, spec);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await manager.stop(spec.sessionId);
      await finished(manager, spec);
      const [first] = await readWithTshark(filePath);
      rounds.push({
        firstPacketMilliseconds: (first?.time ?? Number.NaN) - startedAt,
        acknowledgedMilliseconds: acknowledgedAt - startedAt,
      });
    }
  } finally {
    await manager.close({ mode: "leave" });
  }
  return rounds;
}

function row(name: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  const cells = [at(0.5), at(0.95), at(1)].map((value) => value.toFixed(1).padStart(8));
  return `${name.padEnd(36)}${cells.join("")}`;
}

const missing = await missingForRecording();
if (missing !== null) {
  process.stdout.write(`SKIP: capture start: ${missing}\n`);
} else {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-bench-"));
  const network = await TestNetwork.open();
  const traffic = network.send({
    count: 10_000_000,
    everyMilliseconds: trafficEveryMilliseconds,
  });
  try {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const rounds = await measure(directory, network);
    const lines = [
      `capture start, ${roundCount} sessions, a packet every ${trafficEveryMilliseconds} ms`,
      `${"milliseconds".padEnd(36)}  median     p95     max`,
      row(
        "start() to acknowledged (on disk)",
        rounds.map((round) => round.acknowledgedMilliseconds),
      ),
      row(
        "start() to first captured packet",
        rounds.map((round) => round.firstPacketMilliseconds),
      ),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  } finally {
    traffic.end();
    await network.close();
    await rm(directory, { recursive: true, force: true });
  }
}
