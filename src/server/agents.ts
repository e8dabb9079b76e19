import { describeError } from "../common/errors.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import { createCaptureReconciler } from "../provider/captures/capture-reconciler.ts";
import type { CaptureSession } from "../provider/captures/capture-session.ts";
import { type AgentHub, createAgentHub } from "../uplink/agent-hub.ts";
import type { AgentMessage } from "../uplink/messages.ts";
import type { ServerContext } from "./context.ts";
import type { Blocks } from "./blocks/blocks.ts";
import type { Enrolment } from "./enrolment.ts";
import type { Flows } from "./flows/flows.ts";
import type { HostStates } from "./hosts/host-states.ts";
import type { Hosts } from "./hosts/hosts.ts";
import type { Metrics } from "./metrics.ts";
import { createOwnerMetrics } from "./owner-metrics.ts";

/** Every session that is due is looked at this often; a change of one looks at once. */
const reconcileIntervalMilliseconds = 1_000;

/** The connected agents, and the loop that brings their captures to what is wanted of them. */
export interface Agents extends Closable {
  readonly hub: AgentHub;
  /** What is wanted of a capture has changed. */
  wake(): void;
}

export function startAgents(
  context: ServerContext,
  parts: {
    enrolment: Enrolment;
    hosts: Hosts;
    hostStates: HostStates;
    metrics: Metrics;
    flows: Flows;
    blocks: Blocks;
    makeUploadUrl(storagePath: string): string;
    /** Called after each change of a session. */
    onChanged(session: CaptureSession): void;
    /** A host's agent is away. */
    onAway(hostId: string): void;
  },
): Agents {
  const { state, clock, log } = context;
  const ownerMetrics = createOwnerMetrics(context.metrics, clock);
  const hub = createAgentHub({
    identify: (request) => parts.enrolment.identify(request),
    onMessage: (hostId, message) => take(hostId, message),
    onConnected: () => loop.wake(),
    onDisconnected: (hostId) => {
      loop.wake();
      ownerMetrics.away(hostId);
      parts.hostStates.away(hostId);
      parts.onAway(hostId);
    },
    log,
  });
  const reconciler = createCaptureReconciler({
    state,
    agents: hub,
    clock,
    log,
    makeUploadUrl: ({ storagePath }) => parts.makeUploadUrl(storagePath),
    onChanged: (session) => parts.onChanged(session),
  });
  const take = async (hostId: string, message: AgentMessage): Promise<void> => {
    switch (message.type) {
      case "hello":
        await parts.hostStates.hello(hostId, message);
        await parts.hosts.heard(hostId, message.facts);
        await reconciler.hello(hostId, message.sessions);
        await parts.flows.hello(hostId, message.flowLogs);
        await parts.blocks.hello(hostId, message.blocks);
        return loop.wake();
      case "samples":
        if (message.owners) ownerMetrics.take(hostId, message.owners);
        return parts.metrics.accept(hostId, message.samples);
      case "captureObserved":
        await reconciler.observe(hostId, message.observation);
        return loop.wake();
      case "flowLogsObserved":
        return parts.flows.observe(hostId, message.state);
      case "blocksObserved":
        return parts.blocks.observe(hostId, message.state);
      case "hostObserved":
        return parts.hostStates.observe(hostId, message.state);
      case "flows":
        return parts.flows.take(hostId, message);
      case "commandDone":
        if (message.error) log.warn({ hostId, ...message.error }, "host refused a command");
        return;
      case "answer":
        return; // the hub gave it to whoever asked
    }
  };
  const loop = startLoop({
    intervalMilliseconds: reconcileIntervalMilliseconds,
    work: (signal) => reconciler.reconcile(signal),
    onError: (error) => log.error({ reason: describeError(error) }, "captures are not reconciled"),
  });
  parts.flows.start(hub);
  parts.blocks.start(hub);
  parts.hostStates.start(hub);
  return {
    hub,
    wake: () => loop.wake(),
    async close() {
      await loop.close();
      await hub.close();
    },
  };
}
