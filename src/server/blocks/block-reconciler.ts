import type { BlocksState, WantedBlocks } from "../../common/block-spec.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { State } from "../../state/state.ts";
import { type BlockHost, blockHosts, changeBlockHost, revisionOf } from "./block-store.ts";

/** A host that did not say yet that it has what it was sent is sent it again after this time. */
const repeatMilliseconds = 15_000;

/** The way to the agents. */
export interface BlockAgents {
  /** Whether its agent is connected and knows blocks. */
  takesBlocks(hostId: string): boolean;
  setBlocks(hostId: string, wanted: WantedBlocks): void;
}

export interface BlockReconciler {
  /** Takes a host's state after it connected; absent when its agent is too old. */
  hello(hostId: string, observed: BlocksState | undefined): Promise<void>;
  observe(hostId: string, observed: BlocksState): Promise<void>;
  /** Compares what is wanted with what hosts said; call it often, and after each change. */
  reconcile(signal: AbortSignal): Promise<void>;
}

/**
 * Level-triggered, as the captures' is: a host that rebooted, or was away, is sent all blocks again with
 * what is left of each; one that has what nobody wants any more is told so too.
 */
export function createBlockReconciler(options: {
  state: State;
  agents: BlockAgents;
  clock: Clock;
  log: Log;
}): BlockReconciler {
  const { state, agents, clock, log } = options;
  /** What was sent on the connection that a host has now, and when. */
  const sent = new Map<string, { revision: string; at: number }>();

  const isDue = ({ hostId, blocks, observed }: BlockHost): boolean => {
    const revision = revisionOf(blocks);
    const last = sent.get(hostId);
    const isIdle = blocks.length === 0 && (observed?.blocks.length ?? 0) === 0;
    if (!last && isIdle) return false;
    if (last?.revision !== revision) return true;
    return observed?.revision !== revision && clock.now() - last.at >= repeatMilliseconds;
  };
  const reconcileHost = async (known: BlockHost): Promise<void> => {
    const now = clock.now();
    const hasEnded = known.blocks.some(({ endsAt }) => endsAt <= now);
    const host = hasEnded ? await withoutEnded(known.hostId, now) : known;
    if (!agents.takesBlocks(host.hostId) || !isDue(host)) return;
    const wanted = wantedOf(host, now);
    sent.set(host.hostId, { revision: wanted.revision, at: now });
    agents.setBlocks(host.hostId, wanted);
    log.info({ hostId: host.hostId, blocks: wanted.blocks.length }, "blocks sent to a host");
  };
  const withoutEnded = (hostId: string, now: number): Promise<BlockHost> =>
    changeBlockHost(state, hostId, (before) => ({
      ...before,
      blocks: before.blocks.filter(({ endsAt }) => endsAt > now),
    }));
  const observe = async (hostId: string, observed: BlocksState): Promise<void> => {
    await changeBlockHost(state, hostId, (before) => ({
      ...before,
      observed,
      heardAt: clock.now(),
    }));
  };
  return {
    async hello(hostId, observed) {
      sent.delete(hostId);
      const known = await blockHosts(state).get(hostId);
      if (observed && (known || observed.blocks.length > 0)) await observe(hostId, observed);
    },
    observe,
    async reconcile(signal) {
      for (const { body } of await blockHosts(state).list()) {
        if (signal.aborted) return;
        await reconcileHost(body);
      }
    },
  };
}

/** As a host is told: durations, because its clock may be another. */
export const wantedOf = ({ blocks }: BlockHost, now: number): WantedBlocks => ({
  revision: revisionOf(blocks),
  blocks: blocks
    .filter(({ endsAt }) => endsAt > now)
    .map(({ blockId, endsAt, force }) => ({
      blockId,
      remainingMilliseconds: Math.ceil(endsAt - now),
      force,
    })),
});
