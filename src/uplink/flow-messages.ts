import { z } from "zod";

/** Text of one record of a VNet flow log. */
export const flowRecordLengthMax = 1 << 20;
/** Records of one batch, which is what a host wrote at one time. */
export const flowRecordCountMax = 4_096;
/** Text of all records of one batch, and of one message unless a single batch is longer. */
export const flowBatchLengthMax = 1 << 20;
/** Batches of one message, when a host was away. */
export const flowBatchCountMax = 16;

/**
 * Records with the number that the host gave them: numbers of a stream only grow, also over restarts,
 * so that what is sent again is known again.
 */
export const flowBatch = z.strictObject({
  sequence: z.int().min(1),
  records: z.array(z.string().min(2).max(flowRecordLengthMax)).min(1).max(flowRecordCountMax),
});

export const flowsMessage = z.object({
  type: z.literal("flows"),
  /** Names the host's numbering; another one begins when its disk was lost. */
  stream: z.uuid(),
  batches: z.array(flowBatch).min(1).max(flowBatchCountMax),
});

/** The answer to `flows`, apart from the connection's own acknowledgement: they are on disk, or may come again. */
export const flowsAnswer = z.object({
  type: z.literal("flowsTaken"),
  stream: z.uuid(),
  /** All up to this number are on disk; null: none was taken. */
  sequence: z.int().min(1).nullable(),
  /** When to send what was not taken, milliseconds from now. */
  retryAfterMilliseconds: z.int().min(0).max(600_000),
});

export type FlowBatchMessage = z.infer<typeof flowBatch>;
export type FlowsMessage = z.infer<typeof flowsMessage>;
export type FlowsAnswer = z.infer<typeof flowsAnswer>;
