import { app, type HttpRequest, type HttpResponseInit } from "@azure/functions";
import { systemClock } from "../common/clock.ts";
import type { Closable } from "../common/lifecycle.ts";
import { createLog } from "../common/log.ts";
import { createAzureCaptureClient } from "./azure-clients.ts";
import { readEnvironment } from "./environment.ts";
import type { Job } from "./job.ts";
import { memoryDocumentTable } from "./memory-documents.ts";
import { logNotifier, webhookNotifier } from "./notifiers.ts";
import { createResponder, type Responder } from "./responder.ts";

/** Azure's front end cuts an HTTP call off after 230 s; the answer must be out before. */
const answerTimeoutMilliseconds = 200_000;

/**
 * Azure's door: registers the HTTP function `responder` (`POST /api/responder`). Azure's host checks
 * the function key (`authLevel: "function"`), so the code behind does not.
 *
 * A function may be stopped once it has answered, so the answer waits until ARM has confirmed the
 * capture; polling and notification go on in the background as long as the host lets the process live.
 * There is no table on disk: a second delivery in a new process finds the first one's capture by its
 * name, makes no other, and may notify once more with the same notification id.
 * Settings are read at the first call; `close` of what is returned ends the background work.
 */
export function registerAzureFunction(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Closable {
  let running: { responder: Responder; loop: Closable } | undefined;
  app.http("responder", {
    methods: ["POST"],
    authLevel: "function",
    handler: (request) => {
      running ??= startFromEnvironment(variables);
      return answerFunctionCall(request, running.responder);
    },
  });
  return { close: async () => running?.loop.close() };
}

/** One call of the function: Azure's request in, Azure's response out, the same code between. */
export async function answerFunctionCall(
  request: HttpRequest,
  responder: Responder,
): Promise<HttpResponseInit> {
  const response = await responder.handleAndPlace(
    toRequest(request),
    AbortSignal.timeout(answerTimeoutMilliseconds),
  );
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

function toRequest({ url, method, headers, body }: HttpRequest): Request {
  return new Request(url, {
    method,
    headers: Object.fromEntries(headers.entries()),
    ...(body ? { body, duplex: "half" as const } : {}),
  });
}

function startFromEnvironment(variables: Readonly<Record<string, string | undefined>>): {
  responder: Responder;
  loop: Closable;
} {
  const { connection, responder: settings, webhooks } = readEnvironment(variables);
  const log = createLog({ component: "responder" });
  const responder = createResponder({
    settings,
    keys: [],
    captures: createAzureCaptureClient(connection),
    jobs: memoryDocumentTable<Job>(),
    notifiers: [logNotifier(log), ...webhooks.map(webhookNotifier)],
    clock: systemClock,
    log,
  });
  return { responder, loop: responder.start() };
}
