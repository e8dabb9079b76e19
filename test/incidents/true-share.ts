// How much of an increase is the incident's, counted by tshark: another program than the one under test.
import { run } from "../../src/common/run.ts";
import type { ChangeMetric } from "../../src/inspection/change/change-answer.ts";
import { hosts, type Culprit, type SeenPacket } from "./scenario.ts";

const fields = [
  "frame.time_epoch",
  "ip.src",
  "ip.dst",
  "tcp.srcport",
  "tcp.dstport",
  "udp.srcport",
  "udp.dstport",
  "frame.len",
  "tcp.flags",
  "tcp.analysis.retransmission",
];
const outputBytesMax = 256 << 20;
const syn = 0x02;
const synAndAck = 0x12;

/** All packets of a capture. */
export async function seenPackets(path: string): Promise<SeenPacket[]> {
  const args = ["-r", path, "-n", "-T", "fields", "-E", "occurrence=f"];
  const result = await run("tshark", [...args, ...fields.flatMap((field) => ["-e", field])], {
    outputBytesMax,
    timeoutMilliseconds: 120_000,
  });
  if (result.code !== 0) throw new Error(`tshark: ${result.stderr}`);
  return result.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(packetOf)
    .map(markDatagrams());
}

/** The first datagram between two ports begins what counts as a connection of UDP. */
function markDatagrams(): (packet: SeenPacket) => SeenPacket {
  const seen = new Set<string>();
  return (packet) => {
    if (packet.transport !== "udp") return packet;
    const { source, destination, sourcePort, destinationPort } = packet;
    const ends = [`${source} ${sourcePort}`, `${destination} ${destinationPort}`];
    const key = ends.toSorted().join(" ");
    if (seen.has(key)) return packet;
    seen.add(key);
    return { ...packet, opensConnection: true };
  };
}

function packetOf(line: string): SeenPacket {
  const [time, source = "", destination = "", tcpFrom = "", tcpTo, udpFrom = "", udpTo, size] =
    line.split("\t");
  const [flags = "", sentAgain = ""] = line.split("\t").slice(8);
  const isTcp = tcpFrom !== "";
  return {
    time: Number(time) * 1_000,
    source,
    destination,
    transport: isTcp ? "tcp" : udpFrom === "" ? "other" : "udp",
    sourcePort: Number(isTcp ? tcpFrom : udpFrom),
    destinationPort: Number(isTcp ? tcpTo : udpTo),
    sizeBytes: Number(size),
    opensConnection: isTcp && (Number(flags) & synAndAck) === syn,
    isSentAgain: sentAgain !== "",
  };
}

type Weight = (packet: SeenPacket) => number;

const isOut: Weight = ({ source }) => (source === hosts.vm ? 1 : 0);
const isIn: Weight = (packet) => 1 - isOut(packet);
const isFresh: Weight = ({ opensConnection, isSentAgain }) =>
  opensConnection && !isSentAgain ? 1 : 0;

/** What a packet adds to a metric; latency is not in single packets. */
const weights: Record<Exclude<ChangeMetric, "latency">, Weight> = {
  bytesOut: (packet) => isOut(packet) * packet.sizeBytes,
  bytesIn: (packet) => isIn(packet) * packet.sizeBytes,
  packetsOut: isOut,
  packetsIn: isIn,
  connections: isFresh,
  // Before and after alike, nobody else refuses: what begins and is the incident's was refused.
  denied: (packet) => (packet.transport === "tcp" ? isFresh(packet) : 0),
  retransmissions: ({ isSentAgain }) => (isSentAgain ? 1 : 0),
};

/** Growth of the incident's rate, as a part of the growth of the whole rate. */
export function trueShare(
  packets: readonly SeenPacket[],
  { metric, start, part }: { metric: ChangeMetric; start: number; part: Culprit["part"] },
): number | null {
  if (part === null || typeof part === "number") return part;
  if (metric === "latency") throw new Error("the share of a latency has to be told");
  const weight = weights[metric];
  const times = packets.map(({ time }) => time);
  const secondsBefore = (start - Math.min(...times)) / 1_000;
  const secondsAfter = (Math.max(...times) - start) / 1_000;
  const growthOf = (chosen: readonly SeenPacket[]): number => {
    const sum = (some: readonly SeenPacket[]): number =>
      some.reduce((total, packet) => total + weight(packet), 0);
    return (
      sum(chosen.filter(({ time }) => time >= start)) / secondsAfter -
      sum(chosen.filter(({ time }) => time < start)) / secondsBefore
    );
  };
  return Math.min(1, growthOf(packets.filter(part)) / growthOf(packets));
}
