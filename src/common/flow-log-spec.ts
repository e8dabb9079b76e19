import { z } from "zod";

/** Flow logs that one host can be asked for; each covers other interfaces. */
export const flowLogOfHostCountMax = 256;
const idLengthMax = 2_048;
const interfaceCountMax = 1_024;
const messageLengthMax = 2_000;

export const flowRecordTypes = ["B", "C", "E", "D"] as const;

/** A flow log as one host carries it out: what it writes about, and under which names. */
export const flowLogSpec = z.strictObject({
  /** Of the flow log, as the control plane spells it. */
  id: z.string().min(1).max(idLengthMax),
  /** `flowLogGUID` of the records. */
  guid: z.guid(),
  /** What the flow log is of; an interface of the host, or something that the host is in. */
  targetId: z.string().min(1).max(idLengthMax),
  /** The kernel's names of the interfaces that are watched for it. */
  interfaces: z.array(z.string().min(1).max(15)).min(1).max(interfaceCountMax),
  /** The security group whose rules decide there; null: none is known. */
  aclId: z.string().max(idLengthMax).nullable(),
  /** States of flows that are recorded. */
  recordTypes: z.array(z.enum(flowRecordTypes)).min(1).max(flowRecordTypes.length),
  /** Azure's filter expression of the flows that are recorded; null: all. */
  criteria: z.string().max(1_000).nullable(),
});

/** All that a host is to record; it replaces what was wanted before. */
export const wantedFlowLogs = z.strictObject({
  /** Made from the content, so that both sides can tell whether they mean the same. */
  revision: z.string().regex(/^[0-9a-f]{16,64}$/),
  flowLogs: z.array(flowLogSpec).max(flowLogOfHostCountMax),
});

const count = z.int().min(0);

/** What a host says of its flow logs. Counts are since its agent started. */
export const flowLogsState = z.object({
  /** Of what it was last asked for; null: never asked. */
  revision: z.string().max(64).nullable(),
  /** Where flows come from; null: nothing is recorded. */
  engine: z.enum(["conntrack", "packets"]).nullable(),
  /** Why nothing is recorded, or what keeps it from being whole; null: nothing. */
  error: z.string().max(messageLengthMax).nullable(),
  /** Events that the kernel or the meter's own tables could not keep. */
  lostCount: count,
  /** Batches of records that wait on the host's disk, and that were dropped because it was full. */
  waitingCount: count,
  droppedCount: count,
  flowLogs: z
    .array(
      z.object({
        id: z.string().max(idLengthMax),
        records: count,
        tuples: count,
        /** Milliseconds since the epoch; null: none yet. */
        lastRecordAt: count.nullable(),
      }),
    )
    .max(flowLogOfHostCountMax),
});

export type FlowLogSpec = z.infer<typeof flowLogSpec>;
export type WantedFlowLogs = z.infer<typeof wantedFlowLogs>;
export type FlowLogsState = z.infer<typeof flowLogsState>;
