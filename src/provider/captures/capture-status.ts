import type { CaptureErrorCode, CaptureStatus, CaptureStopReason } from "../../capture/session.ts";
import { type AgentDirectory, type CaptureSession, sessionStatus } from "./capture-session.ts";

/** How a packet capture stands, over all its hosts. */
export interface JoinedStatus {
  status: CaptureStatus;
  stopReason: CaptureStopReason | null;
  /** Of several hosts, each message begins with the host's instance id. */
  errors: { code: CaptureErrorCode; message: string }[];
  /** When the first host began; null: none has. */
  captureStartTime: string | null;
}

/** The first that any host has is that of all: one that records makes the capture run. */
const precedence = [
  "Running",
  "Unknown",
  "NotStarted",
  "Error",
  "Stopped",
] as const satisfies readonly CaptureStatus[];

export function joinStatus(
  sessions: readonly CaptureSession[],
  agents: AgentDirectory,
): JoinedStatus {
  const each = sessions.map((session) => ({
    session,
    ...sessionStatus(session, agents.isConnected(session.hostId)),
  }));
  const status = precedence.find((one) => each.some((state) => state.status === one)) ?? "Unknown";
  const starts = sessions.flatMap(({ observed }) => observed?.captureStartTime ?? []);
  return {
    status,
    stopReason: each.find((one) => one.status === status)?.stopReason ?? null,
    errors: each.flatMap(({ session, errors }) =>
      errors.map(({ code, message }) => ({ code, message: prefix(session) + message })),
    ),
    captureStartTime: starts.toSorted()[0] ?? null,
  };
}

const prefix = ({ instanceId }: CaptureSession): string =>
  instanceId === undefined ? "" : `${instanceId}: `;
