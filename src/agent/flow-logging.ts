import { join } from "node:path";
import type { FlowLogsState, WantedFlowLogs } from "../common/flow-log-spec.ts";
import { type Closable, Lifecycle, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { AgentChannel } from "../uplink/agent-link.ts";
import type { FlowsAnswer } from "../uplink/flow-messages.ts";
import { openFlowLogs, type StartMeter } from "./flow-logs.ts";
import { createFlowSender } from "./flow-sender.ts";
import { openFlowSpool } from "./flow-spool.ts";
import { openToldFlows } from "./told-flows.ts";

/** Counts are told this often while flows are recorded; what changes otherwise is told at once. */
const tellMilliseconds = 10_000;

/** Flow logs on this host and their way to the control plane. */
export interface FlowLogging extends Closable {
  state(): FlowLogsState;
  /** The control plane says what it wants, on the connection that there is: from now on it takes flows. */
  set(wanted: WantedFlowLogs): Promise<void>;
  connected(channel: AgentChannel): void;
  answered(answer: FlowsAnswer): void;
}

export async function openFlowLogging(options: {
  directory: string;
  spoolSizeBytesMax: number;
  /** Whose flows are metered; see `flowIdentity`. */
  identity: string;
  startMeter: StartMeter;
  log: Log;
}): Promise<FlowLogging> {
  const { directory, identity, log } = options;
  const life = new Lifecycle();
  const told = life.add(
    await openToldFlows({ path: join(directory, "told-flows"), identity, log }),
  );
  const spool = life.add(
    await openFlowSpool({
      directory: join(directory, "flows"),
      sizeBytesMax: options.spoolSizeBytesMax,
      committedSequence: told.committedSequence,
    }),
  );
  const sender = createFlowSender(spool, log);
  /** The connection, and the same once the control plane has asked for flow logs on it. */
  let connection: AgentChannel | undefined;
  let channel: AgentChannel | undefined;
  let said = "";
  const tell = async (): Promise<void> => {
    const state = flowLogs.state();
    const text = JSON.stringify(state);
    if (!channel || (text === said && state.flowLogs.length === 0)) return;
    said = text;
    await channel.send({ type: "flowLogsObserved", state });
  };
  let telling: ReturnType<typeof startLoop> | undefined;
  const flowLogs = await openFlowLogs({
    directory,
    spool,
    told,
    startMeter: options.startMeter,
    onRecords: () => sender.wake(),
    onChanged: () => telling?.wake(),
    log,
  });
  life.add(flowLogs);
  telling = life.add(
    startLoop({
      intervalMilliseconds: tellMilliseconds,
      work: tell,
      onError: () => {}, // the connection ended: the next one's hello says it
    }),
  );
  life.add({ close: async () => sender.close() });
  return {
    state: () => flowLogs.state(),
    async set(wanted) {
      await flowLogs.set(wanted);
      channel = connection;
      if (channel) sender.connected(channel);
      telling?.wake();
    },
    connected(next) {
      // Not before it asks for flow logs: an older control plane ends a connection that brings flows.
      channel = undefined;
      connection = next;
    },
    answered: (answer) => sender.answered(answer),
    close: () => life.close(),
  };
}
