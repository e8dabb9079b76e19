import { createHash } from "node:crypto";
import type { BlocksState } from "../../common/block-spec.ts";
import type { State } from "../../state/state.ts";

/** A block that somebody asked for, until its end. */
export interface BlockRecord {
  blockId: string;
  /** Milliseconds since the epoch, by the control plane's clock; hosts are told what is left. */
  endsAt: number;
  createdAt: number;
  createdBy: { id: string; name: string };
  reason: string | null;
  /** The finding that it was made for, as the caller names it. */
  finding: string | null;
  force: boolean;
}

/** What is to be blocked on a host, and what it last said: `documents("blockHosts")`, by host. */
export interface BlockHost {
  hostId: string;
  blocks: BlockRecord[];
  observed: BlocksState | null;
  /** When it last said something of blocks; milliseconds since the epoch. */
  heardAt: number | null;
}

export const blockHosts = (state: State) => state.documents<BlockHost>("blockHosts");

/** Reads, changes and writes a host's record; the same object back means that nothing changed. */
export async function changeBlockHost(
  state: State,
  hostId: string,
  make: (before: BlockHost) => BlockHost,
): Promise<BlockHost> {
  return state.transact(async (inside) => {
    const before = (await blockHosts(inside).get(hostId))?.body ?? {
      hostId,
      blocks: [],
      observed: null,
      heardAt: null,
    };
    const after = make(before);
    if (after !== before) await blockHosts(inside).put(hostId, after);
    return after;
  });
}

/** Names what is wanted, so that both sides can tell whether they mean the same. */
export function revisionOf(blocks: readonly BlockRecord[]): string {
  const content = blocks.map(({ blockId, endsAt, force }) => [blockId, endsAt, force]);
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32);
}
