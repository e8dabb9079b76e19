import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../src/common/run.ts";
import { findProgram } from "../../src/capture/programs.ts";
import { processStartTicks } from "../../src/common/lock-file.ts";

/** What is missing to record real packets here, or null; said in one line where tests are skipped. */
export async function missingForRecording(): Promise<string | null> {
  if (process.getuid?.() !== 0) return "not root";
  for (const name of ["dumpcap", "ip", "nsenter"] as const) {
    if ((await findProgram(name)) === null) return `${name} is not installed`;
  }
  const name = `nccap-probe-${process.pid}`;
  const made = await run("ip", ["netns", "add", name]);
  if (made.code !== 0) return `no network namespaces: ${made.stderr.trim()}`;
  await run("ip", ["netns", "del", name]);
  return null;
}

/** Sends numbered UDP packets; the payload's first four bytes are the number. */
const senderScript = `
const [, to, port, fromPort, count, sizeBytes, everyMilliseconds] = process.argv;
const socket = require("node:dgram").createSocket("udp4");
const send = (number) => {
  const payload = Buffer.alloc(Number(sizeBytes));
  payload.writeUInt32BE(number, 0);
  return new Promise((resolve) => socket.send(payload, Number(port), to, resolve));
};
socket.bind(Number(fromPort), async () => {
  for (let number = 0; number < Number(count); number++) {
    await send(number);
    if (Number(everyMilliseconds) > 0)
      await new Promise((resolve) => setTimeout(resolve, Number(everyMilliseconds)));
  }
  socket.close();
});`;

export interface Sending {
  to?: string;
  port?: number;
  fromPort?: number;
  count: number;
  sizeBytes?: number;
  /** 0: as fast as it goes. */
  everyMilliseconds?: number;
}

/** Two interfaces, eth0 (192.0.2.1) and eth1 (198.51.100.1), with a silent machine (.2) at the end of each. */
export class TestNetwork {
  readonly namespace: string;
  readonly #peer: string;
  readonly #senders = new Set<ChildProcess>();

  private constructor(name: string) {
    this.namespace = name;
    this.#peer = `${name}-p`;
  }

  static async open(): Promise<TestNetwork> {
    await removeAbandoned();
    const network = new TestNetwork(`nccap-${process.pid}-${randomBytes(3).toString("hex")}`);
    const { namespace: host } = network;
    const peer = network.#peer;
    for (const name of [host, peer]) {
      await mustRun("ip", ["netns", "add", name]);
      await mustRun("ip", ["netns", "exec", name, "sh", "-c", quietIpv6]);
      await mustRun("ip", ["-n", name, "link", "set", "lo", "up"]);
    }
    await network.addLink("eth0", "192.0.2");
    await network.addLink("eth1", "198.51.100");
    return network;
  }

  async addLink(name: string, net: string): Promise<void> {
    const [host, peer] = [this.namespace, this.#peer];
    const veth = ["type", "veth", "peer", "name", name, "netns", peer];
    await mustRun("ip", ["-n", host, "link", "add", "name", name, ...veth]);
    await mustRun("ip", ["-n", host, "address", "add", `${net}.1/24`, "dev", name]);
    await mustRun("ip", ["-n", peer, "address", "add", `${net}.2/24`, "dev", name]);
    await mustRun("ip", ["-n", host, "link", "set", name, "up"]);
    await mustRun("ip", ["-n", peer, "link", "set", name, "up"]);
    // Known beforehand, so that no ARP is in the captures.
    const mac = await mustRun("ip", ["-n", peer, "-br", "link", "show", "dev", name]);
    const address = /([0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(mac)?.[0] ?? "";
    const neighbour = ["neigh", "replace", `${net}.2`, "lladdr", address, "dev", name];
    await mustRun("ip", ["-n", host, ...neighbour, "nud", "permanent"]);
  }

  async removeLink(name: string): Promise<void> {
    await mustRun("ip", ["-n", this.namespace, "link", "del", name]);
  }

  /** Starts a sender; resolves to its end. */
  send(sending: Sending): { finished: Promise<void>; end(): void } {
    const { to = "192.0.2.2", port = 9, fromPort = 0, count } = sending;
    const { sizeBytes = 100, everyMilliseconds = 0 } = sending;
    const words = [to, port, fromPort, count, sizeBytes, everyMilliseconds].map(String);
    const command = ["netns", "exec", this.namespace, process.execPath, "-e", senderScript];
    const child = spawn("ip", [...command, ...words], { stdio: "ignore" });
    this.#senders.add(child);
    const finished = new Promise<void>((resolve) => {
      child.once("close", () => {
        this.#senders.delete(child);
        resolve();
      });
    });
    return { finished, end: () => void child.kill("SIGKILL") };
  }

  /** Packets that an interface has sent since it was made. */
  async sentPackets(name: string): Promise<number> {
    const text = await mustRun("ip", [
      "-n",
      this.namespace,
      "-j",
      "-s",
      "link",
      "show",
      "dev",
      name,
    ]);
    const [link] = JSON.parse(text) as { stats64: { tx: { packets: number } } }[];
    return link?.stats64.tx.packets ?? 0;
  }

  async close(): Promise<void> {
    for (const sender of this.#senders) sender.kill("SIGKILL");
    await run("ip", ["netns", "del", this.#peer]);
    await run("ip", ["netns", "del", this.namespace]);
  }
}

/** Namespaces of test runs that were killed. */
async function removeAbandoned(): Promise<void> {
  for (const name of existsSync("/run/netns") ? readdirSync("/run/netns") : []) {
    const pid = Number(/^nccap-(\d+)-/.exec(name)?.[1] ?? process.pid);
    if ((await processStartTicks(pid)) === null) await run("ip", ["netns", "del", name]);
  }
}

const quietIpv6 =
  "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6";

async function mustRun(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

/** Living processes (zombies do not count) that were told to write below `directory`. */
export async function recordersBelow(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const path = `/proc/${name}/cmdline`;
    const text = existsSync(path) ? readQuietly(path) : "";
    const writesThere = text.split("\0").some((word) => word.startsWith(`${directory}/`));
    const living = (await processStartTicks(Number(name))) !== null;
    if (writesThere && text.includes("dumpcap") && living) found.push(Number(name));
  }
  return found;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Waits until `condition` holds; fails after `timeoutMilliseconds` with `what`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMilliseconds = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMilliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}

export interface SeenPacket {
  time: number;
  capturedLength: number;
  length: number;
  interfaceName: string;
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  number: number;
}

const fields = [
  "frame.time_epoch",
  "frame.cap_len",
  "frame.len",
  "frame.interface_name",
  "ip.src",
  "ip.dst",
  "udp.srcport",
  "udp.dstport",
  "udp.payload",
];

/** What tshark sees in a file; it fails on a file that is damaged. */
export async function readWithTshark(path: string): Promise<SeenPacket[]> {
  const args = ["-n", "-r", path, "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  const text = await mustRun("tshark", args);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const values = line.split("\t");
      const at = (index: number): string => values[index] ?? "";
      return {
        time: Number(at(0)) * 1_000,
        capturedLength: Number(at(1)),
        length: Number(at(2)),
        interfaceName: at(3),
        source: at(4),
        destination: at(5),
        sourcePort: Number(at(6)),
        destinationPort: Number(at(7)),
        number: Number.parseInt(at(8).slice(0, 8), 16),
      };
    });
}
