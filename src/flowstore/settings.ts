import { totalmem } from "node:os";
import { z } from "zod";

const defaultMemoryBytesMax = 4 * 2 ** 30;
const memoryShareDivisor = 4;

/** Where flows are kept, and how much of the host that may take. */
export const flowStoreSettings = z.strictObject({
  /** Folder of the embedded engine; used when there is no `url`. */
  directory: z.string().min(1).optional(),
  /** A ClickHouse server (https://host:8443) or any server of a cluster. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** Servers of the same cluster, asked at the start when the one at `url` does not answer. */
  otherUrls: z
    .array(z.url({ protocol: /^https?$/ }))
    .max(64)
    .default([]),
  user: z.string().min(1).default("default"),
  /** File that holds the password and nothing else. */
  passwordFile: z.string().min(1).optional(),
  database: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/)
    .default("nightcap"),
  /** PEM file of the authority that signed the server's certificate. */
  caFile: z.string().min(1).optional(),
  /** The cluster's name in the servers' settings; found by itself where there is one. */
  cluster: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,63}$/)
    .optional(),
  /**
   * With Keeper: replicas of a shard that have a row when it is acknowledged, "auto" being more than half. With
   * two replicas that is both; 1 goes on while one of them is away, and can lose the last rows with a disk.
   */
  insertQuorum: z.union([z.int().min(1).max(16), z.literal("auto")]).default("auto"),
  /** Whether queries are answered from what is there while a whole shard is missing; the answer says which one. */
  partialAnswers: z.boolean().default(false),
  /** Days that flows are kept; 0 = for ever. Left out: what the table has already. */
  retentionDays: z.int().min(0).max(3650).optional(),
  /** Memory of the embedded engine; default: a quarter of the host's, at most 4 GiB. */
  memoryBytesMax: z
    .int()
    .min(256 * 2 ** 20)
    .default(() => Math.min(defaultMemoryBytesMax, Math.floor(totalmem() / memoryShareDivisor))),
  /** Memory of one query in the embedded engine that says nothing of it; default: half of the engine's, so that rows can be written meanwhile. */
  queryMemoryBytesMax: z
    .int()
    .min(64 * 2 ** 20)
    .optional(),
  /** Threads of one query in the embedded engine; 0 = one for each core. */
  threadCountMax: z.int().min(0).max(256).default(0),
  /** Requests that the embedded engine works on at once. */
  requestCountMax: z.int().min(1).max(64).default(8),
  /** Requests that wait for one of those places; more are refused. */
  queueCountMax: z.int().min(0).max(10_000).default(256),
  /** The embedded engine ends by itself when nobody asked for so long. */
  idleSeconds: z.int().min(1).max(86_400).default(120),
});

export type FlowStoreSettings = z.infer<typeof flowStoreSettings>;
