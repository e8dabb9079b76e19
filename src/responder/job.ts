import { createHash } from "node:crypto";
import type { IncomingAlert } from "../alert/parse-alert.ts";
import type {
  CaptureRequestFilter,
  CaptureStatusAnswer,
  ExistingCapture,
  Machine,
  Watcher,
} from "./capture-client.ts";

/** What of an alert a job keeps. */
export type JobAlert = Pick<
  IncomingAlert,
  "schema" | "ruleId" | "ruleName" | "severity" | "firedTime" | "dedupeKey"
> & {
  /** The one machine of this job, in the alert's case. */
  resourceId: string;
  /** What the sender says of it; left out where it says nothing. */
  description?: string;
  /** What the rule's author asked for with the property of that name; the responder's setting otherwise. */
  timeLimitInSeconds?: number;
  /** Seconds over which the rule measures; left out where the sender does not say. */
  windowSeconds?: number;
  /** What the rule measures; left out where the sender does not say. */
  metric?: string;
  /** What the alert is about; the responder's setting where it says nothing of it. */
  filters?: readonly CaptureRequestFilter[];
};

/** How an alert ended, in a word for programs; `message` is for people. */
export interface JobOutcome {
  kind: "captured" | "captureFailed" | "limitReached" | "failed";
  message: string;
  status: CaptureStatusAnswer | null;
}

/** Which update of which incident a notification is: a receiver can tell doubles by id and revision. */
export interface IncidentMark {
  incidentId: string;
  revision: number;
  kind: "answered";
  /** The packets show what somebody expects: only the log is told. */
  isExpected?: true;
}

/** What people are told; recorded before it is first sent, so that a second sending says the same. */
export interface Notification {
  /** Stable for one alert on one machine: what a receiver drops doubles by. */
  notificationId: string;
  outcome: JobOutcome["kind"];
  text: string;
  /** The report's address, else where the packets are; null when there are none. */
  link: string | null;
  alert: JobAlert;
  capture: {
    id: string;
    name: string;
    stopReason: string | null;
    errors: readonly string[];
  } | null;
  /** Where alerts are gathered into incidents. */
  incident?: IncidentMark;
}

export interface DeliveryState {
  state: "waiting" | "sent" | "failed";
  attemptCount: number;
}

/**
 * One alert about one machine, from acceptance to the last notification. Each step may run twice: the
 * document is written after a step, never in it.
 */
export interface Job {
  /** Key in the table: the alert's dedupeKey; for each target after the first, that and the target. */
  key: string;
  /** Hash of the key; also the id of its notification. */
  jobId: string;
  alert: JobAlert;
  step: "join" | "queue" | "shared" | "locate" | "place" | "poll" | "report" | "notify" | "done";
  /** Failures of the current step in a row. */
  attemptCount: number;
  /** Milliseconds since the epoch. */
  acceptedAt: number;
  machine: Machine | null;
  watcher: Watcher | null;
  capture: ExistingCapture | null;
  /** True when the capture was there already: an earlier delivery's or from before a crash. */
  adopted: boolean;
  /** When the capture was confirmed (ms); the time limit of polling runs from here. */
  placedAt: number | null;
  outcome: JobOutcome | null;
  outcomeAt: number | null;
  notification: Notification | null;
  deliveries: Record<string, DeliveryState>;
  finishedAt: number | null;
  /** The incident that its alert is part of; absent where alerts are not gathered, and before. */
  incidentId?: string;
  /** The recording that has its packets: its own, or that of the job that this one shares. */
  recordingId?: string;
  /** What the incident made of the time limit and the moment, which other alerts may have moved. */
  recording?: { timeLimitSeconds: number; moment: number };
}

/** 128 bits in hex that stand for one alert about one machine. */
export const jobIdOf = (key: string): string =>
  createHash("sha256").update(key).digest("hex").slice(0, 32);

/** A job as it is when the alert has just been read. */
export function newJob(
  alert: JobAlert,
  key: string,
  acceptedAt: number,
  step: "join" | "locate" = "locate",
): Job {
  return {
    key,
    jobId: jobIdOf(key),
    alert,
    step,
    attemptCount: 0,
    acceptedAt,
    machine: null,
    watcher: null,
    capture: null,
    adopted: false,
    placedAt: null,
    outcome: null,
    outcomeAt: null,
    notification: null,
    deliveries: {},
    finishedAt: null,
  };
}

/** The job with its end decided; what remains is to tell people. */
export function withOutcome(job: Job, outcome: JobOutcome, now: number): Job {
  return { ...job, step: "report", attemptCount: 0, outcome, outcomeAt: now };
}
