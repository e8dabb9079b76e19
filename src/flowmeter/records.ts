import type { FlowBatch, FlowOrigin } from "../flowlog/flow-batch.ts";
import { writeFlowRecords } from "../flowlog/record-writer.ts";
import type { FlowLogTarget } from "./settings.ts";

/** One record of a VNet flow log, version 4, as JSON. */
export interface MeterRecord {
  flowLogId: string;
  macAddress: string;
  /** When it was written, Unix time, milliseconds. */
  time: number;
  tupleCount: number;
  text: string;
}

/** Records of a batch: one for each flow log and network interface, in it the tuples by ACL and rule. */
export function writeRecords(
  batch: FlowBatch,
  targets: readonly FlowLogTarget[],
  time: number,
): MeterRecord[] {
  const guids = new Map(targets.map(({ id, guid }) => [id, guid]));
  const counts = countTuples(batch);
  const origins: FlowOrigin[] = [];
  const texts = writeFlowRecords(batch, (origin) => {
    origins.push(origin);
    return { timeMilliseconds: time, flowLogGuid: guids.get(origin.flowLogId) ?? "" };
  });
  return texts.map((text, index) => {
    const { flowLogId = "", macAddress = "" } = origins[index] ?? {};
    const tupleCount = counts.get(recordKey({ flowLogId, macAddress })) ?? 0;
    return { flowLogId, macAddress, time, tupleCount, text };
  });
}

const recordKey = ({ flowLogId, macAddress }: { flowLogId: string; macAddress: string }): string =>
  `${flowLogId}\n${macAddress}`;

function countTuples(batch: FlowBatch): Map<string, number> {
  const perOrigin = batch.origins.map(() => 0);
  for (let row = 0; row < batch.length; row++) {
    const origin = batch.origin[row] ?? 0;
    perOrigin[origin] = (perOrigin[origin] ?? 0) + 1;
  }
  const counts = new Map<string, number>();
  batch.origins.forEach((origin, index) => {
    const key = recordKey(origin);
    counts.set(key, (counts.get(key) ?? 0) + (perOrigin[index] ?? 0));
  });
  return counts;
}
