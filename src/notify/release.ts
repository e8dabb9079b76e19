import type { StoredDocument } from "../common/documents.ts";
import { composeDigest, lastOfEach } from "./digest.ts";
import type { OutboxOptions } from "./outbox.ts";
import { entryKey, type OutboxEntry, sentEntry, sentKeptMilliseconds } from "./outbox-entry.ts";
import { render } from "./render.ts";
import type { TargetSettings } from "./target-settings.ts";

type Stored = StoredDocument<OutboxEntry>;

/**
 * Ends the time for which messages were held: the last of each incident stands for those before it, and several
 * incidents become one message. One transaction, so that a crash tells nothing twice.
 */
export async function releaseHeld(
  settings: TargetSettings,
  held: readonly Stored[],
  { transact, clock }: Pick<OutboxOptions, "transact" | "clock">,
): Promise<void> {
  const now = clock.now();
  const last = lastOfEach(held.map(({ body }) => body.message));
  // PagerDuty groups by incident itself, and a message about several could never be resolved.
  const isDigest = settings.kind !== "pagerDuty" && last.length > 1;
  const told = new Set(isDigest ? [] : last.map((message) => entryKey(settings.name, message)));
  await transact(async ({ entries }) => {
    for (const { key, body } of held) {
      const isTold = told.has(key);
      const entry: OutboxEntry = isTold ? { ...body, state: "waiting" } : sentEntry(body, now);
      await entries.put(key, entry, { dueAt: isTold ? now : now + sentKeptMilliseconds });
    }
    if (!isDigest) return;
    const message = composeDigest(held.map(({ body }) => body.message));
    const digest: OutboxEntry = {
      target: settings.name,
      message,
      thread: { isFirst: true, subject: render(settings, message).subject },
      state: "waiting",
      acceptedAt: now,
      attemptCount: 0,
      lastError: null,
      finishedAt: null,
    };
    await entries.put(entryKey(settings.name, message), digest, { revision: 0, dueAt: now });
  });
}
