import { createHash } from "node:crypto";
import type { Clock } from "../../common/clock.ts";
import type { FlowLogSpec, FlowLogsState, WantedFlowLogs } from "../../common/flow-log-spec.ts";
import type { Log } from "../../common/log.ts";
import type { State } from "../../state/state.ts";
import { wantedByHost } from "./flow-log-coverage.ts";

/** A host that did not say yet that it has what it was sent is sent it again after this time. */
const repeatMilliseconds = 15_000;

/** What is wanted of a host's flow logs, and what it last said: `documents("flowLogHosts")`, by host. */
export interface FlowLogHost {
  hostId: string;
  wanted: WantedFlowLogs;
  observed: FlowLogsState | null;
  /** When it last said something of flow logs; milliseconds since the epoch. */
  heardAt: number | null;
  /** Its agent does not know flow logs. */
  tooOld: boolean;
}

export const flowLogHosts = (state: State) => state.documents<FlowLogHost>("flowLogHosts");

/** The way to the agents. */
export interface FlowLogAgents {
  isConnected(hostId: string): boolean;
  /** Whether its agent knows flow logs; null: it is not connected, or has not said hello. */
  takesFlowLogs(hostId: string): boolean | null;
  setFlowLogs(hostId: string, wanted: WantedFlowLogs): void;
}

export interface FlowLogReconciler {
  /** Takes a host's state after it connected; absent when its agent is too old. */
  hello(hostId: string, observed: FlowLogsState | undefined): Promise<void>;
  observe(hostId: string, observed: FlowLogsState): Promise<void>;
  /** Compares what is wanted with what hosts said; call it often, and after each change. */
  reconcile(signal: AbortSignal): Promise<void>;
}

/**
 * Level-triggered, as the captures' is: each pass finds what is wanted from the resources anew, and sends
 * it to the hosts that have something else.
 */
export function createFlowLogReconciler(options: {
  state: State;
  agents: FlowLogAgents;
  subscription: string;
  clock: Clock;
  log: Log;
}): FlowLogReconciler {
  const { state, agents, clock, log } = options;
  /** What was sent on the connection that a host has now, and when. */
  const sent = new Map<string, { revision: string; at: number }>();

  const change = async (
    hostId: string,
    make: (before: FlowLogHost) => FlowLogHost,
  ): Promise<FlowLogHost> =>
    state.transact(async (inside) => {
      const before = (await flowLogHosts(inside).get(hostId))?.body ?? newHost(hostId);
      const after = make(before);
      if (after !== before) await flowLogHosts(inside).put(hostId, after);
      return after;
    });
  const reconcileHost = async (hostId: string, flowLogs: FlowLogSpec[]): Promise<void> => {
    const wanted = { revision: revisionOf(flowLogs), flowLogs };
    const takes = agents.takesFlowLogs(hostId);
    const host = await change(hostId, (before) => {
      const tooOld = takes === null ? before.tooOld : !takes;
      const same = before.wanted.revision === wanted.revision && before.tooOld === tooOld;
      return same ? before : { ...before, wanted, tooOld };
    });
    if (!takes || !isDue(host)) return;
    sent.set(hostId, { revision: wanted.revision, at: clock.now() });
    agents.setFlowLogs(hostId, wanted);
    log.info({ hostId, flowLogs: flowLogs.length }, "flow logs sent to a host");
  };
  const isDue = ({ hostId, wanted, observed }: FlowLogHost): boolean => {
    const last = sent.get(hostId);
    // Once on each connection in any case: before that a host does not send flows.
    if (last?.revision !== wanted.revision) return true;
    return observed?.revision !== wanted.revision && clock.now() - last.at >= repeatMilliseconds;
  };
  return {
    async hello(hostId, observed) {
      sent.delete(hostId);
      const known = await flowLogHosts(state).get(hostId);
      const hasSome = (observed?.flowLogs.length ?? 0) > 0;
      if (!known && !hasSome) return;
      await change(hostId, (before) => ({
        ...before,
        observed: observed ?? null,
        heardAt: clock.now(),
        tooOld: observed === undefined,
      }));
    },
    async observe(hostId, observed) {
      await change(hostId, (before) => ({ ...before, observed, heardAt: clock.now() }));
    },
    async reconcile(signal) {
      const wanted = await wantedByHost(state, options.subscription);
      const known = await flowLogHosts(state).list();
      for (const hostId of new Set([...wanted.keys(), ...known.map(({ key }) => key)])) {
        if (signal.aborted) return;
        await reconcileHost(hostId, wanted.get(hostId) ?? []);
      }
    },
  };
}

const newHost = (hostId: string): FlowLogHost => ({
  hostId,
  wanted: { revision: revisionOf([]), flowLogs: [] },
  observed: null,
  heardAt: null,
  tooOld: false,
});

const revisionOf = (flowLogs: readonly FlowLogSpec[]): string =>
  createHash("sha256").update(JSON.stringify(flowLogs)).digest("hex").slice(0, 32);
