import type { IncomingAlert } from "../alert/incoming-alert.ts";
import type { DocumentTable } from "../common/documents.ts";
import { keyOf } from "./accept-alerts.ts";
import type { Job } from "./job.ts";

/** Firings of one rule on one machine that are looked through: one every two minutes, for as long as jobs are kept. */
const firingCountMax = 5_040;

/**
 * The key of the job whose alert a resolution ends. Azure's older schemas have a single time, and nothing says that it is the
 * firing's in a resolution: where it is of no firing, the last one before it is meant.
 */
export async function resolvedKey(
  jobs: DocumentTable<Job>,
  alert: IncomingAlert,
  resourceId: string,
): Promise<string> {
  const key = keyOf(alert, resourceId);
  const hasOneTime = alert.schema === "legacy" || alert.schema === "classic";
  if (!hasOneTime || (await jobs.get(key))) return key;
  const time = new Date(alert.firedTime).toISOString().toLowerCase();
  const at = key.lastIndexOf(time);
  const rest = key.slice(at + time.length);
  const firings = await jobs.list({ prefix: key.slice(0, at), limit: firingCountMax });
  // Times in ISO 8601 sort as texts do, and are equally long.
  const before = firings
    .map((stored) => stored.key)
    .filter((each) => each < key && each.length === key.length && each.endsWith(rest));
  return before.at(-1) ?? key;
}
