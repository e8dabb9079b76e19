import { z } from "zod";
import { blockDirections } from "../../block/block.ts";

const secondsPerDay = 86_400;
const durationSecondsDefault = 1_800;
const textLengthMax = 500;

/** The body of `POST .../blocks`. */
export const blockRequest = z.strictObject({
  /** An address, or a network with its length. */
  address: z.string().min(1).max(80),
  /** `443/tcp`, `8000-8100/udp`, `tcp`, `udp`, `icmp`; null: everything. */
  port: z.string().max(20).nullable().default(null),
  direction: z.enum(blockDirections).default("out"),
  /** The host's own limit is usually shorter. */
  durationSeconds: z
    .int()
    .min(1)
    .max(30 * secondsPerDay)
    .default(durationSecondsDefault),
  reason: z.string().max(textLengthMax).nullable().default(null),
  /** The finding that it is made for: `CAPTURE#N`. */
  finding: z.string().max(textLengthMax).nullable().default(null),
  force: z.boolean().default(false),
  /** Only says what would be done. */
  dryRun: z.boolean().default(false),
});
