import type { Backoff } from "../common/backoff.ts";
import { messageIdOf, type NotificationMessage } from "./message.ts";
import type { Thread } from "./target.ts";

/** A message on its way to one target: `documents("notificationOutbox")`. */
export interface OutboxEntry {
  target: string;
  message: NotificationMessage;
  thread: Thread;
  /** Held: by quiet hours or a group, to be told together with others. */
  state: "waiting" | "held" | "sent";
  acceptedAt: number;
  attemptCount: number;
  lastError: string | null;
  finishedAt: number | null;
}

/** A message that no try delivered: `documents("notificationDeadLetters")`, by its id. */
export interface DeadLetter {
  id: string;
  /** Key in the outbox. */
  key: string;
  entry: OutboxEntry;
  diedAt: number;
}

/** Messages that wait for one target; what comes at it is not taken, and counted. */
export const queueLengthMax = 1_000;
/** Kept for retrying; at it the oldest goes. */
export const deadLetterCountMax = 1_000;
/** Tries of a message; with the waits between them about two hours. */
export const attemptCountMax = 12;
export const retryBackoff: Backoff = {
  minimumMilliseconds: 5_000,
  maximumMilliseconds: 1_800_000,
};
/** How long a message that was sent is known, so that the same one is not sent again. */
export const sentKeptMilliseconds = 7 * 86_400_000;

export const incidentPrefix = (target: string, incidentId: string): string =>
  `${target}/${encodeURIComponent(incidentId)}/`;

/** Sorts by revision below its target and incident. */
export const entryKey = (target: string, { incidentId, revision }: NotificationMessage): string =>
  `${incidentPrefix(target, incidentId)}${String(revision).padStart(9, "0")}`;

/** An entry for people and programs, without the message's words. */
export function viewEntry({ target, message, attemptCount, lastError }: OutboxEntry) {
  const { incidentId, kind, severity, title } = message;
  const messageId = messageIdOf(message);
  return { target, messageId, incidentId, kind, severity, title, attemptCount, reason: lastError };
}

/** What is kept of a message that was sent: enough to know it, and its incident's first subject. */
export const sentEntry = (entry: OutboxEntry, finishedAt: number): OutboxEntry => ({
  ...entry,
  state: "sent",
  finishedAt,
  message: { ...entry.message, text: "", facts: [], links: [], json: {} },
});
