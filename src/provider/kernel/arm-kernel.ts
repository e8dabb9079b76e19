import { randomUUID } from "node:crypto";
import { readApiVersion } from "../../arm/api-version.ts";
import { challengeHeaders } from "../../arm/authentication-error.ts";
import { errorAnswer, isInternal } from "../../arm/error-envelope.ts";
import { type Clock, isoTime } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { State } from "../../state/state.ts";
import { requestScope } from "../authorization/access.ts";
import { deleteBelow, openAccess } from "../authorization/assignment-store.ts";
import { correlationId, shortHeader, toResponse } from "./answer-headers.ts";
import type { ArmAnswer, ArmContext, Caller, Operation } from "./arm-request.ts";
import { type Audit, isRefusal } from "./audit.ts";
import { checkGroup, checkSubscription } from "./containers.ts";
import { checkPermit, type Permit } from "./permit.ts";
import { createRateLimit, kindOf, type RateLimit } from "./rate-limit.ts";
import { readJson } from "./request-body.ts";
import { notRouted, readPath } from "./request-path.ts";
import { createRouteTable, type RouteMatch } from "./routes.ts";

/** Of a path in the audit; Azure's own limit of a request's path. */
const pathLengthMax = 2_048;

export interface ArmKernelOptions {
  state: State;
  operations: readonly Operation[];
  /** Takes every write and every refusal. */
  audit: Audit;
  clock: Clock;
  log: Log;
  /** The region that this control plane serves. */
  location: string;
  /** `https://host:port` as the client wrote it; links in answers start with it. */
  baseUrl(request: Request): string;
  /** Who asks; throws with 401 for whoever is not known. Also asked for paths that do not exist. */
  authenticate(request: Request): Promise<Caller>;
  /** Of one caller; a generous one unless told. */
  rateLimit?: RateLimit;
}

/** An HttpHandler that is also told, for the audit, where the request came from. */
export type ArmKernel = (
  request: Request,
  peer?: { remoteAddress: string | null },
) => Promise<Response>;

interface Incoming {
  request: Request;
  from: string | null;
  requestId: string;
  url: URL;
  segments: readonly string[];
}

/** What is found out while a request goes on: for the audit and the answer's headers. */
interface Trail {
  caller: Caller | null;
  operation: Operation | null;
  headers: Record<string, string>;
}

/**
 * Azure Resource Manager over a table of operations. Everything that all of them share is here:
 * routing in any case, identity, limits, api-version, roles, body, conditions, errors, audit.
 */
export function createArmKernel(options: ArmKernelOptions): ArmKernel {
  const table = createRouteTable(options.operations);
  const limit = options.rateLimit ?? createRateLimit(options.clock);
  const answer = async (incoming: Incoming, trail: Trail): Promise<ArmAnswer> => {
    const { request, segments } = incoming;
    trail.caller = await options.authenticate(request);
    const found = table.find(request.method, segments);
    if (!("operation" in found)) throw notRouted(request.method, segments, found.methods);
    trail.operation = found.operation;
    const { headers, failure } = limit.take(trail.caller.id, kindOf(request.method));
    trail.headers = headers;
    if (failure) throw failure;
    return perform(options, incoming, { found, caller: trail.caller });
  };
  return async (request, peer) => {
    const requestId = randomUUID();
    const trail: Trail = { caller: null, operation: null, headers: {} };
    const from = peer?.remoteAddress ?? null;
    const incoming = { request, from, requestId };
    const result = await settle(options, requestId, async () =>
      answer({ ...incoming, ...readPath(request) }, trail),
    );
    await recordOutcome(options, { incoming, trail, result }).catch((error: unknown) => {
      // What was done is done, and its answer is true; the log has what the journal could not take.
      options.log.error({ err: error, requestId, ...auditedIn(trail, result) }, "not in the audit");
    });
    const headers = { ...trail.headers, ...result.headers };
    const { location } = options;
    const ids = { requestId, location, now: options.clock.now() };
    return toResponse({ ...result, headers }, request, ids);
  };
}

/** An answer also for what failed; `code` is the error's. */
type Outcome = ArmAnswer & { code: string | null };

async function settle(
  options: ArmKernelOptions,
  requestId: string,
  work: () => Promise<ArmAnswer>,
): Promise<Outcome> {
  try {
    return { ...(await work()), code: null };
  } catch (error) {
    const { status, body } = errorAnswer(error, requestId);
    if (isInternal(status)) options.log.error({ err: error, requestId }, "request failed");
    return { status, body, headers: challengeHeaders(error), code: body.error.code };
  }
}

/** From here on it is known who asks for what; each check comes before what it guards. */
async function perform(
  options: ArmKernelOptions,
  incoming: Incoming,
  { found, caller }: { found: RouteMatch; caller: Caller },
): Promise<ArmAnswer> {
  const { state } = options;
  const { operation, params } = found;
  const apiVersion = readApiVersion(incoming.url.searchParams, operation.apiVersions);
  await checkSubscription(state, params.get("subscriptionId"));
  const access = await openAccess(state, caller.id);
  const scope = requestScope(incoming.segments);
  const check = checkPermit({ operation, access, caller, scope });
  const { permit } = check;
  try {
    if (!operation.path.endsWith("{resourceGroupName}")) await checkGroup(state, params);
    const context = await makeContext(options, incoming, { found, caller, permit, apiVersion });
    const result = notModified(context, await operation.handle(context));
    if (operation.method === "DELETE") await forgetRoles(context);
    return result;
  } finally {
    check.checkShown();
  }
}

/** Roles that were given on what is gone go with it: the next of its name starts without. */
async function forgetRoles({ state, path }: ArmContext): Promise<void> {
  if (!(await state.resources.get(path))) await deleteBelow(state, path);
}

const auditedIn = ({ caller, operation }: Trail, { status, code }: Outcome) => ({
  clientId: caller?.id ?? null,
  action: operation?.action ?? "unknown",
  status,
  code,
});

const isWrite = (method: string): boolean => !["GET", "HEAD"].includes(method);

/** What a client sends with DELETE has no meaning (RFC 9110, 9.3.5), so nothing is asked of it. */
const hasBody = (method: string): boolean => isWrite(method) && method !== "DELETE";

async function recordOutcome(
  { audit, clock }: ArmKernelOptions,
  seen: {
    incoming: Pick<Incoming, "request" | "from" | "requestId">;
    trail: Trail;
    result: Outcome;
  },
): Promise<void> {
  const { incoming, trail, result } = seen;
  const { request, from, requestId } = incoming;
  const { caller, operation } = trail;
  const isKnown = caller !== null && operation !== null;
  if (!isRefusal(result) && !(isKnown && isWrite(request.method))) return;
  const resourceId = pathOf(request);
  await audit.record({
    who: caller && { id: caller.id, name: caller.name },
    action: operation?.action ?? "unknown",
    scope: requestScope(resourceId.slice(1).split("/")),
    method: request.method,
    resourceId,
    when: isoTime(clock.now()),
    from,
    outcome: { status: result.status, code: result.code },
    requestId,
    correlationId: correlationId(request, requestId),
    clientRequestId: shortHeader(request, "x-ms-client-request-id"),
  });
}

function pathOf(request: Request): string {
  try {
    return `/${readPath(request).segments.join("/")}`.slice(0, pathLengthMax);
  } catch {
    return new URL(request.url).pathname.slice(0, pathLengthMax);
  }
}

async function makeContext(
  options: ArmKernelOptions,
  { request, url, segments }: Incoming,
  known: { found: RouteMatch; caller: Caller; permit: Permit; apiVersion: string },
): Promise<ArmContext> {
  const { found, caller, permit, apiVersion } = known;
  return {
    caller,
    permit,
    method: found.operation.method,
    action: found.operation.action,
    path: `/${segments.join("/")}`,
    query: url.searchParams,
    apiVersion,
    baseUrl: options.baseUrl(request).replace(/\/+$/, ""),
    body: hasBody(request.method) ? await readJson(request) : undefined,
    ifMatch: request.headers.get("if-match"),
    ifNoneMatch: request.headers.get("if-none-match"),
    state: options.state,
    clock: options.clock,
    log: options.log,
    param: (name) => {
      const value = found.params.get(name);
      if (value === undefined) throw new Error(`path ${found.operation.path} has no {${name}}`);
      return value;
    },
  };
}

function notModified(context: ArmContext, result: ArmAnswer): ArmAnswer {
  const etag = result.headers?.["etag"];
  const same = etag !== undefined && context.ifNoneMatch === etag && context.method === "GET";
  return same ? { status: 304, headers: { etag } } : result;
}
