// Flow logs that were damaged by chance: the reader has to agree with JSON.parse, and with itself over any chunks.
import { isDeepStrictEqual } from "node:util";
import { Random } from "../../bench/inspection/random.ts";
import { readLog, type ReadLog } from "../flowlog/read-log.ts";
import { nsgEmptyFlows, nsgV1Nested, nsgV2, vnetTuples, vnetV4 } from "../flowlog/samples.ts";

const tuples = [
  "1663146003599,2001:db8::1,::ffff:10.0.0.6,23956,443,6,O,E,X,1,2,3,4",
  "1663146003,10.0.0.6,fe80::,0,65535,17,I,C,NX_FALLBACK,9007199254740991,0,0,0",
];
const logs = [nsgV1Nested, nsgV2, nsgEmptyFlows, vnetV4, { records: [vnetTuples(...tuples)] }];
const corpus = logs.flatMap((log) => [
  Buffer.from(JSON.stringify(log)),
  Buffer.from(JSON.stringify(log, null, 2)),
]);
/** What damage is made of, besides any byte: what JSON and tuples are made of. */
const pieces = ["{", "}", "[", "]", ",", '"', ":", "\\", "\\u0031", "0", "-1", "null", "\0", "é"];
const names = ['"records":', '"flowTuples":', '"rule":', '"Version":', '"flows":[', '{"records":['];
const mutationCountMax = 6;
const partSizeBytesMax = 200;

/** Tries the flow log of a seed; raises an error that says what is wrong. */
export function checkFlowLog(seed: number): void {
  const random = new Random(seed);
  const bytes = damaged(random);
  const capacity = 1 + random.below(20);
  const whole = readLog(bytes, { capacity });
  const sizes = Array.from({ length: 5 }, () => 1 + random.below(100));
  const cut = readLog(bytes, { capacity, chunkSizes: sizes, swap: random.below(2) === 0 });
  if (!isSame(whole, cut)) throw new Error(`other rows in chunks of ${sizes.join()}`);
  checkParts(bytes, random.below(bytes.length + 1));
  checkAgainstJson(bytes, whole);
}

/** How much was received before a failure depends on chunks; nothing else does. */
function isSame(one: ReadLog, other: ReadLog): boolean {
  const known = ({ rows, summary, batches }: ReadLog) => {
    return { rows, summary: { ...summary, receivedBytes: 0 }, batches };
  };
  return isDeepStrictEqual(known(one), known(other));
}

/** A reading that stops and one that goes on where it stopped give each row once, in batches that hold any record. */
function checkParts(bytes: Buffer, at: number): void {
  const whole = readLog(bytes);
  const first = readLog(bytes.subarray(0, at));
  const second = readLog(bytes.subarray(first.summary.consumedBytes));
  if (first.summary.failure || second.summary.failure || whole.summary.failure) return;
  if (!isDeepStrictEqual([...first.tuples, ...second.tuples], whole.tuples))
    throw new Error(`other rows when reading stops at ${at} and goes on`);
}

function checkAgainstJson(bytes: Buffer, { summary, tuples: read }: ReadLog): void {
  const counted = summary.rows + summary.openRows;
  if (counted !== read.length) throw new Error(`${counted} rows, ${read.length} given`);
  if (!/^\s*[[{]/.test(bytes.toString())) return;
  const isJson = parses(bytes.toString());
  if (isJson && summary.failure?.code === "FlowLogMalformed")
    throw new Error(`JSON.parse takes it, but: ${summary.failure.message}`);
  if (isJson && !summary.failure && !summary.isComplete) throw new Error("not complete");
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function damaged(random: Random): Buffer {
  let bytes = pick(corpus, random) ?? Buffer.alloc(0);
  for (let count = random.below(mutationCountMax); count > 0; count--) {
    const at = random.below(bytes.length + 1);
    const size = random.below(random.below(4) === 0 ? partSizeBytesMax : 3);
    const tail = bytes.subarray(at + size);
    bytes = Buffer.concat([bytes.subarray(0, at), inserted(bytes, random), tail]);
  }
  return bytes;
}

function inserted(bytes: Buffer, random: Random): Buffer {
  const from = random.below(bytes.length + 1);
  switch (random.below(5)) {
    case 0:
      return Buffer.from([random.below(256)]);
    case 1:
      return Buffer.from(pick(pieces, random) ?? "");
    case 2:
      return Buffer.from(pick(names, random) ?? "");
    case 3:
      return bytes.subarray(from, from + random.below(partSizeBytesMax));
    default:
      return Buffer.alloc(0);
  }
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[random.below(items.length)];
}
