import { createFlowBatch, type FlowBatch } from "./flow-batch.ts";
import { wordsPerAddress } from "./address-words.ts";

const numberColumns = [
  "time",
  "sourcePort",
  "destinationPort",
  "protocol",
  "direction",
  "state",
  "encryption",
  "packetsToDestination",
  "bytesToDestination",
  "packetsToSource",
  "bytesToSource",
] as const;

/** The rows of several batches as one, in their order. */
export function joinBatches(batches: readonly FlowBatch[]): FlowBatch {
  const joined = createFlowBatch(batches.reduce((sum, { length }) => sum + length, 0));
  for (const batch of batches) append(joined, batch);
  return joined;
}

function append(joined: FlowBatch, batch: FlowBatch): void {
  const { length } = batch;
  const at = joined.length;
  for (const name of numberColumns) joined[name].set(batch[name].subarray(0, length), at);
  for (const name of ["source", "destination"] as const) {
    const words = batch[name].subarray(0, length * wordsPerAddress);
    joined[name].set(words, at * wordsPerAddress);
  }
  const firstOrigin = joined.origins.length;
  for (let row = 0; row < length; row++)
    joined.origin[at + row] = firstOrigin + (batch.origin[row] ?? 0);
  for (const origin of batch.origins) joined.origins.push(origin);
  joined.length = at + length;
}
