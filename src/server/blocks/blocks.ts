import { type BlocksState, blockOfHostCountMax, type BlockSpec } from "../../common/block-spec.ts";
import type { Clock } from "../../common/clock.ts";
import { describeError, type ErrorCode, errorStatus, NightcapError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import type { AnswerOf, HostAnswer, HostQuestion } from "../../diagnosis/question.ts";
import type { State } from "../../state/state.ts";
import type { AgentCommand } from "../../uplink/messages.ts";
import { blockProtocolVersion } from "../../uplink/messages.ts";
import { createBlockReconciler, type BlockReconciler } from "./block-reconciler.ts";
import {
  type BlockHost,
  blockHosts,
  type BlockRecord,
  changeBlockHost,
  revisionOf,
} from "./block-store.ts";

const reconcileMilliseconds = 3_000;
/** Whoever asked waits so long for the host to say that it is done; then it is pending. */
const settleMillisecondsDefault = 5_000;

/** What of the hub is used. */
export interface BlockHub {
  protocolVersionOf(hostId: string): number | null;
  send(hostId: string, command: AgentCommand): void;
  ask(hostId: string, question: HostQuestion): Promise<HostAnswer>;
}

/** Blocks in the control plane: what is wanted of hosts, and what they have. */
export interface Blocks extends Closable, Pick<BlockReconciler, "hello" | "observe"> {
  /** The agents can be reached from now on. */
  start(hub: BlockHub): void;
  /** Asks the host whether it would make the block. Throws its refusal. The script for nft. */
  check(hostId: string, spec: BlockSpec): Promise<string | null>;
  /** Makes a block, or gives one that is there another end; waits a little for the host. */
  put(hostId: string, record: BlockRecord): Promise<{ host: BlockHost; isNew: boolean }>;
  /** Null: there was none. */
  remove(hostId: string, blockId: string): Promise<BlockHost | null>;
  /** With the host's counters of now when it can be asked, else those it told last. */
  look(hostId: string): Promise<BlockHost | null>;
  list(): Promise<BlockHost[]>;
}

export function openBlocks({
  state,
  clock,
  log,
  settleMilliseconds = settleMillisecondsDefault,
}: {
  state: State;
  clock: Clock;
  log: Log;
  /** How long an answer waits for the host. */
  settleMilliseconds?: number;
}): Blocks {
  let hub: BlockHub | undefined;
  const waiters = new Set<() => void>();
  const takesBlocks = (hostId: string): boolean =>
    (hub?.protocolVersionOf(hostId) ?? 0) >= blockProtocolVersion;
  const reconciler = createBlockReconciler({
    state,
    clock,
    log,
    agents: {
      takesBlocks,
      setBlocks: (hostId, wanted) => hub?.send(hostId, { kind: "setBlocks", wanted }),
    },
  });
  const loop = startLoop({
    intervalMilliseconds: reconcileMilliseconds,
    work: (signal) => reconciler.reconcile(signal),
    onError: (error) => log.error({ reason: describeError(error) }, "blocks are not reconciled"),
  });
  const observe = async (hostId: string, observed: BlocksState): Promise<void> => {
    await reconciler.observe(hostId, observed);
    for (const wake of waiters) wake();
  };
  const ask = async (hostId: string, check: BlockSpec | null): Promise<AnswerOf<"blocks">> => {
    if (!hub || !takesBlocks(hostId)) throw notReached(hub?.protocolVersionOf(hostId) ?? null);
    const answer = await hub.ask(hostId, { kind: "blocks", check });
    if (answer.kind !== "blocks")
      throw new NightcapError("BlockFailed", "the host answered another question");
    return answer;
  };
  /** Until the host's state is as `isDone` wants it, or the time is over. */
  const settle = async (
    hostId: string,
    isDone: (host: BlockHost) => boolean,
  ): Promise<BlockHost> => {
    loop.wake();
    const deadline = performance.now() + settleMilliseconds;
    for (;;) {
      const host = await changeBlockHost(state, hostId, (before) => before);
      const left = deadline - performance.now();
      if (left <= 0 || !takesBlocks(hostId) || isDone(host)) return host;
      await nextChange(waiters, left);
    }
  };
  return {
    start(next) {
      hub = next;
      loop.wake();
    },
    async hello(hostId, observed) {
      await reconciler.hello(hostId, observed);
      loop.wake();
    },
    observe,
    async check(hostId, spec) {
      const { check } = await ask(hostId, spec);
      if (check?.refusal) throw refusalError(check.refusal);
      return check?.script ?? null;
    },
    async put(hostId, record) {
      let isNew = true;
      await changeBlockHost(state, hostId, (before) => {
        const others = before.blocks.filter(({ blockId }) => blockId !== record.blockId);
        isNew = others.length === before.blocks.length;
        if (others.length >= blockOfHostCountMax)
          throw new NightcapError(
            "BlockRefused",
            `${blockOfHostCountMax} blocks are wanted already`,
          );
        return { ...before, blocks: [...others, record] };
      });
      const isDone = (host: BlockHost): boolean =>
        isUpToDate(host) && isTold(host.observed, record.blockId);
      const host = await settle(hostId, isDone);
      // What it said of such a block before was of another one, that may be over.
      return { host: isUpToDate(host) ? host : { ...host, observed: null }, isNew };
    },
    async remove(hostId, blockId) {
      let wasThere = false;
      await changeBlockHost(state, hostId, (before) => {
        const blocks = before.blocks.filter((each) => each.blockId !== blockId);
        wasThere = blocks.length < before.blocks.length;
        return wasThere ? { ...before, blocks } : before;
      });
      if (!wasThere) return null;
      return settle(hostId, (host) => isUpToDate(host) && !isTold(host.observed, blockId));
    },
    async look(hostId) {
      const host = (await blockHosts(state).get(hostId))?.body ?? null;
      if (!takesBlocks(hostId)) return host;
      const answer = await ask(hostId, null).catch(() => null);
      if (!answer) return host;
      return { hostId, blocks: host?.blocks ?? [], observed: answer.state, heardAt: clock.now() };
    },
    list: async () => (await blockHosts(state).list()).map(({ body }) => body),
    close: () => loop.close(),
  };
}

/** The host's last word was of what is wanted now. */
const isUpToDate = ({ blocks, observed }: BlockHost): boolean =>
  observed?.revision === revisionOf(blocks);

/** The host says of the block that it has it or refuses it. */
const isTold = (observed: BlocksState | null, blockId: string): boolean =>
  [...(observed?.blocks ?? []), ...(observed?.refused ?? [])].some(
    (each) => each.blockId === blockId,
  );

function nextChange(waiters: Set<() => void>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      waiters.delete(done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    waiters.add(done);
  });
}

function refusalError(refusal: { code: string; message: string }): NightcapError {
  const code: ErrorCode = Object.hasOwn(errorStatus, refusal.code)
    ? (refusal.code as ErrorCode)
    : "BlockRefused";
  return new NightcapError(code, refusal.message);
}

const notReached = (version: number | null): NightcapError =>
  new NightcapError(
    "VMAgentStatusCommunicationError",
    version === null
      ? "the host is not connected: nothing can be blocked there now"
      : "the host's agent is too old for blocks",
  );
