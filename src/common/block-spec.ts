import { z } from "zod";

/** Blocks that one host can be asked for. */
export const blockOfHostCountMax = 4_096;
const blockIdLengthMax = 100;
const messageLengthMax = 2_000;
const durationMillisecondsMax = 30 * 86_400_000;

/** A block by its id, which says all of it; see `src/block/block.ts`. */
export const blockId = z.string().min(1).max(blockIdLengthMax);

/** A block as one host carries it out. Time is what is left, because clocks differ. */
export const blockSpec = z.strictObject({
  blockId,
  remainingMilliseconds: z.int().min(1).max(durationMillisecondsMax),
  /** Somebody said that they mean it, though it is wide or hits what the host needs. */
  force: z.boolean(),
});

/** All that a host is to block; it replaces what was wanted before. */
export const wantedBlocks = z.strictObject({
  /** Made from the content, so that both sides can tell whether they mean the same. */
  revision: z.string().regex(/^[0-9a-f]{16,64}$/),
  blocks: z.array(blockSpec).max(blockOfHostCountMax),
});

const count = z.int().min(0);

/** Why a block is not made; `forceable` when the caller may insist. */
export const blockRefusal = z.object({
  code: z.string().max(64),
  message: z.string().max(messageLengthMax),
  forceable: z.boolean(),
});

/** What a host says of its blocks: what the kernel has, not what was asked for. */
export const blocksState = z.object({
  /** Of what it was last asked for; null: not since its agent started. */
  revision: z.string().max(64).nullable(),
  /** Whether the host's administrator allows blocks at all. */
  allowed: z.boolean(),
  durationSecondsMax: count,
  blockCountMax: count,
  /** Why the kernel does not have what was asked for; null: it has. */
  error: z.string().max(messageLengthMax).nullable(),
  blocks: z
    .array(z.object({ blockId, remainingMilliseconds: count, packets: count, bytes: count }))
    .max(blockOfHostCountMax),
  refused: z.array(z.object({ blockId, ...blockRefusal.shape })).max(blockOfHostCountMax),
});

export type BlockSpec = z.infer<typeof blockSpec>;
export type WantedBlocks = z.infer<typeof wantedBlocks>;
export type BlockRefusal = z.infer<typeof blockRefusal>;
export type BlocksState = z.infer<typeof blocksState>;
