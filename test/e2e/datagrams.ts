// Flows whose bytes are known before anybody counts them: bursts of datagrams that are echoed, each burst from a
// port of its own, so that a row tells which burst it is of.
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestBed } from "../bed/bed.ts";

export const echoPort = 9_000;
export const vmAddress = "192.0.2.10";
const headersSizeBytes = 20 + 8;
const firstSourcePort = 20_000;
/** A burst is over when all of it was echoed, after this time at the latest; conntrack then forgets it soon. */
const burstMillisecondsMax = 5_000;

const echoScript = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (data, { port, address }) => socket.send(data, port, address));
  socket.bind(${echoPort});
`;
const sendScript = `
  const { createSocket } = require("node:dgram");
  let port = ${firstSourcePort};
  const burst = () => {
    const from = port++, count = 1 + from % 5, size = 100 + from % 900, time = Date.now();
    const socket = createSocket("udp4");
    let echoed = 0;
    const end = () => {
      clearTimeout(late);
      socket.close();
      console.log(JSON.stringify({ port: from, time, count, size, echoed }));
    };
    const late = setTimeout(end, ${burstMillisecondsMax});
    socket.on("message", () => { if (++echoed === count) end(); });
    socket.bind(from, () => { for (let n = 0; n < count; n++) socket.send(Buffer.alloc(size), ${echoPort}, "${vmAddress}"); });
  };
  const bursts = setInterval(burst, 100);
  process.stdin.once("data", () => { clearInterval(bursts); process.stdin.destroy(); });
`;

export interface Burst {
  readonly port: number;
  /** When it began. */
  readonly time: number;
  readonly moved: Moved;
}

/** From the IP header on, which is what a flow log counts. */
export interface Moved {
  readonly packetsToDestination: number;
  readonly bytesToDestination: number;
  readonly packetsToSource: number;
  readonly bytesToSource: number;
}

/** From the client to the vm, ten bursts a second until it is ended. */
export async function startDatagrams(bed: TestBed) {
  const timeouts = ["nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"];
  const shell = timeouts.map((name) => `echo 2 > /proc/sys/net/netfilter/${name}`).join(" && ");
  await bed.exec("vm", "sh", ["-c", shell]);
  bed.spawn("vm", process.execPath, ["-e", echoScript], { stdio: "ignore" });
  const child = bed.spawn("client", process.execPath, ["-e", sendScript], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const bursts: Burst[] = [];
  if (!child.stdout || !child.stdin) throw new Error("no pipes to the client");
  createInterface(child.stdout).on("line", (line) => bursts.push(burstOf(line)));
  const closed = once(child, "close");
  const { stdin } = child;
  return {
    bursts,
    /** Resolves when the last burst is known. */
    async end(): Promise<void> {
      stdin.end("end\n");
      await closed;
    },
  };
}

function burstOf(line: string): Burst {
  const { port, time, count, size, echoed } = JSON.parse(line) as Record<string, number>;
  const packetSizeBytes = (size ?? 0) + headersSizeBytes;
  const [packetsToDestination, packetsToSource] = [count ?? 0, echoed ?? 0];
  const moved = {
    packetsToDestination,
    bytesToDestination: packetsToDestination * packetSizeBytes,
    packetsToSource,
    bytesToSource: packetsToSource * packetSizeBytes,
  };
  return { port: port ?? 0, time: time ?? 0, moved };
}
