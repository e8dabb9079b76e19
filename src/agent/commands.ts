import type { SessionManager } from "../capture/session-manager.ts";
import type { CaptureObservation, CaptureSpec } from "../capture/session.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import type { Blocking } from "./blocking.ts";
import type { FlowLogging } from "./flow-logging.ts";
import type { AgentCommand } from "../uplink/messages.ts";

const messageLengthMax = 2_000;

/** What commands are about. */
export interface CommandedParts {
  readonly manager: SessionManager;
  readonly flowLogs: Pick<FlowLogging, "set">;
  readonly blocking: Pick<Blocking, "set">;
}

/** Carries out one command; null when it is done, now or before, else why not. */
export async function execute(
  parts: CommandedParts,
  command: AgentCommand,
): Promise<{ code: string; message: string } | null> {
  try {
    await dispatch(parts, command);
    return null;
  } catch (error) {
    const code = error instanceof NightcapError ? error.code : "InternalServerError";
    return { code, message: describeError(error).slice(0, messageLengthMax) };
  }
}

function dispatch(parts: CommandedParts, command: AgentCommand): Promise<void> {
  const { manager, flowLogs, blocking } = parts;
  switch (command.kind) {
    case "startCapture":
      return manager.start(command.spec);
    case "stopCapture":
      return manager.stop(command.sessionId);
    case "forgetCapture":
      return manager.forget(command.sessionId);
    case "setFlowLogs":
      return flowLogs.set(command.wanted);
    case "setBlocks":
      return blocking.set(command.wanted);
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
