import { type IncomingAlert, windowSecondsOf } from "../alert/incoming-alert.ts";
import type { AlertEntry } from "../alert/sources/source.ts";
import { sameId } from "../arm/resource-id.ts";
import type { Clock } from "../common/clock.ts";
import type { DocumentTable } from "../common/documents.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import type { IncidentTables } from "../incident/incident-store.ts";
import { filtersOf } from "./alert-filters.ts";
import { type Job, newJob } from "./job.ts";
import type { KnownHosts } from "./known-hosts.ts";
import { type Selection, selectTargets } from "./select-targets.ts";
import { type ResponderSettings, timeLimitInSecondsMax } from "./settings.ts";
import { recordUnplaced, type UnplacedAlert } from "./unplaced-alerts.ts";

/** Alerts under way and remembered; at it new ones are refused with 429, which senders try again. */
const jobCountMax = 20_000;
const descriptionLengthMax = 1_000;
const metricLengthMax = 200;
/** A custom property of the rule, or one of its action, with which one rule records longer than others. */
const timeLimitProperty = "timeLimitInSeconds";
/** Another one: "none" records everything, also where an alert names addresses. */
const filterProperty = "captureFilter";

export interface AcceptOptions {
  settings: ResponderSettings;
  jobs: DocumentTable<Job>;
  /** Where alerts are gathered into incidents; without them each alert has a recording of its own. */
  incidents?: IncidentTables | undefined;
  /** The one machine that whoever sent them may speak of; any unless told. */
  onlyMachine?: string | undefined;
  /** Finds hosts by name and address; without it only resource ids are understood. */
  hosts?: KnownHosts | undefined;
  /** Where alerts about unknown hosts are remembered. */
  unplaced?: DocumentTable<UnplacedAlert> | undefined;
  /** Told of each alert whose condition is over, and of the machines it was about; the sender tries again when it throws. */
  onResolved?:
    | ((alert: IncomingAlert, resourceIds: readonly string[]) => Promise<void>)
    | undefined;
  /** Called once for each alert. */
  countAlert?: ((labels: { source: string; outcome: AlertResult["status"] }) => void) | undefined;
  clock: Clock;
  log: Log;
}

/** What became of one alert. */
export interface AlertResult {
  source: string;
  /** The rule's name; null when that could not be read. */
  rule: string | null;
  status: "accepted" | "ignored" | "unplaced" | "refused" | "failed";
  /** Why it is not accepted. */
  reason: string | null;
  /** Of an alert that is refused or failed. */
  error: NightcapError | null;
  jobs: readonly Job[];
  /** True when an earlier delivery had made all its jobs. */
  duplicate: boolean;
}

/**
 * Records the jobs of each alert: from there on a crash loses nothing. One that cannot be read, is about nothing here, or
 * cannot be recorded does not keep the others back.
 */
export async function acceptAlerts(
  entries: readonly AlertEntry[],
  options: AcceptOptions,
): Promise<AlertResult[]> {
  const results: AlertResult[] = [];
  for (const entry of entries) {
    const result = await acceptEntry(entry, options);
    options.countAlert?.({ source: entry.source, outcome: result.status });
    results.push(result);
  }
  return results;
}

async function acceptEntry(entry: AlertEntry, options: AcceptOptions): Promise<AlertResult> {
  const { source } = entry;
  const rule = entry.kind === "alert" ? entry.alert.ruleName : null;
  const nothing = { source, rule, error: null, reason: null, jobs: [], duplicate: false };
  try {
    if (entry.kind === "unreadable") throw entry.error;
    if (entry.kind === "ignored") return { ...nothing, status: "ignored", reason: entry.reason };
    return { ...nothing, ...(await acceptAlert(source, entry.alert, options)) };
  } catch (error) {
    return { ...nothing, ...failure(error, options.log) };
  }
}

type Outcome = Pick<AlertResult, "status"> & Partial<AlertResult>;

async function acceptAlert(
  source: string,
  alert: IncomingAlert,
  options: AcceptOptions,
): Promise<Outcome> {
  const { log, unplaced, clock, onResolved } = options;
  if (!alert.fired && !onResolved) return resolved(alert, log);
  const selection = onlyOf(await selectTargets(alert, options), options.onlyMachine);
  if (!alert.fired) {
    if (selection.kind === "machines") await onResolved?.(alert, selection.resourceIds);
    return resolved(alert, log);
  }
  if (selection.kind === "machines") return record(alert, selection.resourceIds, options);
  const { reason } = selection;
  if (selection.kind === "ignored") {
    log.info({ rule: alert.ruleName, reason }, "alert ignored");
    return { status: "ignored", reason };
  }
  const { names } = selection;
  if (unplaced) {
    await recordUnplaced(unplaced, alert, { source, names, reason, receivedTime: clock.now() });
  }
  log.warn({ rule: alert.ruleName, source, reason }, "alert is about no known host");
  return { status: "unplaced", reason };
}

/** What a host says of others is not acted on. */
function onlyOf(selection: Selection, machine: string | undefined): Selection {
  if (selection.kind !== "machines" || machine === undefined) return selection;
  const own = selection.resourceIds.filter((id) => sameId(id, machine));
  if (own.length > 0) return { kind: "machines", resourceIds: own };
  const reason = "alert is about another machine than the one that sent it";
  return { kind: "unplaced", reason, names: selection.resourceIds };
}

function resolved({ ruleName }: IncomingAlert, log: Log): Outcome {
  const reason = `alert "${ruleName}" is resolved: its condition is over`;
  log.info({ rule: ruleName, reason }, "alert ignored");
  return { status: "ignored", reason };
}

async function record(
  alert: IncomingAlert,
  resourceIds: readonly string[],
  { jobs, clock, log, incidents }: AcceptOptions,
): Promise<Outcome> {
  const step = incidents ? "join" : "locate";
  const accepted: { job: Job; duplicate: boolean }[] = [];
  for (const resourceId of resourceIds) {
    const key = keyOf(alert, resourceId);
    const known = await jobs.get(key);
    if (!known && (await jobs.count()) >= jobCountMax) {
      throw new NightcapError("TooManyRequests", `${jobCountMax} alerts are kept already`);
    }
    const job = newJob(alertOf(alert, resourceId), key, clock.now(), step);
    const written = known ? null : await jobs.put(key, job, { revision: 0, dueAt: clock.now() });
    const { body } = written ?? known ?? (await jobs.get(key)) ?? { body: job };
    const duplicate = written === null;
    log.info({ jobId: body.jobId, rule: alert.ruleName, resourceId, duplicate }, "alert accepted");
    accepted.push({ job: body, duplicate });
  }
  return {
    status: "accepted",
    jobs: accepted.map(({ job }) => job),
    duplicate: accepted.every(({ duplicate }) => duplicate),
  };
}

/** The key of the job that an alert has, or would have, about one machine; its resolution has the same. */
export function keyOf(
  { dedupeKey, targetResourceIds }: Pick<IncomingAlert, "dedupeKey" | "targetResourceIds">,
  resourceId: string,
): string {
  const first = targetResourceIds[0]?.toLowerCase() === resourceId.toLowerCase();
  return first ? dedupeKey : `${dedupeKey}|${resourceId.toLowerCase()}`;
}

function alertOf(alert: IncomingAlert, resourceId: string): Job["alert"] {
  const { schema, ruleId, ruleName, severity, firedTime, dedupeKey } = alert;
  const timeLimitInSeconds = readTimeLimit(alert.properties[timeLimitProperty]);
  const filters = isFiltered(alert.properties[filterProperty]) ? filtersOf(alert, resourceId) : [];
  const windowSeconds = windowSecondsOf(alert);
  const metric = alert.criteria.find(({ metricName }) => metricName)?.metricName ?? "";
  const description = alert.description.slice(0, descriptionLengthMax);
  return {
    schema,
    ruleId,
    ruleName,
    severity,
    firedTime,
    dedupeKey,
    resourceId,
    ...(description === "" ? {} : { description }),
    ...(timeLimitInSeconds === null ? {} : { timeLimitInSeconds }),
    ...(windowSeconds === null ? {} : { windowSeconds }),
    ...(metric === "" ? {} : { metric: metric.slice(0, metricLengthMax) }),
    ...(filters.length === 0 ? {} : { filters }),
  };
}

function isFiltered(text: string | undefined): boolean {
  if (text === undefined || text === "flows") return true;
  if (text === "none") return false;
  throw new NightcapError(
    "AlertUnreadable",
    `alert property ${filterProperty} is "${text.slice(0, 100)}": flows or none expected`,
  );
}

function readTimeLimit(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= timeLimitInSecondsMax) return seconds;
  throw new NightcapError(
    "AlertUnreadable",
    `alert property ${timeLimitProperty} is "${text.slice(0, 100)}": 1 to ${timeLimitInSecondsMax} expected`,
  );
}

function failure(error: unknown, log: Log): Outcome {
  if (error instanceof NightcapError && error.status < 500) {
    const reason = describeError(error);
    log.warn({ code: error.code, error: reason }, "alert refused");
    return { status: error.code === "TooManyRequests" ? "failed" : "refused", error, reason };
  }
  log.error({ error: describeError(error) }, "alert could not be recorded");
  const message = "alert could not be recorded; send it again";
  const unavailable = new NightcapError("ServiceUnavailable", message, { cause: error });
  return { status: "failed", error: unavailable, reason: message };
}
