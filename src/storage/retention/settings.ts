import { z } from "zod";

const daysMax = 36_500;

/** 0: for ever. */
const days = z.int().min(0).max(daysMax).default(0);
/** 0: as much as the disk has. */
const sizeBytesMax = z.int().min(0).default(0);

/** How long and how much is kept in the embedded store. Nothing is deleted unless it is said here. */
export const retentionSettings = z
  .strictObject({
    /** Captures of alerts and incidents: none is deleted before its days are over, for whatever quota. */
    evidence: z.strictObject({ days, sizeBytesMax }).prefault({}),
    /** Other captures: the oldest go when a quota is reached. */
    bulk: z.strictObject({ days, sizeBytesMax }).prefault({}),
    /** Their retention is a property of each flow log; this is only held against what they take. */
    flowLogs: z.strictObject({ sizeBytesMax }).prefault({}),
    /** Of everything in the store, flow logs and foreign blobs among it. */
    totalBytesMax: sizeBytesMax,
    /** Between two looks at what is too old or too much, seconds. */
    intervalSeconds: z.int().min(1).max(86_400).default(60),
  })
  .refine(({ evidence, bulk }) => lasting(evidence.days) >= lasting(bulk.days), {
    path: ["evidence", "days"],
    message: "evidence has to be kept at least as long as bulk",
  });

const lasting = (count: number): number => (count === 0 ? Infinity : count);

export type RetentionSettings = z.infer<typeof retentionSettings>;
