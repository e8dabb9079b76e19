import type { Clock } from "../common/clock.ts";
import type { DocumentTable } from "../common/documents.ts";
import type { Log } from "../common/log.ts";
import { messageIdOf, type NotificationMessage } from "./message.ts";
import { entryKey, incidentPrefix, type OutboxEntry, queueLengthMax } from "./outbox-entry.ts";
import { quietUntil } from "./quiet-hours.ts";
import { render } from "./render.ts";
import type { TargetSettings } from "./target-settings.ts";

export interface AcceptOptions {
  entries: DocumentTable<OutboxEntry>;
  clock: Clock;
  log: Log;
  count?: (name: "held" | "dropped", target: string) => void;
}

/** Records a message for one target, to be sent at once or held back. The same message again changes nothing. */
export async function acceptFor(
  target: TargetSettings,
  message: NotificationMessage,
  { entries, clock, log, count }: AcceptOptions,
): Promise<void> {
  const key = entryKey(target.name, message);
  if (await entries.get(key)) return;
  const all = await entries.list({ prefix: `${target.name}/` });
  const waiting = all.filter(({ body }) => body.state !== "sent");
  if (waiting.length >= queueLengthMax) {
    count?.("dropped", target.name);
    const fields = { target: target.name, messageId: messageIdOf(message), queueLengthMax };
    log.error(fields, "notification dropped, too many wait for this target");
    return;
  }
  const now = clock.now();
  const heldUntil = holdUntil(target, message, {
    now,
    groupAt: waiting.find(({ body }) => body.state === "held")?.dueAt ?? null,
  });
  const prefix = incidentPrefix(target.name, message.incidentId);
  const first = all.find((each) => each.key.startsWith(prefix));
  const entry: OutboxEntry = {
    target: target.name,
    message,
    thread: first
      ? { ...first.body.thread, isFirst: false }
      : { isFirst: true, subject: render(target, message).subject },
    state: heldUntil === null ? "waiting" : "held",
    acceptedAt: now,
    attemptCount: 0,
    lastError: null,
    finishedAt: null,
  };
  await entries.put(key, entry, { revision: 0, dueAt: heldUntil ?? now });
  if (heldUntil !== null) count?.("held", target.name);
}

/** Until when the target's quiet hours or its grouping hold the message back; null: not at all. */
function holdUntil(
  { quietHours, groupSeconds }: TargetSettings,
  { severity }: NotificationMessage,
  { now, groupAt }: { now: number; groupAt: number | null },
): number | null {
  if (quietHours && !quietHours.breakThroughSeverities.includes(severity)) {
    const end = quietUntil(quietHours, now);
    if (end > now) return end;
  }
  if (groupSeconds === 0) return null;
  const full = now + groupSeconds * 1_000;
  // The first of a group decides when it is told.
  return groupAt !== null && groupAt > now ? Math.min(groupAt, full) : full;
}
