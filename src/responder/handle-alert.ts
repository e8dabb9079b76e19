import { type IncomingAlert, parseAlert } from "../alert/parse-alert.ts";
import { parseResourceId } from "../arm/resource-id.ts";
import type { Clock } from "../common/clock.ts";
import type { DocumentTable } from "../common/documents.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { jsonResponse, readBody } from "../common/http.ts";
import type { Log } from "../common/log.ts";
import { filtersOf } from "./alert-filters.ts";
import { type Job, newJob } from "./job.ts";
import { type ResponderSettings, timeLimitInSecondsMax } from "./settings.ts";

const bodySizeBytesMax = 256 << 10;
const targetCountMax = 64;
/** Alerts under way and remembered; at it new ones are refused with 429, which senders try again. */
const jobCountMax = 20_000;
/** A custom property of the rule, or one of its action, with which one rule records longer than others. */
const timeLimitProperty = "timeLimitInSeconds";
/** Another one: "none" records everything, also where an alert names addresses. */
const filterProperty = "captureFilter";
const virtualMachineType = "microsoft.compute/virtualmachines";

export interface HandleAlertOptions {
  settings: ResponderSettings;
  jobs: DocumentTable<Job>;
  clock: Clock;
  log: Log;
}

/** What the handler did: the answer, and the keys of the jobs that the alert has now. */
export interface Handled {
  response: Response;
  jobKeys: readonly string[];
}

/**
 * Reads an alert and records its jobs, then answers 202: from there on a crash loses nothing. Alerts
 * that are none of ours (resolved, not a virtual machine) are 200 with the reason.
 */
export async function handleAlert(request: Request, options: HandleAlertOptions): Promise<Handled> {
  try {
    const alert = parseAlert(await readJson(request));
    const { resourceIds, reason } = selectTargets(alert, options.settings);
    if (reason !== null) {
      options.log.info({ rule: alert.ruleName, reason }, "alert ignored");
      return { response: jsonResponse(200, { status: "ignored", reason }), jobKeys: [] };
    }
    const accepted = await record(alert, resourceIds, options);
    return { response: acceptedResponse(accepted), jobKeys: accepted.map(({ job }) => job.key) };
  } catch (error) {
    return { response: errorResponse(error, options.log), jobKeys: [] };
  }
}

async function readJson(request: Request): Promise<unknown> {
  const body = await readBody(request, bodySizeBytesMax);
  if (!body) {
    const message = `alert has more than ${bodySizeBytesMax} bytes`;
    throw new NightcapError("RequestTooLarge", message);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new NightcapError("AlertUnreadable", "alert is not JSON in UTF-8", { cause });
  }
}

interface Selection {
  resourceIds: readonly string[];
  /** Why there is nothing to do, or null. */
  reason: string | null;
}

/** The machines that the alert is about; Azure compares namespace and type without regard to case. */
function selectTargets(alert: IncomingAlert, settings: ResponderSettings): Selection {
  const ignored = (reason: string): Selection => ({ resourceIds: [], reason });
  if (!alert.fired) return ignored(`alert "${alert.ruleName}" is resolved: its condition is over`);
  const unique = new Map(alert.targetResourceIds.map((id) => [id.toLowerCase(), id]));
  if (unique.size > targetCountMax) {
    const count = `${unique.size} targets; at most ${targetCountMax} allowed`;
    throw new NightcapError("AlertUnreadable", `alert has ${count}`);
  }
  const named = machinesOf([...unique.values()]);
  const machines = named.length > 0 ? named : machinesOf(flowMachines(alert));
  if (machines.length === 0) {
    return ignored(
      `alert is about a ${alert.resourceType}: Microsoft.Compute/virtualMachines expected`,
    );
  }
  const wanted = settings.subscriptionId?.toLowerCase();
  const ours = machines.filter(
    ({ subscriptionId }) => wanted === undefined || subscriptionId?.toLowerCase() === wanted,
  );
  if (ours.length === 0) {
    const other = machines[0]?.subscriptionId ?? "";
    return ignored(`alert is about subscription ${other}: ${settings.subscriptionId} expected`);
  }
  return { resourceIds: ours.map(({ id }) => id), reason: null };
}

const machinesOf = (ids: readonly string[]): ReturnType<typeof readTarget>[] =>
  ids.map((id) => readTarget(id)).filter(({ type }) => type.toLowerCase() === virtualMachineType);

/** An alert about a workspace is about the machines that saw its flows. */
function flowMachines({ criteria }: IncomingAlert): string[] {
  const ids = criteria.flatMap(({ flows }) => flows.map(({ resourceId }) => resourceId ?? ""));
  const unique = new Map(ids.filter((id) => id !== "").map((id) => [id.toLowerCase(), id]));
  return [...unique.values()].slice(0, targetCountMax);
}

function readTarget(id: string): ReturnType<typeof parseResourceId> {
  try {
    return parseResourceId(id);
  } catch (cause) {
    throw new NightcapError("AlertUnreadable", "alert has a target that is no resource id", {
      cause,
    });
  }
}

interface Accepted {
  job: Job;
  /** True when an earlier delivery had made the job. */
  duplicate: boolean;
}

async function record(
  alert: IncomingAlert,
  resourceIds: readonly string[],
  { jobs, clock, log }: HandleAlertOptions,
): Promise<Accepted[]> {
  const accepted: Accepted[] = [];
  for (const resourceId of resourceIds) {
    const key = keyOf(alert, resourceId);
    const known = await jobs.get(key);
    if (!known && (await jobs.count()) >= jobCountMax) {
      throw new NightcapError("TooManyRequests", `${jobCountMax} alerts are kept already`);
    }
    const job = newJob(alertOf(alert, resourceId), key, clock.now());
    const written = known ? null : await jobs.put(key, job, { revision: 0, dueAt: clock.now() });
    const { body } = written ?? known ?? (await jobs.get(key)) ?? { body: job };
    const duplicate = written === null;
    log.info({ jobId: body.jobId, rule: alert.ruleName, resourceId, duplicate }, "alert accepted");
    accepted.push({ job: body, duplicate });
  }
  return accepted;
}

function keyOf({ dedupeKey, targetResourceIds }: IncomingAlert, resourceId: string): string {
  const first = targetResourceIds[0]?.toLowerCase() === resourceId.toLowerCase();
  return first ? dedupeKey : `${dedupeKey}|${resourceId.toLowerCase()}`;
}

function alertOf(alert: IncomingAlert, resourceId: string): Job["alert"] {
  const { schema, ruleId, ruleName, severity, firedTime, dedupeKey } = alert;
  const timeLimitInSeconds = readTimeLimit(alert.properties[timeLimitProperty]);
  const filters = isFiltered(alert.properties[filterProperty]) ? filtersOf(alert, resourceId) : [];
  return {
    schema,
    ruleId,
    ruleName,
    severity,
    firedTime,
    dedupeKey,
    resourceId,
    ...(timeLimitInSeconds === null ? {} : { timeLimitInSeconds }),
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

function acceptedResponse(accepted: readonly Accepted[]): Response {
  return jsonResponse(202, {
    status: "accepted",
    jobId: accepted[0]?.job.jobId,
    jobIds: accepted.map(({ job }) => job.jobId),
    duplicate: accepted.every(({ duplicate }) => duplicate),
  });
}

function errorResponse(error: unknown, log: Log): Response {
  if (error instanceof NightcapError && error.status < 500) {
    const message = describeError(error);
    log.warn({ code: error.code, error: message }, "alert refused");
    return jsonResponse(error.status, { error: { code: error.code, message } });
  }
  // 503 and not 500: Azure's action groups and ours try again after it, and nothing was recorded.
  log.error({ error: describeError(error) }, "alert could not be recorded");
  const message = "alert could not be recorded; send it again";
  return jsonResponse(503, { error: { code: "ServiceUnavailable", message } });
}
