import { timeLimitInSecondsMax } from "../../capture/session.ts";
import type { CaptureSession, CaptureVerdict } from "./capture-session.ts";
import { isFinished } from "./capture-session.ts";

/** A command that nothing was observed of is sent again after this long. */
export const resendIntervalMilliseconds = 10_000;
/** A host that was asked has this long, beyond the time limit, to say that it recorded. */
export const startGraceMilliseconds = 60_000;
/** A host that has not finished its upload is given a fresh link after this long. */
export const uploadUrlIntervalMilliseconds = 86_400_000;
/** A stop that the host knows nothing of is over after this long. */
const unknownStopMilliseconds = 30_000;
/** A recording host that is not heard for this long beyond the time limit is lost. */
export const lostHostMilliseconds = 3_600_000;
/** A deleted capture leaves ARM after this long even when its host still has it. */
export const deleteWaitMilliseconds = 60_000;

/** What to do about one session now. */
export type CaptureStep =
  /** Nothing to do until `dueAt`, or until something is observed (null). */
  | { kind: "wait"; dueAt: number | null }
  | { kind: "command"; command: "startCapture" | "stopCapture"; dueAt: number }
  | { kind: "end"; verdict: Omit<CaptureVerdict, "time"> }
  /** The host may forget it, and so may we. */
  | { kind: "forget" };

interface World {
  /** Milliseconds since the epoch. */
  now: number;
  connected: boolean;
}

/** The one step that brings observed closer to desired. Doing it again changes nothing. */
export function nextCaptureStep(session: CaptureSession, world: World): CaptureStep {
  if (session.desired === "deleted") return deleteStep(session, world);
  if (isFinished(session)) return { kind: "wait", dueAt: null };
  const step = session.desired === "running" ? runStep(session, world) : stopStep(session, world);
  return step.kind === "wait" ? (uploadUrlStep(session, world) ?? step) : step;
}

function runStep(session: CaptureSession, world: World): CaptureStep {
  if (session.observed) return extendStep(session, world) ?? lostStep(session, world);
  const deadline = session.createdAt + timeLimitMilliseconds(session) + startGraceMilliseconds;
  if (world.now >= deadline) {
    const heard = world.connected ? "did not take the session" : "was not connected";
    return agentStopped(`host ${session.hostId} ${heard} within the time limit`);
  }
  if (!world.connected) return { kind: "wait", dueAt: deadline };
  return commandStep(session, world, "startCapture");
}

/** A host that records for less than is wanted is sent the session again: it takes the longer time of it. */
function extendStep(session: CaptureSession, world: World): CaptureStep | null {
  const { observed, isExtended = false, spec } = session;
  if (!isExtended || !world.connected || observed?.phase !== "recording") return null;
  if (observed.timeLimitInSeconds === spec.timeLimitInSeconds) return null;
  return commandStep(session, world, "startCapture");
}

/**
 * A host that uploads is given a fresh link when it connects, and each day: the one that it has may
 * have expired while it was away. A known session is not begun again by the same command.
 */
function uploadUrlStep(session: CaptureSession, world: World): CaptureStep | null {
  if (session.observed?.phase !== "uploading" || !world.connected) return null;
  const again = (session.commandedAt ?? -Infinity) + uploadUrlIntervalMilliseconds;
  if (world.now < again) return { kind: "wait", dueAt: again };
  const dueAt = world.now + uploadUrlIntervalMilliseconds;
  return { kind: "command", command: "startCapture", dueAt };
}

function stopStep(session: CaptureSession, world: World): CaptureStep {
  const { observed, started, desiredAt } = session;
  if (!observed && !started) return stoppedUnseen;
  if (!observed && world.connected && world.now >= desiredAt + unknownStopMilliseconds) {
    return stoppedUnseen;
  }
  const lost = lostStep(session, world);
  if (lost.kind === "end" || !world.connected) return lost;
  const winding = observed?.phase === "finishing" || observed?.phase === "uploading";
  return winding ? lost : commandStep(session, world, "stopCapture");
}

function deleteStep(session: CaptureSession, world: World): CaptureStep {
  if (!session.observed && !session.started) return { kind: "forget" };
  if (isFinished(session)) return { kind: "forget" };
  const step = stopStep(session, world);
  return step.kind === "end" ? { kind: "forget" } : step;
}

/** Waits for a host that took the session; after long silence it is lost. */
function lostStep(session: CaptureSession, world: World): CaptureStep {
  const begin = Math.max(session.createdAt, session.desiredAt);
  const deadline = begin + timeLimitMilliseconds(session) + lostHostMilliseconds;
  if (world.now < deadline) return { kind: "wait", dueAt: deadline };
  if (world.connected) return { kind: "wait", dueAt: world.now + lostHostMilliseconds };
  return agentStopped(
    `host ${session.hostId} has not been heard for an hour beyond the session's time limit`,
  );
}

function commandStep(
  session: CaptureSession,
  { now }: World,
  command: "startCapture" | "stopCapture",
): CaptureStep {
  const again = (session.commandedAt ?? -Infinity) + resendIntervalMilliseconds;
  if (now < again) return { kind: "wait", dueAt: again };
  return { kind: "command", command, dueAt: now + resendIntervalMilliseconds };
}

const stoppedUnseen: CaptureStep = {
  kind: "end",
  verdict: { status: "Stopped", stopReason: "Manual", errors: [] },
};

const agentStopped = (message: string): CaptureStep => ({
  kind: "end",
  verdict: {
    status: "Error",
    stopReason: "AgentStopped",
    errors: [{ code: "AgentStopped", message }],
  },
});

const timeLimitMilliseconds = ({ spec }: CaptureSession): number =>
  (spec.timeLimitInSeconds || timeLimitInSecondsMax) * 1_000;
