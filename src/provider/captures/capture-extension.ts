import type { CaptureObservation } from "../../capture/session.ts";
import { isoTime } from "../../common/clock.ts";
import { appliedPrivacy } from "./capture-privacy.ts";
import { sideFileExtension } from "../../capture/side-files.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  type AgentDirectory,
  type CaptureSession,
  fileStoragePath,
  sessionStatus,
} from "./capture-session.ts";
import { joinStatus } from "./capture-status.ts";
import { sessionStore } from "./session-store.ts";
import { type StoredCapture, storedCaptures } from "./stored-captures.ts";

/**
 * The captures with `properties.nightcap` added: what Azure has no field for. Azure's clients leave out
 * what they do not know; ours show it. It is made when it is asked for, and never stored.
 */
export async function withCaptureExtensions(
  state: State,
  resources: readonly StoredResource[],
  agents: AgentDirectory,
): Promise<StoredResource[]> {
  const sessionsOf = await sessionStore(state).findMany(resources.map(({ id }) => id));
  const ids = resources.flatMap(({ id }) => sessionsOf(id).map(({ spec }) => spec.sessionId));
  const stored = await storedCaptures(state).getMany(ids);
  return resources.map((resource) => extend(resource, sessionsOf(resource.id), { agents, stored }));
}

interface Known {
  agents: AgentDirectory;
  stored: ReadonlyMap<string, StoredCapture>;
}

function extend(
  resource: StoredResource,
  sessions: readonly CaptureSession[],
  known: Known,
): StoredResource {
  const [first] = sessions;
  if (!first) return resource;
  const properties = resource.body["properties"] as Record<string, unknown>;
  const nightcap =
    first.instanceId === undefined
      ? describeSession(first, known)
      : describeMembers(sessions, known);
  return { ...resource, body: { ...resource.body, properties: { ...properties, nightcap } } };
}

function describeSession(session: CaptureSession, known: Known): Record<string, unknown> {
  const { observed, result, spec } = session;
  const { errors, stopReason } = sessionStatus(session, true);
  const privacy = appliedPrivacy(session);
  return {
    sessionId: spec.sessionId,
    phase: observed?.phase ?? "waiting",
    ...timesOf([session]),
    stopReason,
    packets: observed?.packets ?? null,
    packetsDropped: observed?.packetsDropped ?? null,
    sizeBytes: observed?.sizeBytes ?? null,
    sha256: observed?.sha256 ?? null,
    sha256Verified: result?.sha256Verified ?? null,
    errors: errors.map(({ code, message }) => ({ code, message })),
    ...(spec.ring ? { files: describeFiles(session) } : {}),
    ...describeCoverage(session),
    ...(privacy ? { privacy } : {}),
    report: reportOf(session),
    ...groupReportsOf([session]),
    problem: result?.problem ?? null,
    ...describeStored(known.stored.get(spec.sessionId)),
  };
}

/** From when the first host began until the last one ended; by the hosts' clocks, but for `createdTime`. */
function timesOf(sessions: readonly CaptureSession[]): Record<string, string | null> {
  const observed = sessions.map((session) => session.observed);
  const starts = observed.flatMap((each) => each?.captureStartTime ?? []).toSorted();
  const ends = observed.flatMap((each) => each?.captureEndTime ?? []).toSorted();
  return {
    createdTime: isoTime(Math.min(...sessions.map(({ createdAt }) => createdAt))),
    captureStartTime: starts[0] ?? null,
    captureEndTime: ends.length === sessions.length ? (ends.at(-1) ?? null) : null,
  };
}

/** Nothing for a recording of an earlier version that nobody has looked at yet. */
function describeStored(stored: StoredCapture | undefined): object {
  if (!stored) return {};
  const { hold, removal } = stored;
  return {
    class: stored.class,
    hold: hold && { reason: hold.reason, by: hold.by.name, time: isoTime(hold.at) },
    removed: removal && {
      time: isoTime(removal.startedAt),
      why: removal.why,
      detail: removal.detail,
      complete: removal.finishedAt !== null,
    },
  };
}

/** Null while the host records; a host that never says it is too old for it. */
function describeCoverage({ spec, observed, storagePath }: CaptureSession): object {
  const { coverage = null, sideFiles = [] } = observed ?? {};
  if (!spec.lookBack && coverage === null && sideFiles.length === 0) return {};
  return {
    coverage,
    sideFiles: sideFiles.map(({ kind, sizeBytes, sha256, filePath, uploaded }) => ({
      kind,
      sizeBytes,
      sha256,
      filePath,
      storagePath: uploaded ? `${storagePath}${sideFileExtension(kind)}` : null,
    })),
  };
}

function describeFiles({ observed, storagePath }: CaptureSession): Record<string, unknown> {
  const { count, overwrittenCount, newest } = observed?.files ?? {
    count: 0,
    overwrittenCount: 0,
    newest: [],
  };
  return {
    count,
    overwrittenCount,
    newest: newest.map((file) => ({
      name: file.name,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      filePath: file.filePath,
      storagePath: file.uploaded ? fileStoragePath(storagePath, file.name) : null,
    })),
  };
}

const phases: readonly CaptureObservation["phase"][] = [
  "waiting",
  "recording",
  "finishing",
  "uploading",
  "finished",
];

/** Sums over the hosts of a scale set, and each of them by itself. */
function describeMembers(
  sessions: readonly CaptureSession[],
  known: Known,
): Record<string, unknown> {
  const { agents } = known;
  const observed = sessions.flatMap((session) => session.observed ?? []);
  const sum = (value: (observation: CaptureObservation) => number): number | null =>
    observed.length === 0 ? null : observed.reduce((total, one) => total + value(one), 0);
  const { errors, stopReason } = joinStatus(sessions, agents);
  return {
    sessionId: sessions[0]?.spec.sessionId,
    phase: phases.find((phase) => sessions.some((session) => phaseOf(session) === phase)),
    ...timesOf(sessions),
    stopReason,
    packets: sum(({ packets }) => packets),
    packetsDropped: sum(({ packetsDropped }) => packetsDropped),
    sizeBytes: sum(({ sizeBytes }) => sizeBytes),
    sha256: null,
    sha256Verified: verifiedOf(sessions),
    errors,
    report: null,
    ...groupReportsOf(sessions),
    problem: null,
    members: sessions.map((session) => ({
      instanceId: session.instanceId,
      targetId: session.targetId,
      ...statusOf(session, agents),
      storagePath: session.storagePath,
      filePath: session.observed?.filePath ?? null,
      ...describeSession(session, known),
    })),
  };
}

function statusOf(session: CaptureSession, agents: AgentDirectory): Record<string, unknown> {
  const { status, stopReason } = sessionStatus(session, agents.isConnected(session.hostId));
  return { packetCaptureStatus: status, stopReason };
}

const phaseOf = ({ observed, verdict }: CaptureSession): CaptureObservation["phase"] =>
  verdict ? "finished" : (observed?.phase ?? "waiting");

function verifiedOf(sessions: readonly CaptureSession[]): boolean | null {
  if (sessions.some(({ result }) => result?.sha256Verified === false)) return false;
  return sessions.every(({ result }) => result?.sha256Verified === true) ? true : null;
}

/** Reports of several captures that these are in, each once. */
function groupReportsOf(sessions: readonly CaptureSession[]): object {
  const all = sessions.flatMap(({ result }) => result?.groupReports ?? []);
  if (all.length === 0) return {};
  return { groupReports: [...new Map(all.map((each) => [each.link, each])).values()] };
}

function reportOf({ result }: CaptureSession): Record<string, unknown> | null {
  if (!result?.reportLink) return null;
  return { link: result.reportLink, path: result.reportPath, text: result.text ?? "" };
}
