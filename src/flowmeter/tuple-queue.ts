// Tuples that wait to be written, as columns; one for each flow log that covers the flow's interface.
import {
  createFlowBatch,
  encryptionCodes,
  flowStates,
  type FlowBatch,
} from "../flowlog/flow-batch.ts";
import type { FlowMeterCounters } from "./counters.ts";
import type { FlowRow } from "./flow-row.ts";
import type { Link } from "./host-view.ts";
import { networkUint16, networkUint32 } from "./netlink/bytes.ts";
import type { FlowLogTarget } from "./settings.ts";
import { destinationAt, destinationPortAt, protocolAt, sourceAt, sourcePortAt } from "./tuple.ts";

/** Tuples of one batch, and so of one record: at most some hundred kilobytes. */
const batchCapacity = 4_096;
const outbound = 1;
/** "NX": these flows are not encrypted by the virtual network; nothing here encrypts. */
const notEncrypted = encryptionCodes.indexOf("NX");
const stateIndex = {
  B: flowStates.indexOf("B"),
  C: flowStates.indexOf("C"),
  E: flowStates.indexOf("E"),
  D: flowStates.indexOf("D"),
} as const;
const wordsPerAddress = 4;
/** The GUID of what no rule of a person decided. */
const platformAclId = "00000000-0000-0000-0000-000000000000";

export interface TupleQueue {
  /** False when there was no room in every flow log that covers it; an interface that none covers is no fault. */
  add(row: FlowRow): boolean;
  targets: readonly FlowLogTarget[];
  readonly length: number;
  /** Gives what waits, in the order in which it came, and starts anew. */
  take(): FlowBatch[];
}

export interface TupleQueueOptions {
  countMax: number;
  /** Rule of flows that have none. */
  unmarkedRule: string;
  targets: readonly FlowLogTarget[];
  counters: FlowMeterCounters;
}

export function createTupleQueue(options: TupleQueueOptions): TupleQueue {
  const { countMax, counters } = options;
  let full: FlowBatch[] = [];
  let batch = createFlowBatch(batchCapacity);
  let origins = new Map<string, number>();
  let { targets } = options;
  let covering = new WeakMap<Link, FlowLogTarget[]>();
  const length = (): number => full.length * batchCapacity + batch.length;

  function originOf(target: FlowLogTarget, { link, rule }: FlowRow): number {
    const key = `${target.id}\n${link.macAddress}\n${rule}`;
    let index = origins.get(key);
    if (index === undefined) {
      index = batch.origins.length;
      batch.origins.push({
        version: 4,
        flowLogId: target.id,
        targetId: target.targetId,
        macAddress: link.macAddress,
        aclId: rule === "" ? platformAclId : target.aclId,
        rule: rule === "" ? options.unmarkedRule : rule,
      });
      origins.set(key, index);
    }
    return index;
  }

  function coveringOf(link: Link): FlowLogTarget[] {
    let found = covering.get(link);
    if (!found) {
      found = targets.filter(
        ({ interfaces }) => interfaces.length === 0 || interfaces.includes(link.name),
      );
      covering.set(link, found);
    }
    return found;
  }

  function drop(row: FlowRow): false {
    // What a C tells of stays with its flow, and is told later.
    if (row.state === "C") return false;
    counters.tuplesDropped++;
    counters.bytesDropped += row.bytesToDestination + row.bytesToSource;
    return false;
  }

  function startBatch(): void {
    batch = createFlowBatch(batchCapacity);
    origins = new Map();
  }

  return {
    get length() {
      return length();
    },
    set targets(value: readonly FlowLogTarget[]) {
      targets = value;
      covering = new WeakMap();
    },
    get targets() {
      return targets;
    },
    add(row) {
      const logs = coveringOf(row.link);
      if (length() + logs.length > countMax) return drop(row);
      for (const target of logs) {
        if (batch.length === batchCapacity) {
          full.push(batch);
          startBatch();
        }
        fill(batch, batch.length++, row, originOf(target, row));
      }
      return true;
    },
    take() {
      const taken = [...full, batch].filter((one) => one.length > 0);
      full = [];
      startBatch();
      return taken;
    },
  };
}

function fill(batch: FlowBatch, index: number, row: FlowRow, origin: number): void {
  const { tuple } = row;
  batch.time[index] = row.time;
  for (let word = 0; word < wordsPerAddress; word++) {
    const at = index * wordsPerAddress + word;
    batch.source[at] = networkUint32(tuple, sourceAt + word * 4);
    batch.destination[at] = networkUint32(tuple, destinationAt + word * 4);
  }
  batch.sourcePort[index] = networkUint16(tuple, sourcePortAt);
  batch.destinationPort[index] = networkUint16(tuple, destinationPortAt);
  batch.protocol[index] = tuple[protocolAt] ?? 0;
  batch.direction[index] = row.isOutbound ? outbound : 0;
  batch.state[index] = stateIndex[row.state];
  batch.encryption[index] = notEncrypted;
  batch.packetsToDestination[index] = row.packetsToDestination;
  batch.bytesToDestination[index] = row.bytesToDestination;
  batch.packetsToSource[index] = row.packetsToSource;
  batch.bytesToSource[index] = row.bytesToSource;
  batch.origin[index] = origin;
}
