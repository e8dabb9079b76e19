import type { SessionManager } from "../capture/session-manager.ts";
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
