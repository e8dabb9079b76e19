// `npm run bench -- flows-latency [CONNECTIONS]`: from a connection's first packet to its row in the table, with a
// real agent, control plane and engine under their own settings; needs network namespaces (root).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { openTestBed } from "../../test/bed/bed.ts";
import { openTable, putFlowLog, untilRecording } from "../../test/e2e/flow-log-setup.ts";
import { openInstallation } from "../../test/e2e/installation.ts";

const connectionCount = Number(process.argv[2] ?? 150);
const goal = { p95Seconds: 10 };
const pollMilliseconds = 50;
const waitMillisecondsMax = 60_000;

/** Connects now and then, and says the local port and the time right before the first packet. */
const connectScript = `
  const { connect } = require("node:net");
  let left = Number(process.argv[2]);
  const next = () => {
    if (left-- === 0) return;
    const from = Date.now();
    const socket = connect(8080, process.argv[1], () => {
      console.log(socket.localPort, from);
      socket.destroy();
    });
    setTimeout(next, 150 + Math.random() * 200);
  };
  next();
`;

const bed = await openTestBed();
const installation = await openInstallation(bed, { captureSeconds: 1 });
try {
  await bed.startServer("node", "vm");
  const { logId } = await putFlowLog(installation);
  await untilRecording(installation, logId);
  const table = await openTable(installation);
  const started = new Map<number, number>();
  const client = bed.netnsName("client");
  const script = [process.execPath, "-e", connectScript, "192.0.2.10", String(connectionCount)];
  const child = spawn("ip", ["netns", "exec", client, ...script]);
  const ended = once(child, "exit");
  createInterface(child.stdout).on("line", (line) => {
    const [port = 0, time = 0] = line.split(" ").map(Number);
    started.set(port, time);
  });
  const seen = new Map<number, number>();
  const deadline = Date.now() + waitMillisecondsMax + connectionCount * 350;
  while (seen.size < connectionCount && Date.now() < deadline) {
    const rows = await table.rows<{ sourcePort: number }>({
      sql: "SELECT sourcePort FROM flow WHERE destinationPort = 8080 AND state = 0",
    });
    for (const { sourcePort } of rows) {
      if (!seen.has(sourcePort)) seen.set(sourcePort, Date.now());
    }
    await sleep(pollMilliseconds);
  }
  await ended;
  await table.close();
  report([...started].map(([port, from]) => (seen.get(port) ?? Number.NaN) - from));
} finally {
  await installation.close();
  await bed.close();
}

function report(milliseconds: readonly number[]): void {
  const found = milliseconds.filter((each) => !Number.isNaN(each)).toSorted((a, b) => a - b);
  const at = (share: number): number =>
    (found[Math.min(found.length - 1, Math.floor(found.length * share))] ?? 0) / 1_000;
  const lost = milliseconds.length - found.length;
  process.stdout.write(
    `packet to row, ${milliseconds.length} connections: p50 ${at(0.5).toFixed(2)} s, p95 ${at(0.95).toFixed(2)} s, max ${at(1).toFixed(2)} s, without a row ${lost} (goal: p95 under ${goal.p95Seconds} s)\n`,
  );
  if (lost > 0 || at(0.95) >= goal.p95Seconds) process.exitCode = 1;
}
