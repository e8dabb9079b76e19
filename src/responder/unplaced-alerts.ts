import type { IncomingAlert } from "../alert/incoming-alert.ts";
import type { DocumentTable } from "../common/documents.ts";

/** An alert that nobody here could be found for: what people look at to add an alias or a host. */
export interface UnplacedAlert {
  source: string;
  rule: string;
  severity: number | null;
  /** Milliseconds since the epoch. */
  firedTime: number;
  receivedTime: number;
  /** What the alert has for its host. */
  names: readonly string[];
  reason: string;
  /** Deliveries of it. */
  count: number;
}

/** The newest stay. */
export const unplacedCountMax = 1_000;
/** Those over the limit that are removed at each write. */
const removedCountMax = 100;
const nameCountMax = 16;
const keyLengthMax = 1_024;

/** Remembers an alert, or counts one more delivery of it. */
export async function recordUnplaced(
  table: DocumentTable<UnplacedAlert>,
  alert: IncomingAlert,
  entry: Pick<UnplacedAlert, "source" | "names" | "reason" | "receivedTime">,
): Promise<void> {
  const key = alert.dedupeKey.slice(0, keyLengthMax);
  const known = await table.get(key);
  const { ruleName: rule, severity, firedTime } = alert;
  const names = entry.names.slice(0, nameCountMax);
  const count = (known?.body.count ?? 0) + 1;
  const body = { ...entry, names, rule, severity, firedTime, count };
  await table.put(key, body, { dueAt: entry.receivedTime });
  const excess = (await table.count()) - unplacedCountMax;
  if (excess <= 0) return;
  const oldest = await table.due(Number.MAX_SAFE_INTEGER, Math.min(excess, removedCountMax));
  for (const each of oldest) await table.delete(each.key);
}
