import { z } from "zod";
import { type FlowLogSpec, flowRecordTypes } from "../common/flow-log-spec.ts";
import { compileFlowFilter, type FlowFilter } from "../flowlog/flow-filter.ts";
import type { MeteredRecord } from "./flow-logs.ts";

/** The members of our own records that are looked at; what else is there stays as it is. */
const record = z.looseObject({
  flowRecords: z.looseObject({
    flows: z.array(
      z.looseObject({
        flowGroups: z.array(z.looseObject({ flowTuples: z.array(z.string()) })),
      }),
    ),
  }),
});

type Record = z.infer<typeof record>;

const filters = new WeakMap<FlowLogSpec, FlowFilter | null>();

/** Leaves out the tuples that a flow log does not want, and records of which nothing is left. */
export function chooseFlows(
  flowLogs: readonly FlowLogSpec[],
  records: readonly MeteredRecord[],
): MeteredRecord[] {
  const byId = new Map(flowLogs.map((each) => [each.id.toLowerCase(), each]));
  return records.flatMap((each) => {
    const flowLog = byId.get(each.flowLogId.toLowerCase());
    if (!flowLog || each.tupleCount === 0) return [];
    const filter = filterOf(flowLog);
    if (!filter) return [each];
    const left = withFewer(record.parse(JSON.parse(each.text)), filter);
    const tupleCount = countTuples(left);
    return tupleCount === 0 ? [] : [{ ...each, tupleCount, text: JSON.stringify(left) }];
  });
}

function filterOf(flowLog: FlowLogSpec): FlowFilter | null {
  const known = filters.get(flowLog);
  if (known !== undefined) return known;
  const { recordTypes, criteria } = flowLog;
  const isWhole = criteria === null && recordTypes.length === flowRecordTypes.length;
  const filter = isWhole ? null : compileFlowFilter({ recordTypes, criteria });
  filters.set(flowLog, filter);
  return filter;
}

function withFewer(whole: Record, filter: FlowFilter): Record {
  const flows = whole.flowRecords.flows
    .map((flow) => ({
      ...flow,
      flowGroups: flow.flowGroups
        .map((group) => ({ ...group, flowTuples: group.flowTuples.filter(filter) }))
        .filter(({ flowTuples }) => flowTuples.length > 0),
    }))
    .filter(({ flowGroups }) => flowGroups.length > 0);
  return { ...whole, flowRecords: { ...whole.flowRecords, flows } };
}

const countTuples = ({ flowRecords }: Record): number =>
  flowRecords.flows
    .flatMap(({ flowGroups }) => flowGroups)
    .reduce((sum, { flowTuples }) => sum + flowTuples.length, 0);
