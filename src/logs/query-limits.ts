import { z } from "zod";

/** What one query of logs, and all of them together, may take. Defaults are those of Log Analytics where it has one. */
export const logQuerySettings = z.strictObject({
  /** How long a query may take that says nothing of it, seconds. */
  timeoutSeconds: z.int().min(1).max(600).default(180),
  /** How long a query may ask for, seconds. */
  timeoutSecondsMax: z.int().min(1).max(3_600).default(600),
  /** Rows of an answer; what is over is left out, and the answer says so. */
  rowCountMax: z.int().min(1).max(10_000_000).default(500_000),
  /** Bytes of an answer's values; what is over is left out, and the answer says so. */
  resultBytesMax: z.int().min(1_000).max(1_000_000_000).default(64_000_000),
  /** Memory of one query in the engine, bytes. */
  memoryBytesMax: z
    .int()
    .min(64 * 2 ** 20)
    .max(2 ** 40)
    .default(2 ** 30),
  /** Threads of one query in the engine; 0 leaves it to the engine. */
  threadCountMax: z.int().min(0).max(256).default(0),
  /** Queries that run at once; the embedded engine has eight places, which those who write need too. */
  queryCountMax: z.int().min(1).max(256).default(4),
  /** Queries that wait for one of these places; more are refused. */
  queueCountMax: z.int().min(0).max(10_000).default(64),
  /** Whether the log has the text of each query too, which may name what is secret. */
  queryTextLogged: z.boolean().default(false),
});

export type LogQuerySettings = z.infer<typeof logQuerySettings>;
