import type { State } from "../../state/state.ts";

/** Writes that are remembered; the oldest go first. */
export const auditEntryCountMax = 10_000;
/** Entries that are over the limit are removed a few at a time, so that no write waits long. */
const trimCountMax = 100;

/** One write: who did what to what, when, from where, and how it ended. */
export interface AuditEntry {
  who: { id: string; name: string };
  action: string;
  resourceId: string;
  /** ISO 8601, UTC. */
  when: string;
  /** The client's address as the server saw it, or null. */
  from: string | null;
  outcome: { status: number; code: string | null };
  requestId: string;
}

/** Records writes in `documents("audit")`, keyed by time, so that listing them is in order. */
export function createAudit(state: State): (entry: AuditEntry) => Promise<void> {
  const entries = state.documents<AuditEntry>("audit");
  return async (entry) => {
    await entries.put(`${entry.when}/${entry.requestId}`, entry);
    const excess = (await entries.count()) - auditEntryCountMax;
    if (excess <= 0) return;
    const oldest = await entries.list({ limit: Math.min(excess, trimCountMax) });
    for (const { key } of oldest) await entries.delete(key);
  };
}
