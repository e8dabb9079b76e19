import { isoTime } from "../../common/clock.ts";
import type { HostFacts } from "../../common/host-facts.ts";
import type { HostState, InterfaceRates, RecordedInterface } from "../../common/host-state.ts";
import { type CaptureSession, isFinished } from "../../provider/captures/capture-session.ts";
import type { MachineRecord } from "../../provider/compute/machines.ts";
import type { FlowLogHost } from "../../provider/network/flow-log-reconciler.ts";
import type { BlockHost } from "../blocks/block-store.ts";
import type { ViewedHost, ViewedWholeHost } from "./host-shapes.ts";
import type { HostStanding } from "./host-states.ts";

const timeOrNull = (time: number | null): string | null => (time === null ? null : isoTime(time));

/** All that is put together for one host. */
export interface HostParts {
  machine: MachineRecord;
  standing: HostStanding;
  /** Those that something is still to come of. */
  sessions: readonly CaptureSession[];
}

/** `waiting`: it joined and was never heard of since. */
const stateOf = ({ connected, lastSeenAt }: HostStanding): "connected" | "away" | "waiting" =>
  connected ? "connected" : lastSeenAt === null ? "waiting" : "away";

/** A host in the list. */
export function viewHost({ machine, standing, sessions }: HostParts): ViewedHost {
  const { facts, resourceId } = machine;
  return {
    name: resourceId.slice(resourceId.lastIndexOf("/") + 1),
    resourceId,
    state: stateOf(standing),
    since: timeOrNull(standing.since),
    lastSeenTime: timeOrNull(standing.lastSeenAt),
    agentVersion: standing.agentVersion,
    hostName: facts?.hostName ?? null,
    operatingSystem: facts?.operatingSystem ?? null,
    interfaces: interfaceNames(facts),
    addresses: mainAddresses(facts),
    captureCount: underWay(sessions).length,
    told: timeOrNull(standing.told?.at ?? null),
    isTooOld: standing.isTooOld,
    ring: viewRing(standing),
  };
}

/** Names and addresses in a list: a host may have a thousand. */
const listedCountMax = 8;
const isLoopback = (name: string): boolean => name === "lo";

const interfaceNames = (facts: HostFacts | null): string[] =>
  (facts?.interfaces ?? [])
    .filter(({ name, up }) => up && !isLoopback(name))
    .map(({ name }) => name)
    .slice(0, listedCountMax);

const mainAddresses = (facts: HostFacts | null): string[] =>
  (facts?.interfaces ?? [])
    .filter(({ name, up }) => up && !isLoopback(name))
    .flatMap(({ addresses }) => addresses.map(({ address }) => address))
    .filter((address) => !address.toLowerCase().startsWith("fe80:"))
    .slice(0, listedCountMax);

const underWay = (sessions: readonly CaptureSession[]): CaptureSession[] =>
  sessions.filter((session) => !isFinished(session) && session.desired !== "deleted");

/** The ring in a line; null: the host has not told in this run of the control plane. */
function viewRing({ told }: HostStanding): ViewedHost["ring"] {
  if (!told) return null;
  const { recorder, recorderOff } = told.state;
  if (!recorder) return { on: false, off: recorderOff };
  const sum = (of: (each: RecordedInterface) => number): number =>
    recorder.interfaces.reduce((total, each) => total + of(each), 0);
  const { reachMilliseconds } = recorder;
  return {
    on: true,
    off: null,
    reachSeconds: reachMilliseconds === null ? null : Math.floor(reachMilliseconds / 1_000),
    reachesBackTo: reachMilliseconds === null ? null : isoTime(told.at - reachMilliseconds),
    sizeBytes: recorder.sizeBytes,
    sizeBytesMax: recorder.sizeBytesMax,
    heldBytes: recorder.heldBytes,
    packetsPerSecond: sum((each) => each.packetsPerSecond),
    bytesPerSecond: sum((each) => each.bytesPerSecond),
    recordedCount: recorder.interfaces.filter(({ isRecorded }) => isRecorded).length,
    troubleCount:
      recorder.interfaces.filter(({ trouble }) => trouble !== null).length +
      recorder.unwatched.length,
  };
}

/** One host with all that is known of it. */
export function viewWholeHost(
  parts: HostParts & { flowLogs: FlowLogHost | null; blocks: BlockHost | null },
  now: number,
): ViewedWholeHost {
  const { machine, standing, sessions, flowLogs, blocks } = parts;
  const { facts } = machine;
  const told = standing.told;
  return {
    ...viewHost(parts),
    kernel: facts?.kernelRelease ?? null,
    cpuCount: facts?.cpuCount ?? null,
    memoryBytes: facts?.memoryBytes ?? null,
    networkNamespace: facts?.networkNamespace ?? null,
    dumpcapVersion: facts?.dumpcapVersion ?? null,
    interfaces: viewInterfaces(facts, told?.state ?? null),
    ring: viewWholeRing(standing),
    agent: told && viewAgent(told.state.agent, told.at),
    certificateEndTime: told ? isoTime(told.state.agent.certificateEndsAt) : null,
    captures: underWay(sessions).map(({ captureId, spec, observed }) => ({
      id: captureId,
      name: spec.name,
      sessionId: spec.sessionId,
      phase: observed?.phase ?? "waiting",
    })),
    flowLogging: viewFlowLogging(flowLogs),
    blockCount: blocks?.blocks.filter(({ endsAt }) => endsAt > now).length ?? 0,
  };
}

/** As the host said when it connected, with what they carry now. */
function viewInterfaces(facts: HostFacts | null, state: HostState | null) {
  return (facts?.interfaces ?? []).map(({ name, macAddress, up, addresses }) => {
    const told = state?.interfaces.find((each) => each.name === name);
    const recorded = state?.recorder?.interfaces.find((each) => each.name === name);
    return {
      name,
      macAddress,
      up,
      addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      isRecorded: state?.recorder ? (recorded?.isRecorded ?? false) : null,
      rates: told ? ratesOf(told) : null,
    };
  });
}

function ratesOf(told: InterfaceRates): Omit<InterfaceRates, "name"> {
  const { name: _, ...rates } = told;
  return rates;
}

function viewWholeRing(standing: HostStanding): ViewedWholeHost["ring"] {
  const [ring, { told }] = [viewRing(standing), standing];
  if (!ring?.on || !told?.state.recorder) return ring?.on ? null : ring;
  const { interfaces, reachMilliseconds: _, ...figures } = told.state.recorder;
  return { ...ring, ...figures, interfaces: interfaces.map((each) => viewRecorded(each, told.at)) };
}

function viewRecorded(recorded: RecordedInterface, at: number) {
  const { reachMilliseconds, missingMilliseconds, ...figures } = recorded;
  return {
    ...figures,
    reachesBackTo: reachMilliseconds === null ? null : isoTime(at - reachMilliseconds),
    reachSeconds: reachMilliseconds === null ? null : Math.floor(reachMilliseconds / 1_000),
    missingSeconds: Math.ceil(missingMilliseconds / 1_000),
  };
}

function viewAgent(agent: HostState["agent"], at: number) {
  const { runningMilliseconds, certificateEndsAt: _, ...figures } = agent;
  return { startTime: isoTime(at - runningMilliseconds), ...figures };
}

/** Null: nothing was ever wanted or said of flow logs there. */
function viewFlowLogging(host: FlowLogHost | null) {
  if (!host) return null;
  return {
    wantedCount: host.wanted.flowLogs.length,
    recordingCount: host.observed?.flowLogs.length ?? 0,
    engine: host.observed?.engine ?? null,
    problem: host.tooOld ? "the agent is too old for flow logs" : (host.observed?.error ?? null),
  };
}
