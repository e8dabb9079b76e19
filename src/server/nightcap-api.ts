import { sameId } from "../arm/resource-id.ts";
import type { Delivery } from "../alert/delivery.ts";
import { isoTime } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { jsonResponse, requestUrl } from "../common/http.ts";
import type { Log } from "../common/log.ts";
import type { Caller } from "../provider/kernel/arm-request.ts";
import type { Audit } from "../provider/kernel/audit.ts";
import type { State } from "../state/state.ts";
import { alertTables, baselineStatuses } from "./alerting.ts";
import { viewAlertSources } from "./alert-sources.ts";
import type { Enrolment } from "./enrolment.ts";
import type { Hosts } from "./hosts.ts";
import type { Asking } from "./blocks/blocks-api.ts";
import type { Guard } from "./nightcap-access.ts";

/** What became of an alert in the responder, for those who watch it. */
export interface JobView {
  state: string;
  captureName: string | null;
  /** The incident that its alert is part of; null before it has joined one. */
  incidentId: string | null;
  outcome: string | null;
  /** ISO 8601, or null. */
  notifiedTime: string | null;
}

export interface NightcapApiOptions {
  state: State;
  enrolment: Enrolment;
  hosts: Hosts;
  baseUrl: string;
  /** Lets only those in whose roles have the request's action. */
  guard: Guard;
  audit: Audit;
  /** Service principals and token keys; null for other paths. */
  identityApi(request: Request, caller: Caller): Promise<Response | null>;
  /** People who sign in; null for other paths. */
  usersApi(request: Request, caller: Caller): Promise<Response | null>;
  /** Where people are told; null for other paths. */
  notificationsApi(request: Request, caller: Caller): Promise<Response | null>;
  /** The views of flows; null for other paths. */
  flowViews(request: Request): Promise<Response | null>;
  /** Alerts that belong together; null for other paths. */
  incidentsApi(request: Request): Promise<Response | null>;
  /** Manifests and the keys that sign them; null for other paths. */
  evidence(request: Request, caller: Caller): Promise<Response | null>;
  /** The store's encryption; null for other paths. */
  encryptionApi(request: Request, asking: Asking): Promise<Response | null>;
  /** Blocks on hosts; null for other paths. */
  blocksApi(request: Request, asking: Asking): Promise<Response | null>;
  /** Legal holds and classes of captures; null for other paths. */
  retentionApi(request: Request, asking: Asking): Promise<Response | null>;
  /** The responder's job for an alert of this rule that fired then; null while there is none. */
  findJob(ruleId: string, firedTime: number): Promise<JobView | null>;
  onHostRemoved(hostId: string): void;
  log: Log;
}

/** What Azure has no words for, below `/nightcap/`: joining, hosts that leave, and the life of an alert. */
export function createNightcapApi(
  options: NightcapApiOptions,
): (request: Request) => Promise<Response> {
  return (request) =>
    options.guard(
      request,
      async (caller, note) =>
        (await options.identityApi(request, caller)) ??
        (await options.usersApi(request, caller)) ??
        (await options.notificationsApi(request, caller)) ??
        (await options.encryptionApi(request, { caller, note })) ??
        (await options.blocksApi(request, { caller, note })) ??
        (await options.retentionApi(request, { caller, note })) ??
        (await options.flowViews(request)) ??
        (await options.incidentsApi(request)) ??
        (await options.evidence(request, caller)) ??
        (await answer(options, request)),
    );
}

async function answer(options: NightcapApiOptions, request: Request): Promise<Response> {
  const url = requestUrl(request);
  const route = `${request.method} ${url.pathname}`;
  if (route === "POST /nightcap/joinTokens") {
    const token = await options.enrolment.createToken({ baseUrl: options.baseUrl });
    return jsonResponse(200, { token });
  }
  if (route === "GET /nightcap/incidents") {
    return jsonResponse(200, { value: await incidents(options, url.searchParams.get("rule")) });
  }
  if (route === "GET /nightcap/baselines") {
    return jsonResponse(200, { value: await baselines(options, url.searchParams.get("rule")) });
  }
  if (route === "GET /nightcap/alertSources") {
    return jsonResponse(200, await viewAlertSources(options.state));
  }
  if (route === "GET /nightcap/audit") {
    return jsonResponse(200, { value: await options.audit.list(readRange(url.searchParams)) });
  }
  const host = /^DELETE \/nightcap\/hosts\/([^/]+)$/.exec(route)?.[1];
  if (host !== undefined) {
    const hostId = await options.hosts.remove(decodeURIComponent(host));
    options.onHostRemoved(hostId);
    options.log.info({ hostId }, "host removed");
    return new Response(null, { status: 204 });
  }
  throw new NightcapError(
    "NotImplemented",
    `not supported: ${route}; there are POST /nightcap/joinTokens, GET /nightcap/incidents, GET /nightcap/baselines, GET /nightcap/alertSources, GET /nightcap/audit, DELETE /nightcap/hosts/NAME, /nightcap/servicePrincipals, /nightcap/tokenKeys, /nightcap/v1/session, /nightcap/v1/users, GET /nightcap/v1/flows/views, GET /nightcap/v1/incidents, /nightcap/v1/evidence, /nightcap/v1/notification-targets, /nightcap/v1/notification-dead-letters, GET /nightcap/v1/blocks, /nightcap/v1/encryption, /nightcap/v1/hosts/NAME/blocks, /nightcap/v1/holds, GET /nightcap/v1/storage/usage, PUT /nightcap/v1/captures/NAME/class`,
  );
}

const firstTime = "1970-01-01T00:00:00.000Z";
const lastTime = "9999-12-31T23:59:59.999Z";

/** `from` and `to`, ISO 8601, each open when it is left out. */
function readRange(query: URLSearchParams): { from: string; to: string } {
  return {
    from: readTime(query.get("from") ?? firstTime),
    to: readTime(query.get("to") ?? lastTime),
  };
}

function readTime(text: string): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return isoTime(time);
  throw new NightcapError("InvalidParameter", `time "${text.slice(0, 40)}" is not ISO 8601`);
}

/** The last alert of each rule and target, or of the rule asked for, with its deliveries and what came of it. */
async function incidents(options: NightcapApiOptions, rule: string | null): Promise<unknown[]> {
  const { states, deliveries } = alertTables(options.state);
  const found = (await states.list(rule === null ? {} : { prefix: rule.toLowerCase() })).filter(
    ({ body }) => rule === null || sameId(body.ruleId, rule),
  );
  return Promise.all(
    found.map(async ({ body }) => {
      const fired = `${body.alertId}-fired`;
      const sent = await deliveries.list({ prefix: `${encodeURIComponent(fired.toLowerCase())}/` });
      return {
        rule: body.ruleId,
        condition: body.monitorCondition,
        firedTime: isoTime(body.firedTime),
        metricValue: body.transition.criteria[0]?.metricValue ?? null,
        deliveredTime: deliveredTime(sent.map((delivery) => delivery.body)),
        job: await options.findJob(body.ruleId, body.firedTime),
      };
    }),
  );
}

/** What was learned for each rule with a dynamic threshold, or for the one asked for. */
async function baselines({ state }: NightcapApiOptions, rule: string | null): Promise<unknown[]> {
  const query = rule === null ? {} : { prefix: rule.toLowerCase(), limit: 1 };
  const found = await baselineStatuses(state).list(query);
  return found.map(({ body }) => ({
    rule: body.ruleId,
    learnedTime: isoTime(body.learnedTime),
    series: body.series.map(({ firstSampleTime, ...series }) => ({
      ...series,
      firstSampleTime: firstSampleTime === null ? null : isoTime(firstSampleTime),
    })),
  }));
}

function deliveredTime(deliveries: readonly Delivery[]): string | null {
  const done = deliveries.find(({ state }) => state === "Succeeded");
  return done?.finishedTime == null ? null : isoTime(done.finishedTime);
}
