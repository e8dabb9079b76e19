import { createFlowBatch, type FlowBatch } from "../../src/flowlog/flow-batch.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";
import { Random } from "../inspection/random.ts";

const rowsPerBatch = 65_536;
const hostCount = 2_000;
const ports = [443, 80, 53, 22, 3_389, 1_433, 8_080, 5_432] as const;

/** A random address; of IPv6 in the part that is in use, 2000::/5. */
export function addressText(random: Random, version: 4 | 6): string {
  if (version === 4) {
    const value = random.next();
    return `${1 + ((value >>> 24) % 223)}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  }
  const groups = Array.from({ length: 3 }, () => random.below(65_536).toString(16));
  return `${(0x2000 + random.below(0x0c00)).toString(16)}:${groups.join(":")}::1`;
}

/** Flows between hosts of 10.0.0.0/8 and outer addresses, nine of ten IPv4, the first ones most often. */
export function zipfBatches(tupleCount: number, addressCount: number): FlowBatch[] {
  const random = new Random(1);
  const words = new Uint32Array(4 * (addressCount + hostCount));
  for (let index = 0; index < addressCount; index++)
    readAddress(addressText(random, index % 10 === 0 ? 6 : 4), words, 4 * index);
  for (let host = 0; host < hostCount; host++)
    readAddress(`10.0.${host >> 8}.${host & 255}`, words, 4 * (addressCount + host));
  const batches: FlowBatch[] = [];
  for (let left = tupleCount; left > 0; left -= rowsPerBatch) {
    const batch = createFlowBatch(Math.min(left, rowsPerBatch));
    batch.length = batch.capacity;
    for (let row = 0; row < batch.length; row++)
      fillRow(batch, row, { random, words, addressCount });
    batches.push(batch);
  }
  return batches;
}

function fillRow(
  batch: FlowBatch,
  row: number,
  { random, words, addressCount }: { random: Random; words: Uint32Array; addressCount: number },
): void {
  // The inverse of Zipf's law with exponent 1: rank n comes with a share of 1/n.
  const outer = Math.trunc(addressCount ** (random.next() / 2 ** 32)) - 1;
  const inner = addressCount + random.below(hostCount);
  const [source, destination] = random.below(2) === 0 ? [inner, outer] : [outer, inner];
  batch.source.set(words.subarray(4 * source, 4 * source + 4), 4 * row);
  batch.destination.set(words.subarray(4 * destination, 4 * destination + 4), 4 * row);
  batch.destinationPort[row] = ports[random.below(ports.length)] ?? 0;
  batch.protocol[row] = 6;
}
