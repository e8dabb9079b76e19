import { z } from "zod";

/** How the embedded store keeps what it has. */
export const storageSettings = z.strictObject({
  /** Encryption at rest. */
  encryption: z
    .strictObject({
      /** The key file that `nightcap storage create-key` makes; null: nothing is encrypted. */
      keyFile: z.string().min(1).max(4_096).nullable().default(null),
    })
    .prefault({}),
});
