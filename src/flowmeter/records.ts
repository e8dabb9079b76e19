// Tuples as records of a VNet flow log, version 4: one record for each flow log and network interface,
// in it the tuples by ACL and rule.
import {
  encryptionCodes,
  flowStates,
  type FlowBatch,
  type FlowOrigin,
} from "../flowlog/flow-batch.ts";
import type { FlowLogTarget } from "./settings.ts";

/** One JSON object for each record; a record is at most some hundred kilobytes. */
export interface MeterRecord {
  flowLogId: string;
  macAddress: string;
  /** Unix time of its newest tuple, milliseconds. */
  time: number;
  tupleCount: number;
  text: string;
}

const tuplesPerRecordMax = 4_000;
const wordsPerAddress = 4;

/** What belongs into one record. */
interface Draft {
  origin: FlowOrigin;
  time: number;
  tupleCount: number;
  /** By ACL, then by rule. */
  flows: Map<string, Map<string, string[]>>;
}

export function writeRecords(batch: FlowBatch, targets: readonly FlowLogTarget[]): MeterRecord[] {
  const records: MeterRecord[] = [];
  const drafts = new Map<string, Draft>();
  const finish = (draft: Draft): number => records.push(recordOf(draft, targets));
  for (let row = 0; row < batch.length; row++) {
    const origin = batch.origins[batch.origin[row] ?? 0];
    if (!origin) continue;
    const key = `${origin.flowLogId}\n${origin.macAddress}`;
    let draft = drafts.get(key);
    if (!draft || draft.tupleCount === tuplesPerRecordMax) {
      if (draft) finish(draft);
      draft = { origin, time: 0, tupleCount: 0, flows: new Map() };
      drafts.set(key, draft);
    }
    addTuple(draft, origin, batch, row);
  }
  for (const draft of drafts.values()) finish(draft);
  return records;
}

function addTuple(draft: Draft, origin: FlowOrigin, batch: FlowBatch, row: number): void {
  const groups = draft.flows.get(origin.aclId) ?? new Map<string, string[]>();
  draft.flows.set(origin.aclId, groups);
  const tuples = groups.get(origin.rule) ?? [];
  groups.set(origin.rule, tuples);
  tuples.push(tupleText(batch, row));
  draft.tupleCount++;
  draft.time = Math.max(draft.time, batch.time[row] ?? 0);
}

function recordOf({ origin, time, tupleCount, flows }: Draft, targets: readonly FlowLogTarget[]) {
  const { flowLogId, macAddress, targetId } = origin;
  const record = {
    time: new Date(time).toISOString(),
    flowLogVersion: 4,
    flowLogGUID: targets.find(({ id }) => id === flowLogId)?.guid ?? "",
    macAddress,
    category: "FlowLogFlowEvent",
    flowLogResourceID: flowLogId.toUpperCase(),
    targetResourceID: targetId,
    operationName: "FlowLogFlowEvent",
    flowRecords: {
      flows: Array.from(flows, ([aclID, groups]) => ({
        aclID,
        flowGroups: Array.from(groups, ([rule, flowTuples]) => ({ rule, flowTuples })),
      })),
    },
  };
  return { flowLogId, macAddress, time, tupleCount, text: JSON.stringify(record) };
}

function tupleText(batch: FlowBatch, row: number): string {
  return [
    batch.time[row],
    addressText(batch.source, row),
    addressText(batch.destination, row),
    batch.sourcePort[row],
    batch.destinationPort[row],
    batch.protocol[row],
    batch.direction[row] === 1 ? "O" : "I",
    flowStates[batch.state[row] ?? 0],
    encryptionCodes[batch.encryption[row] ?? 0],
    batch.packetsToDestination[row],
    batch.bytesToDestination[row],
    batch.packetsToSource[row],
    batch.bytesToSource[row],
  ].join(",");
}

/** RFC 5952 for IPv6. */
function addressText(words: Uint32Array, row: number): string {
  const at = row * wordsPerAddress;
  const word = (index: number): number => words[at + index] ?? 0;
  if (word(0) === 0 && word(1) === 0 && word(2) === 0xffff) {
    const value = word(3);
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  }
  const groups = [0, 1, 2, 3].flatMap((index) => [word(index) >>> 16, word(index) & 0xffff]);
  return shortened(groups);
}

/** Writes the longest run of two or more zero groups, the first of equals, as "::". */
function shortened(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const text = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(":");
  if (best.at < 0) return text(groups);
  return `${text(groups.slice(0, best.at))}::${text(groups.slice(best.at + best.length))}`;
}
