// How many new flows a second the meter follows, what that costs, and what gets lost.
//   npm run bench -- flows-meter [FLOWS] [FLOWS-PER-SECOND]
// Needs root; makes its own network namespaces and removes them. Where conntrack-tools is installed
// (apt-get install conntrack), `conntrack -E` gets the same flows in the same run.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLog } from "../../src/common/log.ts";
import { startFlowMeter } from "../../src/flowmeter/meter.ts";
import { flowLogTarget, flowMeterSettings } from "../../src/flowmeter/settings.ts";
import { openTestBed, type TestBed } from "../../test/bed/bed.ts";

const flowCount = Number(process.argv[2] ?? 60_000);
const flowsPerSecond = Number(process.argv[3] ?? 20_000);
const clockTicksPerSecond = 100;
const settleMilliseconds = 3_000;
const conntrackBufferBytes = 16 << 20;

interface Outcome {
  seen: number;
  lossNotices: number;
  cpuSeconds: number;
  seconds: number;
}

function report(name: string, { seen, lossNotices, cpuSeconds, seconds }: Outcome): void {
  const lost = ((1 - seen / flowCount) * 100).toFixed(2);
  const each = ((cpuSeconds / Math.max(1, seen)) * 1e6).toFixed(1);
  process.stdout.write(
    `${name.padEnd(16)}${seen} of ${flowCount} flows at ${Math.round(flowCount / seconds)}/s, ${lost} % lost (${lossNotices} notices), ${cpuSeconds.toFixed(2)} s CPU, ${each} us a flow\n`,
  );
}

/** The CPU is that of this whole process: events, table, tuples and records. */
async function meterFlows(testBed: TestBed, run: number): Promise<Outcome> {
  let begun = 0;
  const meter = await startFlowMeter({
    settings: flowMeterSettings.parse({
      continueSeconds: 3_600,
      nflogGroup: 0,
      engine: "conntrack",
    }),
    networkNamespace: testBed.netnsName("vm"),
    targets: [flowLogTarget.parse({ id: "/bench", targetId: "/", guid: "", interfaces: [] })],
    onRecords: async (records) => {
      for (const { tupleCount } of records) begun += tupleCount;
    },
    onHealth: () => {},
    told: null,
    log: silentLog,
  });
  const before = process.cpuUsage();
  const seconds = await sendFlows(testBed, run);
  await sleep(settleMilliseconds);
  const { user, system } = process.cpuUsage(before);
  await meter.close();
  const { counters } = meter.health();
  return {
    seen: begun,
    lossNotices: counters.eventLossesTotal,
    cpuSeconds: (user + system) / 1e6,
    seconds,
  };
}

async function listConntrack(testBed: TestBed, run: number): Promise<Outcome> {
  const args = ["-E", "-e", "NEW,UPDATES,DESTROY", "-b", String(conntrackBufferBytes)];
  const child = testBed.spawn("vm", "conntrack", args, { stdio: ["ignore", "pipe", "pipe"] });
  let seen = 0;
  let said = "";
  child.stdout?.setEncoding("latin1").on("data", (text: string) => {
    for (let at = text.indexOf("[NEW]"); at >= 0; at = text.indexOf("[NEW]", at + 1)) seen++;
  });
  child.stderr?.setEncoding("latin1").on("data", (text: string) => (said += text.slice(0, 10_000)));
  await sleep(500);
  const seconds = await sendFlows(testBed, run);
  await sleep(settleMilliseconds);
  const cpuSeconds = cpuOf(child.pid ?? 0);
  child.kill("SIGTERM");
  return { seen, lossNotices: said.match(/ENOBUFS/g)?.length ?? 0, cpuSeconds, seconds };
}

function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
  } catch {
    return Number.NaN; // it has ended by itself
  }
}

/** One datagram to each of so many ports: each is a flow. Sends as many a millisecond as the rate says. */
const senderScript = `
  const koffi = require("koffi");
  const libc = koffi.load(null);
  const socket = libc.func("int socket(int, int, int)");
  const bind = libc.func("int bind(int, const void *, uint)");
  const sendto = libc.func("long sendto(int, const void *, size_t, int, const void *, uint)");
  const [count, perSecond, sourcePort] = process.argv.slice(1).map(Number);
  const address = (ip, port) => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt16LE(2, 0);
    bytes.writeUInt16BE(port, 2);
    bytes.set(ip, 4);
    return bytes;
  };
  const fd = socket(2, 2, 0);
  bind(fd, address([0, 0, 0, 0], sourcePort), 16);
  const to = address([198, 51, 100, 80], 0);
  const data = Buffer.alloc(10);
  const begin = performance.now();
  let sent = 0;
  const send = () => {
    const due = Math.min(count, Math.floor(((performance.now() - begin) / 1000) * perSecond));
    for (; sent < due; sent++) {
      to.writeUInt16BE(1024 + sent, 2);
      sendto(fd, data, 10, 0, to, 16);
    }
    if (sent < count) setTimeout(send, 1);
    else console.log((performance.now() - begin) / 1000);
  };
  send();
`;

async function sendFlows(testBed: TestBed, run: number): Promise<number> {
  const args = ["-e", senderScript, ...[flowCount, flowsPerSecond, 5_000 + run].map(String)];
  const { stdout, stderr } = await testBed.exec("vm", process.execPath, args);
  if (stdout === "") throw new Error(`the sender failed: ${stderr}`);
  return Number(stdout);
}

const bed = await openTestBed();
try {
  // Conntrack runs, whoever listens.
  const rule =
    "table inet bench {\n chain c {\n type filter hook output priority 0\n ct state new\n }\n}\n";
  const { code, stderr } = await bed.exec("vm", "nft", ["-f", "-"], { input: rule });
  if (code !== 0) throw new Error(`nft: ${stderr}`);
  report("nightcap meter", await meterFlows(bed, 1));
  report("the same, again", await meterFlows(bed, 2));
  const hasConntrack = (await bed.exec("vm", "sh", ["-c", "command -v conntrack"])).code === 0;
  if (hasConntrack) report("conntrack -E", await listConntrack(bed, 3));
  else process.stdout.write("conntrack -E    not installed: apt-get install conntrack\n");
} finally {
  await bed.close();
}
