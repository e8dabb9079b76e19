import type { Log } from "../common/log.ts";
import type { AgentChannel } from "../uplink/agent-link.ts";
import { flowBatchCountMax, flowBatchLengthMax } from "../uplink/flow-messages.ts";
import type { FlowBatchMessage, FlowsAnswer } from "../uplink/flow-messages.ts";
import type { FlowSpool } from "./flow-spool.ts";

/** No answer for so long: the batches are sent again. */
const answerTimeoutMilliseconds = 30_000;
/** The least pause before batches that were not taken are sent again. */
const pauseMillisecondsMin = 200;

/**
 * Sends batches of flows at the speed at which the control plane puts them on disk: one message is on
 * its way at a time, and what was not taken is sent again.
 */
export interface FlowSender {
  /** A connection on which the control plane asked for flow logs, so that it takes flows. */
  connected(channel: AgentChannel): void;
  answered(answer: FlowsAnswer): void;
  /** There is something new in the spool. */
  wake(): void;
  close(): void;
}

export function createFlowSender(spool: FlowSpool, log: Log): FlowSender {
  let channel: AgentChannel | undefined;
  let pumping: AgentChannel | undefined;
  let waiting: ((answer: FlowsAnswer | null) => void) | undefined;

  const sendOnce = async (
    to: AgentChannel,
    batches: readonly FlowBatchMessage[],
  ): Promise<FlowsAnswer | null> => {
    const answer = new Promise<FlowsAnswer | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), answerTimeoutMilliseconds);
      waiting = (each) => {
        clearTimeout(timer);
        resolve(each);
      };
      void to.closed.then(() => waiting?.(null));
    });
    await to.send({ type: "flows", stream: spool.stream, batches: [...batches] });
    return answer;
  };
  /** Resolves when the last of the batches is on the control plane's disk, or the connection is another. */
  const sendUntilTaken = async (to: AgentChannel, all: FlowBatchMessage[]): Promise<boolean> => {
    let left = all;
    while (left.length > 0) {
      if (channel !== to) return false;
      const answer = await sendOnce(to, firstMessage(left));
      const taken = answer?.sequence ?? 0;
      left = left.filter(({ sequence }) => sequence > taken);
      if (answer?.sequence === null) {
        await pause(Math.max(pauseMillisecondsMin, answer.retryAfterMilliseconds), to);
      }
    }
    return true;
  };
  const pump = async (to: AgentChannel): Promise<void> => {
    for (;;) {
      const { batches, taken } = await spool.take(flowBatchCountMax);
      if (taken.length === 0 || channel !== to) return;
      if (!(await sendUntilTaken(to, batches))) return;
      await spool.remove(taken);
    }
  };
  const start = (): void => {
    const to = channel;
    if (!to || pumping === to) return;
    pumping = to;
    pump(to).then(
      () => {
        if (pumping === to) pumping = undefined;
        return undefined;
      },
      (error: Error) => {
        if (pumping === to) pumping = undefined;
        log.debug({ reason: error.message }, "flows were not sent");
      },
    );
  };
  return {
    connected(next) {
      if (channel === next) return start();
      channel = next;
      spool.rewind();
      start();
    },
    answered(answer) {
      if (answer.stream === spool.stream) waiting?.(answer);
    },
    wake: start,
    close() {
      channel = undefined;
      waiting?.(null);
    },
  };
}

/** As many batches as one message may hold, one at least. */
function firstMessage(batches: readonly FlowBatchMessage[]): FlowBatchMessage[] {
  let length = 0;
  const fits = batches.findIndex(({ records }) => {
    length += records.reduce((sum, record) => sum + record.length, 0);
    return length > flowBatchLengthMax;
  });
  return batches.slice(0, fits < 0 ? batches.length : Math.max(1, fits));
}

const pause = (milliseconds: number, channel: AgentChannel): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const slept = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  return Promise.race([slept, channel.closed]).finally(() => clearTimeout(timer));
};
