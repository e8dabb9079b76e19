import type { SessionManager } from "../capture/session-manager.ts";
import type { CaptureObservation, CaptureSpec } from "../capture/session.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import type { AgentCommand } from "../uplink/messages.ts";

const messageLengthMax = 2_000;

/** Carries out one command; null when it is done, now or before, else why not. */
export async function execute(
  manager: SessionManager,
  command: AgentCommand,
): Promise<{ code: string; message: string } | null> {
  try {
    await dispatch(manager, command);
    return null;
  } catch (error) {
    const code = error instanceof NightcapError ? error.code : "InternalServerError";
    return { code, message: describeError(error).slice(0, messageLengthMax) };
  }
}

function dispatch(manager: SessionManager, command: AgentCommand): Promise<void> {
  switch (command.kind) {
    case "startCapture":
      return manager.start(command.spec);
    case "stopCapture":
      return manager.stop(command.sessionId);
    case "forgetCapture":
      return manager.forget(command.sessionId);
  }
}

/** What is told of a session that was refused: it is over, and why, so that nobody waits for it. */
export function refusedObservation(
  { sessionId }: CaptureSpec,
  error: { code: string; message: string },
): CaptureObservation {
  return {
    sessionId,
    revision: 1,
    status: "Error",
    stopReason: "Failed",
    errors: [
      {
        code: "CaptureFailed",
        message: `${error.code}: ${error.message}`.slice(0, messageLengthMax),
      },
    ],
    captureStartTime: null,
    captureEndTime: null,
    packets: 0,
    packetsDropped: 0,
    sizeBytes: 0,
    sha256: null,
    phase: "finished",
    filePath: null,
    uploaded: false,
  };
}
