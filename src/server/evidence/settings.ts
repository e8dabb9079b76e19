import { z } from "zod";

/** How the access log is kept. */
export const evidenceSettings = z.strictObject({
  /** What becomes of a download or a change that cannot be recorded: refused with 503, or let through. */
  unrecordedAccess: z.enum(["refuse", "allow"]).default("refuse"),
  /** Size at which a segment of the log is closed, MiB. */
  logSegmentMebibytes: z.int().min(1).max(1_024).default(32),
  /** Segments that are kept; the oldest are deleted, and the log says so. */
  logSegmentCountMax: z.int().min(2).max(100_000).default(256),
  /** How often the end of the log is signed, seconds. */
  logSignSeconds: z.int().min(1).max(86_400).default(60),
});

export type EvidenceSettings = z.infer<typeof evidenceSettings>;
