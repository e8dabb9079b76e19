import type { CaptureObservation } from "../../capture/session.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { State } from "../../state/state.ts";
import {
  type AgentCommandLike,
  type AgentDirectory,
  type CaptureSession,
  captureSessionCollection,
  isFinished,
  mayRecord,
} from "./capture-session.ts";
import { type CaptureStep, deleteWaitMilliseconds, nextCaptureStep } from "./capture-step.ts";
import { sessionStore } from "./session-store.ts";

/** Sessions looked at in one go; the rest follows in the next. */
const batchCountMax = 200;

export interface CaptureReconciler {
  /** Takes what a host says of a session; an older or repeated word changes nothing. */
  observe(hostId: string, observation: CaptureObservation): Promise<void>;
  /** Takes a host's whole state after it connected. */
  hello(hostId: string, observations: readonly CaptureObservation[]): Promise<void>;
  /** Looks at every session that is due; call it often, and after each change. */
  reconcile(signal: AbortSignal): Promise<void>;
  /** When the next session is due (milliseconds since the epoch), or null: for a loop that sleeps. */
  nextDueAt(): Promise<number | null>;
}

export interface CaptureReconcilerOptions {
  state: State;
  agents: AgentDirectory;
  clock: Clock;
  log: Log;
  /** A URL with a fresh token to which the host uploads; asked for only when there is a storage path. */
  makeUploadUrl(session: CaptureSession): string;
  /** Called after each change of a session's record: wakes who waits for it. */
  onChanged?(session: CaptureSession): void;
}

/**
 * Level-triggered: each pass compares what is wanted with what was observed and does one step, so
 * lost messages, restarts and repeated events need no special case.
 */
export function createCaptureReconciler(options: CaptureReconcilerOptions): CaptureReconciler {
  const { state, agents, clock, log } = options;
  const sessions = sessionStore(state);
  const changed = (session: CaptureSession): void => options.onChanged?.(session);

  const command = (session: CaptureSession, kind: AgentCommandLike["kind"]): void => {
    const { sessionId } = session.spec;
    log.info({ sessionId, hostId: session.hostId, command: kind }, "capture command sent");
    if (kind !== "startCapture") return agents.send(session.hostId, { kind, sessionId });
    // Files of a ring are given a URL each, when the host asks.
    const uploads = session.storagePath !== "" && !session.spec.ring;
    const uploadUrl = uploads ? options.makeUploadUrl(session) : null;
    agents.send(session.hostId, { kind, spec: { ...session.spec, uploadUrl } });
  };
  const forget = async (session: CaptureSession): Promise<void> => {
    if (session.started && agents.isConnected(session.hostId)) command(session, "forgetCapture");
    await state.transact(async (inside) => {
      const isLast = await sessionStore(inside).remove(session);
      if (isLast) await inside.resources.delete(session.captureId);
    });
    changed(session);
  };
  /** When none of its hosts has to be waited for, and no newer capture has the name. */
  const removeResource = async ({ captureId, spec }: CaptureSession): Promise<boolean> => {
    const all = await sessions.findAll(captureId);
    if (!all.some((other) => other.spec.sessionId === spec.sessionId)) return false;
    if (!all.every((other) => leavesArm(other, clock.now(), agents))) return false;
    return state.resources.delete(captureId);
  };
  /** The record first, then the command: a crash in between only sends the command later. */
  const reconcileOne = async (sessionId: string): Promise<void> => {
    const now = clock.now();
    let step: CaptureStep = { kind: "wait", dueAt: null };
    const session = await sessions.update(sessionId, (current) => {
      step = nextCaptureStep(current, { now, connected: agents.isConnected(current.hostId) });
      return applyStep(current, step, now);
    });
    if (session) await act(session, step);
  };
  const act = async (session: CaptureSession, step: CaptureStep): Promise<void> => {
    if (step.kind === "forget") return forget(session);
    if (step.kind === "command") command(session, step.command);
    if (step.kind === "end") {
      const { hostId, verdict, spec } = session;
      log.warn(
        { sessionId: spec.sessionId, hostId, verdict },
        "capture session ended without its host",
      );
      changed(session);
    }
    if (session.desired === "deleted" && leavesArm(session, clock.now(), agents)) {
      if (await removeResource(session)) changed(session);
    }
  };
  const observe: CaptureReconciler["observe"] = async (hostId, observation) => {
    const now = clock.now();
    let newer = false;
    const written = await sessions.update(observation.sessionId, (session) => {
      newer = session.hostId === hostId && isNewer(session, observation);
      if (!newer) return null;
      return { session: { ...session, observed: observation, verdict: null }, dueAt: now };
    });
    if (written && newer) changed(written);
  };
  const missed = async (hostId: string, known: ReadonlySet<string>): Promise<void> => {
    for (const session of await sessions.inProgress()) {
      if (session.hostId !== hostId || known.has(session.spec.sessionId)) continue;
      if (isFinished(session) && session.desired !== "deleted") continue;
      await sessions.update(session.spec.sessionId, (current) => afterLoss(current, clock.now()));
      changed(session);
    }
  };
  return {
    observe,
    async hello(hostId, observations) {
      for (const observation of observations) {
        const found = await sessions.get(observation.sessionId);
        if (found) {
          await observe(hostId, observation);
          await sessions.update(observation.sessionId, (session) =>
            session.hostId === hostId
              ? { session: { ...session, commandedAt: null }, dueAt: clock.now() }
              : null,
          );
        } else {
          const { sessionId } = observation;
          log.warn({ sessionId, hostId }, "host has a capture session that is not known here");
          agents.send(hostId, { kind: "forgetCapture", sessionId });
        }
      }
      await missed(hostId, new Set(observations.map(({ sessionId }) => sessionId)));
    },
    async reconcile(signal) {
      const due = await sessions.due(clock.now(), batchCountMax);
      for (const session of due) {
        if (signal.aborted) return;
        await reconcileOne(session.spec.sessionId);
      }
    },
    async nextDueAt() {
      const [first] = await state
        .documents<CaptureSession>(captureSessionCollection)
        .due(Number.MAX_SAFE_INTEGER, 1);
      return first?.dueAt ?? null;
    },
  };
}

function applyStep(
  session: CaptureSession,
  step: CaptureStep,
  now: number,
): { session: CaptureSession; dueAt: number | null } | null {
  if (step.kind === "forget") return null;
  if (step.kind === "end") {
    return { session: { ...session, verdict: { ...step.verdict, time: now } }, dueAt: null };
  }
  const dueAt = waitUntil(session, step.dueAt, now);
  if (step.kind === "wait") return { session, dueAt };
  const started = session.started || step.command === "startCapture";
  return { session: { ...session, commandedAt: now, started }, dueAt };
}

/** A deleted one also wants attention when it has to leave ARM. */
function waitUntil(session: CaptureSession, dueAt: number | null, now: number): number | null {
  const leaveAt = session.desiredAt + deleteWaitMilliseconds;
  if (session.desired !== "deleted" || leaveAt <= now) return dueAt;
  return Math.min(dueAt ?? leaveAt, leaveAt);
}

/** A deleted capture is gone for its clients once it records no more, or cannot be waited for. */
function leavesArm(session: CaptureSession, now: number, agents: AgentDirectory): boolean {
  return (
    !mayRecord(session) ||
    !agents.isConnected(session.hostId) ||
    now >= session.desiredAt + deleteWaitMilliseconds
  );
}

const isNewer = ({ observed }: CaptureSession, { revision }: CaptureObservation): boolean =>
  observed === null || revision > observed.revision;

/** The host does not know a session that it should: ask again if it never did, else it is lost. */
function afterLoss(
  session: CaptureSession,
  now: number,
): { session: CaptureSession; dueAt: number | null } {
  if (session.observed === null) return { session: { ...session, commandedAt: null }, dueAt: now };
  const message = `host ${session.hostId} does not know the session any more`;
  const errors = [{ code: "AgentStopped" as const, message }];
  const verdict = {
    status: "Error" as const,
    stopReason: "AgentStopped" as const,
    errors,
    time: now,
  };
  return { session: { ...session, verdict }, dueAt: session.desired === "deleted" ? now : null };
}
