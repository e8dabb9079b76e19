import { createControlEndpoints } from "../block/control-endpoints.ts";
import { openHostBlocks, tableNameOf } from "../block/host-blocks.ts";
import type { BlockSpec, BlocksState, WantedBlocks } from "../common/block-spec.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { AnswerOf } from "../diagnosis/question.ts";
import type { AgentChannel } from "../uplink/agent-link.ts";
import type { AgentSettings } from "./settings.ts";

/** While there are blocks they are looked at this often: counters are told, and what was taken away comes back. */
const lookMilliseconds = 5_000;

/** Blocks on this host and what is told of them. */
export interface Blocking extends Closable {
  /** What the kernel has, for a hello. */
  state(): Promise<BlocksState>;
  /** The control plane says what it wants, on the connection that there is. */
  set(wanted: WantedBlocks): Promise<void>;
  connected(channel: AgentChannel): void;
  /** Answers somebody who waits: what there is, and whether one more would be made. */
  answer(check: BlockSpec | null): Promise<AnswerOf<"blocks">>;
}

export function openBlocking(options: {
  settings: Pick<AgentSettings, "blocking" | "networkNamespace">;
  hostId: string;
  /** Where the control plane is. */
  server(): string;
  log: Log;
}): Blocking {
  const { settings, log } = options;
  const blocks = openHostBlocks({
    settings: settings.blocking,
    networkNamespace: settings.networkNamespace,
    tableName: tableNameOf(options.hostId),
    controlEndpoints: createControlEndpoints(() => options.server()),
    monotonicNow: () => performance.now(),
    log,
  });
  /** The connection, and the same once the control plane has asked for blocks on it. */
  let connection: AgentChannel | undefined;
  let channel: AgentChannel | undefined;
  let isIdle = false;
  const tell = async (): Promise<void> => {
    if (isIdle) return;
    const state = await blocks.refresh();
    isIdle = state.blocks.length + state.refused.length === 0 && state.error === null;
    if (channel) await channel.send({ type: "blocksObserved", state });
  };
  const telling = startLoop({
    intervalMilliseconds: lookMilliseconds,
    work: tell,
    onError: (error) => log.debug({ reason: describeError(error) }, "blocks were not told"),
  });
  return {
    state: () => blocks.refresh(),
    async set(wanted) {
      await blocks.set(wanted);
      channel = connection;
      isIdle = false;
      telling.wake();
    },
    connected(next) {
      // Not before it asks for blocks: an older control plane ends a connection that tells of them.
      channel = undefined;
      connection = next;
    },
    async answer(check) {
      const checked = check === null ? null : await checkedBy(blocks, check);
      return { kind: "blocks", state: await blocks.refresh(), check: checked };
    },
    async close() {
      await telling.close();
      await blocks.close();
    },
  };
}

/** A refusal in the middle of the work is one like any other; the rest is a failure. */
async function checkedBy(
  blocks: Pick<ReturnType<typeof openHostBlocks>, "check">,
  spec: BlockSpec,
): Promise<NonNullable<AnswerOf<"blocks">["check"]>> {
  try {
    return await blocks.check(spec);
  } catch (error) {
    if (!(error instanceof NightcapError)) throw error;
    const { code, message } = error;
    return { refusal: { code, message, forceable: false }, script: null };
  }
}
