import { createHash } from "node:crypto";
import type { DocumentTable } from "../../common/documents.ts";
import type { State } from "../../state/state.ts";

/** Writes that are remembered; the oldest go first. */
export const auditEntryCountMax = 10_000;
/** Refusals that are remembered, apart from the writes, so that nobody can push those out. */
export const refusalEntryCountMax = 1_000;
/** Entries that are over a limit are removed a few at a time, so that no write waits long. */
const trimCountMax = 100;
/** Kinds of refusal that are told apart within one minute; the rest are counted together. */
const refusalKindCountMax = 50;
const minuteMilliseconds = 60_000;

/** One write: who did what to what, when, from where, and how it ended. */
export interface AuditEntry {
  /** Null when nobody could be made out. */
  who: { id: string; name: string } | null;
  action: string;
  /** What the action was checked at. */
  scope?: string;
  method?: string;
  resourceId: string;
  /** ISO 8601, UTC. */
  when: string;
  /** The client's address as the server saw it, or null. */
  from: string | null;
  /** What was asked for, where the path does not say it. */
  detail?: string;
  outcome: { status: number; code: string | null };
  requestId: string;
  correlationId?: string;
  clientRequestId?: string | null;
  /** Of refusals: how many alike there were in that minute. */
  count?: number;
}

export interface Audit {
  /** Keeps a write, or keeps or counts a request that was refused: nobody known, or not allowed. */
  record(entry: AuditEntry): Promise<void>;
  /** Oldest first, both kinds, from `from` to `to` (ISO 8601). */
  list(range: { from: string; to: string }): Promise<AuditEntry[]>;
}

/** `documents("audit")` and `documents("auditRefusals")`, keyed by time, so that listing is in order. */
export function createAudit(state: State): Audit {
  const writes = createJournal(state.documents<AuditEntry>("audit"), auditEntryCountMax);
  const refusals = createRefusals(
    createJournal(state.documents<AuditEntry>("auditRefusals"), refusalEntryCountMax),
  );
  return {
    record: (entry) => (isRefusal(entry.outcome) ? refusals.add(entry) : writes.put(entry)),
    async list({ from, to }) {
      await refusals.flush();
      const both = [...(await writes.list(from, to)), ...(await refusals.list(from, to))];
      return both.sort((a, b) => compare(a.when, b.when));
    },
  };
}

/** True for the answer to somebody who is not known, or may not do what they asked. */
export const isRefusal = ({ status }: { status: number }): boolean => [401, 403].includes(status);

interface Journal {
  put(entry: AuditEntry): Promise<void>;
  list(from: string, to: string): Promise<AuditEntry[]>;
}

function createJournal(table: DocumentTable<AuditEntry>, entryCountMax: number): Journal {
  return {
    async put(entry) {
      await table.put(`${entry.when}/${entry.requestId}`, entry);
      const excess = (await table.count()) - entryCountMax;
      if (excess <= 0) return;
      const oldest = await table.list({ limit: Math.min(excess, trimCountMax) });
      for (const { key } of oldest) await table.delete(key);
    },
    async list(from, to) {
      const found = await table.list({ after: from });
      return found.map(({ body }) => body).filter(({ when }) => when <= to);
    },
  };
}

/**
 * The first of a kind in a minute is written at once, the others are counted in memory and written
 * when the minute is over or somebody looks: a flood of bad requests costs no flood of writes.
 */
function createRefusals(journal: Journal) {
  let minute = 0;
  let kinds = new Map<string, { entry: AuditEntry; count: number; written: number }>();
  const flush = async (): Promise<void> => {
    for (const kind of kinds.values()) {
      if (kind.count === kind.written) continue;
      kind.written = kind.count;
      await journal.put({ ...kind.entry, count: kind.count });
    }
  };
  return {
    flush,
    list: (from: string, to: string) => journal.list(from, to),
    async add(entry: AuditEntry): Promise<void> {
      const now = Math.floor(Date.parse(entry.when) / minuteMilliseconds);
      if (now !== minute) {
        await flush();
        minute = now;
        kinds = new Map();
      }
      const wanted = kindOf(entry);
      const key = kinds.has(wanted) || kinds.size < refusalKindCountMax ? wanted : "others";
      const known = kinds.get(key);
      if (known) return void known.count++;
      kinds.set(key, { entry, count: 1, written: 1 });
      await journal.put({ ...entry, count: 1 });
    },
  };
}

function kindOf({ who, from, action, outcome, resourceId }: AuditEntry): string {
  const text = [who?.id, from, action, outcome.code, resourceId.toLowerCase()].join("\n");
  return createHash("sha256").update(text).digest("base64");
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
