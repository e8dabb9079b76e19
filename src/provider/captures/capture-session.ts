import type {
  CaptureErrorCode,
  CaptureObservation,
  CaptureSpec,
  CaptureStatus,
  CaptureStopReason,
} from "../../capture/session.ts";
import type { Culprit } from "../../inspection/change/culprit.ts";
import type { ChangeGist } from "../../inspection/change/gist.ts";

/** What the inspection found out about the finished file; written by whoever inspects. */
export interface CaptureResult {
  /**
   * True when the stored file, or each of several, has the SHA-256 that the host said; false: it was altered
   * on the way; null: there is none, or it cannot be read from here.
   */
  sha256Verified: boolean | null;
  /** The report's page on the control plane's disk, or null when there is none. */
  reportPath: string | null;
  /** A link with which whoever has it may read the report. */
  reportLink?: string;
  /** Reports of several captures that it is in. */
  groupReports?: { title: string; link: string }[];
  /** The report in a few lines. */
  text?: string;
  /** What changed at the alert, and why. */
  answer?: { kind: string; sentence: string; culprit?: Culprit | null; gist?: ChangeGist };
  /** Packets in the file. */
  packets?: number;
  /** Why there is no report. */
  problem?: string;
}

/** How a session ended when the host could not say it. */
export interface CaptureVerdict {
  status: Extract<CaptureStatus, "Stopped" | "Error">;
  stopReason: CaptureStopReason;
  errors: { code: CaptureErrorCode; message: string }[];
  /** Milliseconds since the epoch. */
  time: number;
}

/** What is wanted of a capture and what is known of it: `documents("captureSessions")`, by session id. */
export interface CaptureSession {
  /** ARM id of the packet capture. */
  captureId: string;
  /** `uploadUrl` is always null here: it is a secret, made anew each time a command is sent. */
  spec: CaptureSpec;
  hostId: string;
  /** ARM id of the virtual machine, or of the scale set's instance. */
  targetId: string;
  /** The host's instance id when the target is a scale set. */
  instanceId?: string;
  /** Captures with the same one, of the same network watcher, have a report together. */
  groupName?: string;
  desired: "running" | "stopped" | "deleted";
  observed: CaptureObservation | null;
  /** Set by the control plane when the host cannot say how it ended; the host's word replaces it. */
  verdict: CaptureVerdict | null;
  /** The blob's URL without a token; empty when it is not uploaded. Of several files, what each begins with. */
  storagePath: string;
  createdBy: { id: string; name: string };
  /** These are milliseconds since the epoch. */
  createdAt: number;
  /** When `desired` last changed. */
  desiredAt: number;
  /** When a command was last sent for this `desired`; null: none yet. */
  commandedAt: number | null;
  /** Somebody made it longer while it went on; the host says when it has taken that. */
  isExtended?: boolean;
  /** True once startCapture was sent: the host may know the session. */
  started: boolean;
  result: CaptureResult | null;
}

export const captureSessionCollection = "captureSessions";

/** Which sessions a packet capture is: `documents("captureSessionIds")`, by ARM id in lower case. */
export const captureSessionIdCollection = "captureSessionIds";
export interface CaptureSessionReference {
  /** The first of them; it names them all, also when it is gone. */
  sessionId: string;
  /** One a host; absent: the one. */
  sessionIds?: string[];
}

/** The commands that are sent to a host's agent; the same as the uplink's. */
export type AgentCommandLike =
  | { kind: "startCapture"; spec: CaptureSpec }
  | { kind: "stopCapture"; sessionId: string }
  | { kind: "forgetCapture"; sessionId: string };

/** The agents that are connected now. `send` promises nothing: what the host then observes shows it. */
export interface AgentDirectory {
  isConnected(hostId: string): boolean;
  send(hostId: string, command: AgentCommandLike): void;
}

/** The blob of one file of a recording into several: `a.cap` becomes `a_00001_20261121093000.cap`. */
export const fileStoragePath = (storagePath: string, name: string): string =>
  `${storagePath.slice(0, -".cap".length)}_${name}.cap`;

/** True while the session counts towards the limit: it records, or will. */
export function isActive(session: CaptureSession): boolean {
  if (session.verdict !== null || session.desired === "deleted") return false;
  const { observed } = session;
  return observed === null ? session.desired === "running" : isRecording(observed);
}

/** True when no change is to come from the host. */
export const isFinished = (session: CaptureSession): boolean =>
  session.verdict !== null || session.observed?.phase === "finished";

/** True while the host records or may be about to. */
export const mayRecord = ({ observed }: CaptureSession): boolean =>
  observed === null || isRecording(observed);

const isRecording = ({ phase }: CaptureObservation): boolean =>
  phase === "waiting" || phase === "recording";

/** A session's state as `queryStatus` says it. `connected`: the host can be heard now. */
export function sessionStatus(
  session: CaptureSession,
  connected: boolean,
): {
  status: CaptureStatus;
  stopReason: CaptureStopReason | null;
  errors: { code: CaptureErrorCode; message: string }[];
} {
  const { observed, verdict } = session;
  if (verdict) return verdict;
  if (!observed) return { status: "NotStarted", stopReason: null, errors: [] };
  const silent = !connected && isRecording(observed);
  const altered = session.result?.sha256Verified === false;
  const errors = altered
    ? [
        ...observed.errors,
        {
          code: "StorageFailed" as const,
          message: "stored file has another SHA-256 than the host's",
        },
      ]
    : observed.errors;
  const status = silent ? "Unknown" : altered ? "Error" : observed.status;
  return { status, stopReason: observed.stopReason, errors };
}
