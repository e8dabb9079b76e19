import { createFlowBatch, type FlowBatch } from "../../src/flowlog/flow-batch.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";

export interface Row {
  source: string;
  destination: string;
  destinationPort?: number;
  protocol?: number;
  macAddress?: string;
  targetId?: string;
  /** Inbound where it is left out. */
  direction?: "I" | "O";
}

/** A batch of flows from one address to another. */
export function batchOf(...rows: readonly Row[]): FlowBatch {
  const batch = createFlowBatch(rows.length);
  for (const [index, row] of rows.entries()) {
    for (const [text, words] of [
      [row.source, batch.source],
      [row.destination, batch.destination],
    ] as const)
      if (!readAddress(text, words, 4 * index)) throw new Error(`${text} is no address`);
    batch.destinationPort[index] = row.destinationPort ?? 443;
    batch.protocol[index] = row.protocol ?? 6;
    batch.direction[index] = row.direction === "O" ? 1 : 0;
    batch.origin[index] = batch.origins.length;
    batch.origins.push({
      version: 4,
      flowLogId: "",
      targetId: row.targetId ?? "",
      macAddress: row.macAddress ?? "",
      aclId: "",
      rule: "",
    });
  }
  batch.length = rows.length;
  return batch;
}
