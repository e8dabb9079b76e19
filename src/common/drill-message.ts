import { z } from "zod";

const textLengthMax = 1_000;

/** What a drill tells the process that started it, as it goes. */
export const drillMessage = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("step"),
    text: z.string().max(textLengthMax),
    /** Since the burst began; null: before it. */
    milliseconds: z.number().nullable(),
  }),
  z.object({ kind: z.literal("incident"), incidentId: z.string().max(textLengthMax) }),
]);
export type DrillMessage = z.infer<typeof drillMessage>;
