import { z } from "zod";
import { coverageGap } from "./coverage.ts";
import { holdFacts } from "./holds.ts";

/** What came of one interface's look-back. */
export const lookBackInterface = z.object({
  name: z.string(),
  isWatched: z.boolean(),
  /** These are milliseconds since the epoch. */
  oldestPacketTime: z.number().nullable(),
  coveredFrom: z.number().nullable(),
  packetsSeen: z.number(),
  packets: z.number(),
  /** Of these, packets of which the ring has less than was asked for. */
  packetsCutShort: z.number(),
  snapLengthBytes: z.number(),
  drops: z.number().nullable(),
  edgeIsFound: z.boolean(),
  /** Of the recording's first packets those that the ring should have, and lacks. */
  packetsLacking: z.number().default(0),
  /** Taken out of the ring because the recording lacks them, although it had begun. */
  packetsFilledIn: z.number().default(0),
  isCutBySize: z.boolean(),
  gaps: z.array(coverageGap),
  /** Held, and then given up because too much was held. */
  givenUp: z.array(coverageGap).default([]),
  /** Why nothing of it came out of the ring; null: something may have. */
  problem: z.string().nullable(),
});

/** What came of a session's look-back: kept in its folder from the cut on. */
export const lookBackResult = z.object({
  /** Null: the ring could not be held, `problem` says why. */
  facts: holdFacts.nullable(),
  problem: z.string().nullable(),
  isRecorderOff: z.boolean(),
  windowFrom: z.number(),
  moment: z.number(),
  cutMilliseconds: z.number(),
  interfaces: z.array(lookBackInterface),
  clockSteps: z.array(z.object({ at: z.number(), milliseconds: z.number() })),
});

export type LookBackInterface = z.infer<typeof lookBackInterface>;
export type LookBackResult = z.infer<typeof lookBackResult>;
