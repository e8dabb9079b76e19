import { randomUUID } from "node:crypto";
import { readApiVersion } from "../../arm/api-version.ts";
import { challengeHeaders } from "../../arm/authentication-error.ts";
import { errorAnswer, isInternal } from "../../arm/error-envelope.ts";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import type { State } from "../../state/state.ts";
import type { ArmAnswer, ArmContext, Caller, Method, Operation } from "./arm-request.ts";
import { createAudit } from "./audit.ts";
import { readJson } from "./request-body.ts";
import { createRouteTable, type RouteMatch, type RouteTable } from "./routes.ts";

const headerLengthMax = 256;

export interface ArmKernelOptions {
  state: State;
  operations: readonly Operation[];
  clock: Clock;
  log: Log;
  /** `https://host:port` as the client wrote it; links in answers start with it. */
  baseUrl(request: Request): string;
  /** Who asks, when they may; throws with 401 or 403 otherwise. Also asked for paths that do not exist. */
  authorize(request: Request, action: string): Promise<Caller>;
}

/** An HttpHandler that is also told, for the audit, where the request came from. */
export type ArmKernel = (
  request: Request,
  peer?: { remoteAddress: string | null },
) => Promise<Response>;

interface Incoming {
  request: Request;
  from: string | null;
  url: URL;
  segments: readonly string[];
  requestId: string;
}

/**
 * Azure Resource Manager over a table of operations. Everything that all of them share is here:
 * routing in any case, api-version, identity, body, conditions, error envelope, request ids, audit.
 */
export function createArmKernel(options: ArmKernelOptions): ArmKernel {
  const table = createRouteTable(options.operations);
  const audit = createAudit(options.state);
  const record = async (incoming: Incoming, caller: Caller, outcome: Outcome): Promise<void> => {
    const when = isoTime(options.clock.now());
    const { action, status, code } = outcome;
    const { requestId, url, from } = incoming;
    const entry = { who: caller, action, resourceId: url.pathname, when, from, requestId };
    await audit({ ...entry, outcome: { status, code } });
  };
  const answer = async (incoming: Incoming): Promise<ArmAnswer> => {
    const found = route(table, incoming);
    const action = "operation" in found ? found.operation.action : "unknown";
    const caller = await options.authorize(incoming.request, action);
    if (!("operation" in found)) throw notRouted(incoming, found.methods);
    const result = await settle(async () => {
      const context = await makeContext(options, incoming, { found, caller });
      await checkContainers(context, found);
      return notModified(context, await found.operation.handle(context));
    });
    if (isWrite(incoming.request.method)) {
      await record(incoming, caller, { action, ...outcomeOf(result, incoming.requestId) });
    }
    if ("error" in result) throw result.error;
    return result.value;
  };
  return async (request, peer) => {
    const requestId = randomUUID();
    try {
      const from = peer?.remoteAddress ?? null;
      const incoming = { request, from, requestId, ...readPath(request) };
      return toResponse(await answer(incoming), request, requestId);
    } catch (error) {
      const { status, body } = errorAnswer(error, requestId);
      if (isInternal(status)) options.log.error({ err: error, requestId }, "request failed");
      return toResponse({ status, body, headers: challengeHeaders(error) }, request, requestId);
    }
  };
}

interface Outcome {
  action: string;
  status: number;
  code: string | null;
}

type Settled<Value> = { value: Value } | { error: unknown };

async function settle<Value>(work: () => Promise<Value>): Promise<Settled<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

function outcomeOf(result: Settled<ArmAnswer>, requestId: string): Omit<Outcome, "action"> {
  if ("value" in result) return { status: result.value.status, code: null };
  const { status, body } = errorAnswer(result.error, requestId);
  return { status, code: body.error.code };
}

const readMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const isWrite = (method: string): boolean => !readMethods.has(method);

function readPath(request: Request): { url: URL; segments: string[] } {
  const url = requestUrl(request);
  const path = url.pathname.replace(/\/+$/, "");
  const segments = path.slice(1).split("/").map(decodeSegment);
  if (!segments.includes(null)) return { url, segments: segments.filter((part) => part !== null) };
  throw new NightcapError(
    "InvalidRequest",
    `path "${path.slice(0, 300)}" has a percent code that is malformed or a slash`,
  );
}

/** Null for a malformed one, and for one that would be two segments. */
function decodeSegment(text: string): string | null {
  try {
    const segment = decodeURIComponent(text);
    return segment.includes("/") ? null : segment;
  } catch {
    return null;
  }
}

function route(table: RouteTable, { request, segments }: Incoming): ReturnType<RouteTable["find"]> {
  return table.find(request.method, segments);
}

function notRouted({ request, segments }: Incoming, methods: readonly Method[]): NightcapError {
  const type = describeType(segments);
  if (methods.length > 0) {
    return new NightcapError(
      "MethodNotAllowed",
      `${request.method} is not allowed on ${type}: ${[...new Set(methods)].join(", ")} expected`,
    );
  }
  return new NightcapError("NotImplemented", `not supported: ${request.method} on ${type}`);
}

/** The resource type of any path, for messages: names left out. */
function describeType(segments: readonly string[]): string {
  const at = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  if (at < 0) return `/${segments.filter((_, index) => index % 2 === 0).join("/")}`.slice(0, 200);
  const [provider = "", ...rest] = segments.slice(at + 1);
  return [provider, ...rest.filter((_, index) => index % 2 === 0)].join("/").slice(0, 200);
}

async function makeContext(
  options: ArmKernelOptions,
  { request, url, segments }: Incoming,
  { found, caller }: { found: RouteMatch; caller: Caller },
): Promise<ArmContext> {
  const apiVersion = readApiVersion(url.searchParams, found.operation.apiVersions);
  return {
    caller,
    method: found.operation.method,
    path: `/${segments.join("/")}`,
    query: url.searchParams,
    apiVersion,
    baseUrl: options.baseUrl(request).replace(/\/+$/, ""),
    body: isWrite(request.method) ? await readJson(request) : undefined,
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

/** The subscription must exist, and so must the group, but for the operations on a group itself. */
async function checkContainers(
  context: ArmContext,
  { operation, params }: RouteMatch,
): Promise<void> {
  const subscription = params.get("subscriptionId");
  if (subscription === undefined) return;
  const subscriptionPath = `/subscriptions/${subscription}`;
  if (!(await context.state.resources.get(subscriptionPath))) {
    throw new NightcapError(
      "SubscriptionNotFound",
      `The subscription '${subscription}' could not be found.`,
    );
  }
  const group = params.get("resourceGroupName");
  if (group === undefined || operation.path.endsWith("{resourceGroupName}")) return;
  if (!(await context.state.resources.get(`${subscriptionPath}/resourceGroups/${group}`))) {
    throw resourceGroupNotFound(group);
  }
}

export const resourceGroupNotFound = (group: string): NightcapError =>
  new NightcapError("ResourceGroupNotFound", `Resource group '${group}' could not be found.`);

function notModified(context: ArmContext, result: ArmAnswer): ArmAnswer {
  const etag = result.headers?.["etag"];
  const same = etag !== undefined && context.ifNoneMatch === etag && context.method === "GET";
  return same ? { status: 304, headers: { etag } } : result;
}

function toResponse(result: ArmAnswer, request: Request, requestId: string): Response {
  const headers = {
    "cache-control": "no-cache",
    "x-ms-request-id": requestId,
    "x-ms-correlation-request-id": shortHeader(request, "x-ms-correlation-request-id") ?? requestId,
    ...clientRequestId(request),
    ...result.headers,
  };
  if (result.body === undefined) return new Response(null, { status: result.status, headers });
  return jsonResponse(result.status, result.body, headers);
}

/** Echoed only when asked for, as Azure does. */
function clientRequestId(request: Request): Record<string, string> {
  const wanted = request.headers.get("x-ms-return-client-request-id")?.toLowerCase() === "true";
  const id = shortHeader(request, "x-ms-client-request-id");
  return wanted && id !== null ? { "x-ms-client-request-id": id } : {};
}

const shortHeader = (request: Request, name: string): string | null =>
  request.headers.get(name)?.slice(0, headerLengthMax) ?? null;
