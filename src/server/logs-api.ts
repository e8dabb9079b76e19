import { challengeHeaders } from "../arm/authentication-error.ts";
import { errorAnswer } from "../arm/error-envelope.ts";
import { NightcapError } from "../common/errors.ts";
import { jsonResponse, requestUrl } from "../common/http.ts";
import type { Identity } from "./identity/identity.ts";

/** A query below the API's version, by the workspace's GUID or by a resource's id. */
const queryPath = /^\/v1\/(?:workspaces\/[^/]+|subscriptions\/.+)\/(?:query|metadata|search)$/i;
const batchPath = /^\/v1\/(?:\$|%24)batch$/i;

/**
 * The query API of Log Analytics, which has everything below /v1/; null for other paths. Queries are
 * not answered yet, which only who may come in is told. 501 is final for az and the SDKs, where they
 * would try again after 503.
 */
export function createLogsApi(
  identity: Pick<Identity, "authenticate">,
): (request: Request) => Promise<Response | null> {
  return async (request) => {
    const { pathname } = requestUrl(request);
    if (!/^\/v1\//i.test(pathname)) return null;
    const error = await identity.authenticate(request, "logs").then(
      () => answerTo(request.method, pathname),
      (cause: unknown) => cause,
    );
    const { status, body } = errorAnswer(error, "logs");
    return jsonResponse(status, body, challengeHeaders(error));
  };
}

function answerTo(method: string, pathname: string): NightcapError {
  const isBatch = batchPath.test(pathname);
  if (isBatch || queryPath.test(pathname)) {
    const what = isBatch ? "$batch" : pathname.slice(pathname.lastIndexOf("/") + 1);
    return new NightcapError(
      "NotImplemented",
      `not supported: ${method} on Microsoft.OperationalInsights logs ${what}: logs cannot be queried here yet`,
    );
  }
  const shown = pathname.slice(0, 200);
  return new NightcapError("ResourceNotFound", `The path '${shown}' is none of the logs API.`);
}
