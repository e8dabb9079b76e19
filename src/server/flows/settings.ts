import { z } from "zod";
import { flowStoreSettings } from "../../flowstore/settings.ts";

/** Settings of what becomes of flows in the control plane. */
export const flowSettings = z.strictObject({
  /**
   * Flow records on disk that are not yet both in the table and in blobs. When it is full, what only one of
   * the two lacks is left out there; what both lack is kept, and hosts keep the rest.
   */
  journalSizeBytesMax: z
    .int()
    .min(1 << 20)
    .max(2 ** 40)
    .default(2 ** 30),
  /** Between two blocks of a blob, seconds; Azure writes once a minute. */
  blobSeconds: z.int().min(1).max(3_600).default(60),
  /** How long rows are gathered before they are written to the table, milliseconds. */
  rowMilliseconds: z.int().min(10).max(60_000).default(500),
  /** Between two looks for blobs that are older than their flow log keeps them, seconds. */
  retentionSeconds: z.int().min(1).max(86_400).default(3_600),
  /** The table's engine: the embedded one unless a `url` is given. */
  store: flowStoreSettings.omit({ directory: true }).prefault({}),
});
