import { randomUUID } from "node:crypto";
import { isoTime } from "../common/clock.ts";
import { requestUrl } from "../common/http.ts";
import { createPlaces } from "../flowstore/embedded/places.ts";
import { metadataBody } from "../logs/azure/metadata.ts";
import { openAccess } from "../provider/authorization/assignment-store.ts";
import type { Caller } from "../provider/kernel/arm-request.ts";
import { isRefusal } from "../provider/kernel/audit.ts";
import { createRateLimit, type RateLimit } from "../provider/kernel/rate-limit.ts";
import { readJson } from "../provider/kernel/request-body.ts";
import type { Asking, LogsApiParts } from "./logs/asking.ts";
import { answerQuestion } from "./logs/answer-question.ts";
import { batchOutcome } from "./logs/batch.ts";
import { bodyOutcome, failureOutcome, type Outcome, toResponse } from "./logs/outcome.ts";
import {
  headerOf,
  questionOfBatch,
  questionOfUrl,
  readBatch,
  readQuestion,
  type BatchRequest,
} from "./logs/question.ts";
import { readRoute, type Route } from "./logs/route.ts";
import { openSources, queryWorkspaceAction, readLogsAction, type Target } from "./logs/sources.ts";

/** Places of the queries that clients leave free, so that alert rules are evaluated whatever is asked. */
const placesLeftFree = 1;

/** Questions of one caller: as many at once, and 200 in each 30 s, which is Azure's own limit. */
const questions = { requestCountMax: 200, refillPerSecond: 200 / 30 };

/**
 * The query API of Log Analytics, which has everything below /v1/; null for other paths
 * (https://learn.microsoft.com/rest/api/logsquery/).
 */
export function createLogsApi(
  parts: LogsApiParts,
): (request: Request, peer?: { remoteAddress: string | null }) => Promise<Response | null> {
  const limit =
    parts.rateLimit ??
    createRateLimit(parts.clock, { reads: questions, writes: questions, deletes: questions });
  const { queryCountMax, queueCountMax } = parts.queries.settings;
  const places = createPlaces(Math.max(1, queryCountMax - placesLeftFree), queueCountMax);
  return async (request, peer) => {
    const url = requestUrl(request);
    if (!/^\/v1\//i.test(url.pathname)) return null;
    const requestId = randomUUID();
    let caller: Caller | null = null;
    const work = async (): Promise<Outcome> => {
      caller = await parts.identity.authenticate(request, "logs");
      const route = readRoute(request.method, url);
      const { signal } = request;
      const asking = { parts, places, caller, requestId, signal, noteRefusal };
      return answerRoute(asking, { request, url, route, limit });
    };
    const noteRefusal = (refused: Outcome) =>
      recordRefusal(parts, { outcome: refused, request, caller, requestId, peer });
    const outcome = await work().catch((error: unknown) => settle(parts, error, requestId));
    await noteRefusal(outcome);
    return toResponse(outcome, requestId);
  };
}

function settle({ log }: LogsApiParts, error: unknown, requestId: string): Outcome {
  const outcome = failureOutcome(error, { requestId, text: "" });
  if (outcome.isFault) log.error({ err: error, requestId }, "request of the logs API failed");
  return outcome;
}

async function answerRoute(
  asking: Asking,
  seen: { request: Request; url: URL; route: Route; limit: RateLimit },
): Promise<Outcome> {
  const { request, url, route, limit } = seen;
  const take = (): void => {
    const { failure } = limit.take(asking.caller.id, "reads");
    if (failure) throw failure;
  };
  if (route.kind === "batch") {
    const requests = readBatch(await readJson(request));
    return batchOutcome(requests, (each) => answerOfBatch(asking, each, take));
  }
  take();
  if (route.kind === "metadata") return metadata(asking, route.target);
  const isGet = request.method === "GET";
  const question = isGet ? questionOfUrl(url) : readQuestion(await readJson(request));
  const prefer = request.headers.get("prefer");
  return answerQuestion(asking, { target: route.target, question, prefer });
}

/** One question of a batch; a failure is its answer. */
async function answerOfBatch(
  asking: Asking,
  request: BatchRequest,
  take: () => void,
): Promise<Outcome> {
  const work = async (): Promise<Outcome> => {
    take();
    return answerQuestion(asking, {
      target: { workspaceId: request.workspace },
      question: questionOfBatch(request),
      prefer: headerOf(request, "prefer"),
    });
  };
  const outcome = await work().catch((error: unknown) =>
    settle(asking.parts, error, asking.requestId),
  );
  await asking.noteRefusal(outcome);
  return outcome;
}

async function metadata({ parts, caller }: Asking, target: Target): Promise<Outcome> {
  const { state, subscription, queries } = parts;
  const access = await openAccess(state, caller.id);
  const { workspaces } = await openSources({ state, subscription, caller, access }, target, []);
  return bodyOutcome(200, metadataBody(queries.tables, workspaces));
}

/** Who was turned away goes into the audit, as in Azure Resource Manager. */
async function recordRefusal(
  { audit, clock, log }: LogsApiParts,
  seen: {
    outcome: Outcome;
    request: Request;
    caller: Caller | null;
    requestId: string;
    peer: { remoteAddress: string | null } | undefined;
  },
): Promise<void> {
  const { outcome, request, caller, requestId, peer } = seen;
  if (!isRefusal(outcome)) return;
  const { pathname } = requestUrl(request);
  const entry = {
    who: caller && { id: caller.id, name: caller.name },
    action: /^\/v1\/subscriptions\//i.test(pathname) ? readLogsAction : queryWorkspaceAction,
    method: request.method,
    resourceId: pathname.slice(0, pathLengthMax),
    when: isoTime(clock.now()),
    from: peer?.remoteAddress ?? null,
    outcome: { status: outcome.status, code: outcome.code },
    requestId,
  };
  await audit.record(entry).catch((error: unknown) => {
    log.error({ err: error, requestId }, "not in the audit");
  });
}

/** Of a path in the audit. */
const pathLengthMax = 2_048;
