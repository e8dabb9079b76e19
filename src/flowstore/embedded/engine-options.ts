import { z } from "zod";

/** What the engine's process is started with, as one JSON argument. */
export const engineOptions = z.strictObject({
  directory: z.string().min(1),
  socketPath: z.string().min(1),
  memoryBytesMax: z.int().min(1),
  /** Of one query that does not say how much itself. */
  queryMemoryBytesMax: z.int().min(1),
  threadCountMax: z.int().min(0),
  requestCountMax: z.int().min(1),
  queueCountMax: z.int().min(0),
  idleSeconds: z.int().min(1),
});

export type EngineOptions = z.infer<typeof engineOptions>;

/** How the engine's process ends when it could not start; the starter tells people why. */
export const engineExit = { failed: 1, packageMissing: 3 } as const;
