// Writes a PT1H.json of a VNet flow log as Azure does, in one stream: the same seed gives the same bytes.
import { closeSync, openSync, writeSync } from "node:fs";
import { closingBlock, entryBlock, openingBlock } from "../../src/flowlog/blob-blocks.ts";
import { Random } from "../inspection/random.ts";

export interface GenerateOptions {
  path: string;
  /** It ends when one of both is reached. */
  tupleCountMax: number;
  sizeBytesMax: number;
  seed: number;
}

export interface GeneratedLog {
  tuples: number;
  sizeBytes: number;
}

const interfaceCount = 40;
const peerCount = 5_000;
const groupsPerRecord = 8;
const tuplesPerGroupMax = 60;
const recordTimeMilliseconds = 60_000;
const firstTime = Date.UTC(2026, 0, 1);
const tcp = 6;
const udp = 17;
const ports = [443, 443, 443, 80, 53, 22, 3389, 5432, 8080, 123];
const allowRules = [
  "DefaultRule_AllowInternetOutBound",
  "DefaultRule_AllowVnetOutBound",
  "DefaultRule_AllowVnetInBound",
  "UserRule_allow-web",
  "PlatformRule",
];
const denyRules = ["DefaultRule_DenyAllInBound", "UserRule_block-high-risk-ports"];
/** Of ten tuples of an allowed conversation: most begin and end within the minute. */
const states = "BBBBEEEECC";

export function generateFlowLog(options: GenerateOptions): GeneratedLog {
  const random = new Random(options.seed);
  const file = openSync(options.path, "w");
  const done: GeneratedLog = { tuples: 0, sizeBytes: 0 };
  const write = (text: string): void => {
    done.sizeBytes += writeSync(file, text);
  };
  write(openingBlock);
  const { tupleCountMax, sizeBytesMax } = options;
  for (let index = 0; done.tuples < tupleCountMax && done.sizeBytes < sizeBytesMax; index++) {
    const record = recordText(random, index, tupleCountMax - done.tuples);
    done.tuples += record.tuples;
    write(entryBlock([record.text], index === 0));
  }
  write(closingBlock);
  closeSync(file);
  return done;
}

function recordText(random: Random, index: number, room: number) {
  const nic = index % interfaceCount;
  const minute = firstTime + Math.floor(index / interfaceCount) * recordTimeMilliseconds;
  const network = `virtualNetworks/vnet-${nic % 4}`;
  const flowGroups: { rule: string; flowTuples: string[] }[] = [];
  let tuples = 0;
  for (let group = 0; group < groupsPerRecord && tuples < room; group++) {
    const isDenied = group % 4 === 3;
    const rule = pick(isDenied ? denyRules : allowRules, random);
    const count = Math.min(1 + random.below(tuplesPerGroupMax), room - tuples);
    const flowTuples = Array.from({ length: count }, () =>
      tuple(random, { nic, minute, isDenied }),
    );
    flowGroups.push({ rule, flowTuples });
    tuples += count;
  }
  const scope = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups";
  const watcher = "providers/Microsoft.Network/networkWatchers/NetworkWatcher_eastus";
  const record = {
    time: new Date(minute).toISOString().replace("Z", "0000Z"),
    flowLogVersion: 4,
    flowLogGUID: "abcdef01-2345-6789-0abc-def012345678",
    macAddress: (0x000d3a000000 + nic).toString(16).toUpperCase().padStart(12, "0"),
    category: "FlowLogFlowEvent",
    flowLogResourceID: `${scope}/NetworkWatcherRG/${watcher}/flowLogs/bench`.toUpperCase(),
    targetResourceID: `${scope}/bench/providers/Microsoft.Network/${network}`,
    operationName: "FlowLogFlowEvent",
    flowRecords: { flows: [{ aclID: "00000000-1234-abcd-ef00-c1c2c3c4c5c6", flowGroups }] },
  };
  return { text: JSON.stringify(record), tuples };
}

interface TupleFrame {
  nic: number;
  minute: number;
  isDenied: boolean;
}

function tuple(random: Random, { nic, minute, isDenied }: TupleFrame): string {
  const isInbound = isDenied || random.below(3) === 0;
  const own = `10.${nic >> 4}.${nic & 15}.4`;
  const peer = peerAddress(random.below(peerCount));
  const port = isDenied ? random.below(65_536) : (ports[random.below(ports.length)] ?? 443);
  const fields = [
    minute + random.below(recordTimeMilliseconds),
    isInbound ? peer : own,
    isInbound ? own : peer,
    1_024 + random.below(64_000),
    port,
    port === 53 || port === 123 ? udp : tcp,
    isInbound ? "I" : "O",
  ];
  const state = isDenied ? "D" : pick(Array.from(states), random);
  return `${fields.join(",")},${state},NX,${counters(random, state)}`;
}

function counters(random: Random, state: string): string {
  if (state === "B" || state === "D") return "0,0,0,0";
  const packets = 1 + random.below(random.below(20) === 0 ? 20_000 : 40);
  const back = random.below(packets + 1);
  return `${packets},${packets * (60 + random.below(1_200))},${back},${back * (60 + random.below(1_200))}`;
}

/** Four of five are IPv4; the same number is the same peer. */
function peerAddress(peer: number): string {
  if (peer % 5 === 0) return `2603:1030:40c:${peer.toString(16)}::${(peer % 9) + 1}`;
  return `${20 + (peer % 180)}.${(peer * 7) % 256}.${(peer * 13) % 256}.${(peer % 250) + 1}`;
}

function pick(items: readonly string[], random: Random): string {
  return items[random.below(items.length)] ?? "";
}
