import { type ParsedAlerts, parseAlerts } from "../alert/sources/parse-alerts.ts";
import { type HostLabel, usualHostLabels } from "../alert/sources/host-labels.ts";
import type { SourceName } from "../alert/sources/source.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { jsonResponse, readBody } from "../common/http.ts";
import { type AcceptOptions, acceptAlerts, type AlertResult } from "./accept-alerts.ts";

/** Azure sends at most 256 KiB an alert; a group of Alertmanager's may have hundreds of alerts. */
export const bodySizeBytesMax = 1 << 20;

export interface HandleAlertOptions extends AcceptOptions {
  /** Where the labels of Alertmanager and Grafana name the host. */
  hostLabels?: readonly HostLabel[];
}

/** What the door knows of a call. */
export interface Admission {
  /** What the path says the body is; null: look at it. */
  source: SourceName | null;
  /** Throws `AuthorizationFailed` when the way by which the call came in is not one for alerts of this source. */
  check: (source: SourceName) => void;
}

/** Where somebody else has let the call in. */
const anySource: Admission = { source: null, check: () => {} };

/** What the handler did: the answer, and the keys of the jobs that the alerts have now. */
export interface Handled {
  response: Response;
  jobKeys: readonly string[];
}

/**
 * Reads what was posted and records the jobs of its alerts, then answers 202: from there on a crash loses nothing. Alerts
 * that are none of ours (resolved, not a virtual machine, an unknown host) are 200 with the reason. Throws what the
 * admission throws, before anything is recorded.
 */
export async function handleAlert(
  request: Request,
  options: HandleAlertOptions,
  admission: Admission = anySource,
): Promise<Handled> {
  const bytes = await readAlertBody(request).catch((error: unknown) => {
    if (error instanceof NightcapError) return error;
    throw error;
  });
  if (bytes instanceof NightcapError) return { response: errorAnswer(bytes), jobKeys: [] };
  const { hostLabels = usualHostLabels } = options;
  const { source } = admission;
  const parsed = parseAlerts({ bytes, headers: request.headers, source }, { hostLabels });
  checkSources(parsed, admission);
  const results = await acceptAlerts(parsed.entries, options);
  const [only] = results;
  const response =
    parsed.single && only ? oneAnswer(only) : listAnswer(results, parsed.leftOutCount);
  const jobKeys = results.flatMap(({ jobs }) => jobs.map(({ key }) => key));
  return { response, jobKeys };
}

/** An envelope's source and the source of what it carries. */
function checkSources({ sources, entries }: ParsedAlerts, { check }: Admission): void {
  const carried = entries.filter(({ kind }) => kind === "alert").map((entry) => entry.source);
  for (const source of new Set([...sources, ...carried])) check(source);
}

/** Throws `RequestTooLarge`, or `UnsupportedMediaType` for what is packed: no sender here needs it, and it may unpack to anything. */
export async function readAlertBody(request: Request): Promise<Uint8Array> {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    const message = `content-encoding "${encoding.slice(0, 40)}" is not read: send the body as it is`;
    throw new NightcapError("UnsupportedMediaType", message);
  }
  const body = await readBody(request, bodySizeBytesMax);
  if (body) return body;
  throw new NightcapError("RequestTooLarge", `alert has more than ${bodySizeBytesMax} bytes`);
}

function oneAnswer({ status, reason, error, jobs, duplicate }: AlertResult): Response {
  if (error) return errorAnswer(error);
  if (status !== "accepted") return jsonResponse(200, { status, reason });
  const jobIds = jobs.map(({ jobId }) => jobId);
  return jsonResponse(202, { status, jobId: jobIds[0], jobIds, duplicate });
}

/**
 * Each alert is answered by itself. The status is for the sender's retries: what was recorded is so for good, and a second
 * delivery of it does nothing; so 503 when any alert should come again, whatever became of the others.
 */
function listAnswer(results: readonly AlertResult[], leftOutCount: number): Response {
  const has = (status: AlertResult["status"]) => results.some((each) => each.status === status);
  const refusedOnly = results.every(({ status }) => status === "refused");
  const [status, code] = has("failed")
    ? (["failed", 503] as const)
    : has("accepted")
      ? (["accepted", 202] as const)
      : refusedOnly
        ? (["refused", 400] as const)
        : ([has("unplaced") ? "unplaced" : "ignored", 200] as const);
  return jsonResponse(code, {
    status,
    jobIds: results.flatMap(({ jobs }) => jobs.map(({ jobId }) => jobId)),
    alerts: results.map(viewResult),
    ...(leftOutCount > 0 ? { leftOutCount } : {}),
  });
}

function viewResult({ status, rule, reason, error, jobs, duplicate }: AlertResult): object {
  if (error) return { status, rule, error: { code: error.code, message: messageOf(error) } };
  if (status !== "accepted") return { status, rule, reason };
  return { status, rule, jobIds: jobs.map(({ jobId }) => jobId), duplicate };
}

function errorAnswer(error: NightcapError): Response {
  const { code, status } = error;
  return jsonResponse(status, { error: { code, message: messageOf(error) } });
}

/** Causes inside this program are for its log. */
const messageOf = (error: NightcapError): string =>
  error.status < 500 ? describeError(error) : error.message;
