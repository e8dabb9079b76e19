import type { LedgerChunk } from "./chunk-ledger.ts";

/**
 * Who of this process claims next behind a node. The ledger takes one claim for each place in the order behind it, as each
 * claimer has to know what was claimed before: that blobs which begin alike are copies, or one of them a longer one, is
 * seen there and nowhere else. Blobs that are read beside each other and try for the same place would all but one fail.
 */
export interface ClaimTurns {
  /** Gives `work` what is known to be claimed behind the node, `known` or what an earlier turn found; it gives back what it found. */
  take(
    node: string,
    known: readonly LedgerChunk[],
    work: (known: readonly LedgerChunk[]) => Promise<readonly LedgerChunk[]>,
  ): Promise<void>;
}

interface Turn {
  /** Turns that are waited for or taken; without any the node is forgotten. */
  count: number;
  last: Promise<unknown>;
  known: readonly LedgerChunk[];
}

export function createClaimTurns(): ClaimTurns {
  const turns = new Map<string, Turn>();
  return {
    async take(node, known, work) {
      const turn = turns.get(node) ?? { count: 0, last: Promise.resolve(), known: [] };
      turns.set(node, turn);
      turn.count++;
      const before = turn.last;
      const run = async (): Promise<void> => {
        await before;
        turn.known = await work(known.length > turn.known.length ? known : turn.known);
      };
      const mine = run();
      turn.last = mine.catch(() => undefined);
      try {
        await mine;
      } finally {
        if (--turn.count === 0) turns.delete(node);
      }
    },
  };
}
