import { z } from "zod";
import { blockOfId, networkText, portText } from "../../block/block.ts";
import type { BlocksState } from "../../common/block-spec.ts";
import { isoTime } from "../../common/clock.ts";
import { time } from "../openapi/shapes.ts";
import type { BlockHost, BlockRecord } from "./block-store.ts";

/** A block as the API shows it. */
export const viewedBlock = z.object({
  id: z.string(),
  host: z.string(),
  direction: z.string(),
  address: z.string(),
  protocol: z.string().nullable(),
  port: z.string().nullable(),
  state: z
    .enum(["Applied", "Pending", "Refused"])
    .describe("`Applied`: the host's kernel has it; `Pending`: the host has not said so yet"),
  problem: z.string().nullable(),
  remainingSeconds: z.int(),
  endTime: time,
  packets: z.number().nullable().describe("Counted by the host's kernel"),
  bytes: z.number().nullable(),
  createdTime: time,
  createdBy: z.string(),
  reason: z.string().nullable(),
  finding: z.string().nullable(),
  forced: z.boolean(),
});
export type BlockView = z.input<typeof viewedBlock>;

/** The blocks of a host that have not ended; the longest first. */
export function viewBlocks(
  { blocks, observed }: Pick<BlockHost, "blocks" | "observed">,
  host: string,
  now: number,
): BlockView[] {
  return blocks
    .filter(({ endsAt }) => endsAt > now)
    .toSorted((a, b) => b.endsAt - a.endsAt)
    .map((record) => viewBlock(record, observed, { host, now }));
}

export function viewBlock(
  record: BlockRecord,
  observed: BlocksState | null,
  { host, now }: { host: string; now: number },
): BlockView {
  const { blockId, endsAt, createdAt, createdBy, reason, finding, force } = record;
  const block = blockOfId(blockId);
  const there = observed?.blocks.find((each) => each.blockId === blockId);
  const refused = observed?.refused.find((each) => each.blockId === blockId);
  return {
    id: blockId,
    host,
    direction: block?.direction ?? "",
    address: block ? networkText(block.network) : "",
    protocol: block?.protocol ?? null,
    port: block?.ports ? portText(block.ports) : null,
    state: there ? "Applied" : refused ? "Refused" : "Pending",
    problem: there ? null : (refused?.message ?? observed?.error ?? null),
    remainingSeconds: Math.max(0, Math.ceil((endsAt - now) / 1_000)),
    endTime: isoTime(endsAt),
    packets: there?.packets ?? null,
    bytes: there?.bytes ?? null,
    createdTime: isoTime(createdAt),
    createdBy: createdBy.name,
    reason,
    finding,
    forced: force,
  };
}
