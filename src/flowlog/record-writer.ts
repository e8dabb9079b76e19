import type { FlowBatch, FlowOrigin } from "./flow-batch.ts";
import { tupleText } from "./tuple-text.ts";

/** What a record says of itself and the rows do not know. */
export interface FlowRecordHead {
  /** When it is written, Unix time in milliseconds. */
  readonly timeMilliseconds: number;
  readonly flowLogGuid: string;
}

/** Tuples by access list and rule, in the order in which each came first. */
interface Draft {
  readonly origin: FlowOrigin;
  readonly flows: Map<string, Map<string, string[]>>;
}

/**
 * Writes a batch's rows as records of VNet flow logs: one for each flow log, target and MAC address, with Azure's members
 * in Azure's order (Microsoft Learn, "Virtual network flow logs", Log format), compact.
 */
export function writeFlowRecords(
  batch: FlowBatch,
  headOf: (origin: FlowOrigin) => FlowRecordHead,
): string[] {
  const drafts = new Map<string, Draft>();
  for (let row = 0; row < batch.length; row++) {
    const origin = batch.origins[batch.origin[row] ?? 0];
    if (origin) tuplesOf(draftOf(drafts, origin), origin).push(tupleText(batch, row));
  }
  return Array.from(drafts.values(), (draft) => recordText(draft, headOf(draft.origin)));
}

function draftOf(drafts: Map<string, Draft>, origin: FlowOrigin): Draft {
  const key = JSON.stringify([origin.flowLogId, origin.targetId, origin.macAddress]);
  let draft = drafts.get(key);
  if (!draft) drafts.set(key, (draft = { origin, flows: new Map() }));
  return draft;
}

function tuplesOf({ flows }: Draft, { aclId, rule }: FlowOrigin): string[] {
  let groups = flows.get(aclId);
  if (!groups) flows.set(aclId, (groups = new Map()));
  let tuples = groups.get(rule);
  if (!tuples) groups.set(rule, (tuples = []));
  return tuples;
}

function recordText({ origin, flows }: Draft, head: FlowRecordHead): string {
  return JSON.stringify({
    time: new Date(head.timeMilliseconds).toISOString().replace("Z", "0000Z"),
    flowLogVersion: 4,
    flowLogGUID: head.flowLogGuid,
    macAddress: origin.macAddress,
    category: "FlowLogFlowEvent",
    flowLogResourceID: origin.flowLogId.toUpperCase(),
    targetResourceID: origin.targetId,
    operationName: "FlowLogFlowEvent",
    flowRecords: {
      flows: Array.from(flows, ([aclID, groups]) => ({
        aclID,
        flowGroups: Array.from(groups, ([rule, flowTuples]) => ({ rule, flowTuples })),
      })),
    },
  });
}
