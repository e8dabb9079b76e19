import { parseResourceId } from "../../arm/resource-id.ts";
import { isoTime } from "../../common/clock.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { machineRecords } from "../compute/machines.ts";
import { flowLogGuid } from "./flow-log-coverage.ts";
import { flowLogOf } from "./flow-log-store.ts";
import { type FlowLogHost, flowLogHosts } from "./flow-log-reconciler.ts";

/** Hosts that one flow log shows; the numbers are of all of them. */
const shownHostCountMax = 100;

/** What the control plane did with a flow log's records since it started. */
export interface FlowLogProgress {
  /** Milliseconds since the epoch; null: none since the start. */
  lastBlobAt: number | null;
  lastRowAt: number | null;
  /** Why blobs or rows are not written; null: nothing is known to be wrong. */
  problem: string | null;
}

export interface FlowLogParts {
  isConnected(hostId: string): boolean;
  progressOf(flowLogId: string): FlowLogProgress | null;
  /** A flow log, or something that one is of, was written or deleted. */
  onChanged(): void;
}

/** All that is needed to say how flow logs do, read once for a whole list. */
export async function readFlowLogStatus(
  state: State,
  parts: FlowLogParts,
): Promise<(flowLog: StoredResource) => StoredResource> {
  const hosts = (await flowLogHosts(state).list()).map(({ body }) => body);
  const machines = await machineRecords(state).list();
  const names = new Map(
    machines.map(({ body }) => [body.hostId, parseResourceId(body.resourceId).name] as const),
  );
  return (flowLog) => {
    const { properties, ...rest } = flowLogOf(flowLog);
    const nightcap = statusOf(flowLog, { hosts, names, parts });
    return { ...flowLog, body: { ...rest, properties: { ...properties, nightcap } } };
  };
}

/** `properties.nightcap` of a flow log. */
function statusOf(
  flowLog: StoredResource,
  known: {
    hosts: readonly FlowLogHost[];
    names: ReadonlyMap<string, string>;
    parts: FlowLogParts;
  },
): Record<string, unknown> {
  const { parts, names } = known;
  const views = known.hosts.flatMap((host) => {
    const spec = host.wanted.flowLogs.find(({ id }) => id === flowLog.id);
    if (!spec) return [];
    const name = names.get(host.hostId) ?? host.hostId;
    return [{ name, ...viewHost(host, spec, parts.isConnected(host.hostId)) }];
  });
  const progress = parts.progressOf(flowLog.id);
  return {
    guid: flowLogGuid(flowLog),
    recording: flowLogOf(flowLog).properties.enabled && views.some(({ recording }) => recording),
    hostCount: views.length,
    recordingHostCount: views.filter(({ recording }) => recording).length,
    problem: problemOf(flowLog, views) ?? progress?.problem ?? null,
    lastBlobTime: timeOf(progress?.lastBlobAt),
    lastRowTime: timeOf(progress?.lastRowAt),
    hosts: views.slice(0, shownHostCountMax),
  };
}

type Spec = FlowLogHost["wanted"]["flowLogs"][number];

function viewHost(host: FlowLogHost, spec: Spec, connected: boolean) {
  const { observed, wanted, heardAt, tooOld } = host;
  const counts = observed?.flowLogs.find(({ id }) => id === spec.id);
  const has = counts !== undefined && observed?.revision === wanted.revision;
  return {
    recording: !tooOld && has && observed?.engine !== null,
    connected,
    engine: has ? (observed?.engine ?? null) : null,
    interfaces: spec.interfaces,
    records: counts?.records ?? 0,
    tuples: counts?.tuples ?? 0,
    lastRecordTime: timeOf(counts?.lastRecordAt),
    lostCount: observed?.lostCount ?? 0,
    waitingCount: observed?.waitingCount ?? 0,
    droppedCount: observed?.droppedCount ?? 0,
    heardTime: timeOf(heardAt),
    problem: tooOld
      ? "the agent is too old for flow logs"
      : has
        ? (observed?.error ?? null)
        : "the host has not been told, or has not answered yet",
  };
}

function problemOf(
  flowLog: StoredResource,
  views: readonly { problem: string | null }[],
): string | null {
  const { enabled, targetResourceId } = flowLogOf(flowLog).properties;
  if (!enabled) return null;
  if (views.length === 0) {
    return `no interface of a host is in ${targetResourceId}, or all are in a nearer flow log`;
  }
  return views.find(({ problem }) => problem !== null)?.problem ?? null;
}

const timeOf = (milliseconds: number | null | undefined): string | null =>
  milliseconds == null ? null : isoTime(milliseconds);
