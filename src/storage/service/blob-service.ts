import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/clock.ts";
import type { HttpHandler } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import { errorDocument } from "./azure-xml.ts";
import { authorize, type BlobAccount } from "../access/blob-authorization.ts";
import { asBlobError, BlobError, blobErrors } from "../blob-error.ts";
import { blobHandlers } from "./blob-handlers.ts";
import { findOperation } from "./blob-operations.ts";
import { parseBlobRequest } from "./blob-request.ts";
import type { BlobStore } from "../blob-store.ts";

/** Answered to clients that name no version. */
const defaultServiceVersion = "2021-12-02";
const clientRequestIdLengthMax = 1_024;

export interface BlobServiceOptions {
  readonly store: BlobStore;
  /** Names and keys under which this one store is served. */
  readonly accounts: readonly BlobAccount[];
  readonly clock: Clock;
  readonly log: Log;
  /** The client's address when the server can tell; without it a SAS limited by `sip` is refused. */
  readonly remoteAddress?: (request: Request) => string | null;
}

/**
 * The part of Azure's Blob REST protocol that captures need, in path style: `/account/container/blob`.
 * What is not there answers 501 and its name; what would have to be ignored is refused the same way.
 */
export function createBlobService(options: BlobServiceOptions): HttpHandler {
  return async (request) => {
    const answered = await answer(request, options).catch((error: unknown) =>
      errorResponse(error, request, options.log),
    );
    addCommonHeaders(answered.headers, request, options.clock.now());
    return answered;
  };
}

async function answer(incoming: Request, options: BlobServiceOptions): Promise<Response> {
  const request = parseBlobRequest(incoming);
  const found = findOperation(request);
  const operation = typeof found === "string" ? found : null;
  const grant = authorize(request, operation, {
    accounts: options.accounts,
    now: options.clock.now(),
    remoteAddress: options.remoteAddress?.(incoming) ?? null,
  });
  if (typeof found !== "string") {
    throw new BlobError("NotImplemented", `Not supported: ${found.unsupported}.`);
  }
  return blobHandlers[found]({ request, store: options.store, grant });
}

function errorResponse(thrown: unknown, request: Request, log: Log): Response {
  const error = asBlobError(thrown);
  if (!(error instanceof BlobError)) {
    const path = request.url.split("?")[0];
    log.error({ err: error, method: request.method, path }, "blob request failed");
    return errorResponse(new BlobError("InternalError", null, { cause: thrown }), request, log);
  }
  const bodiless = request.method === "HEAD" || error.status === 304;
  return new Response(
    bodiless ? null : errorDocument(error.code, blobErrors[error.code][1], error.detail),
    {
      status: error.status,
      headers: {
        "x-ms-error-code": error.code,
        ...error.headers,
        ...(bodiless ? {} : { "content-type": "application/xml" }),
      },
    },
  );
}

function addCommonHeaders(headers: Headers, request: Request, now: number): void {
  const version = request.headers.get("x-ms-version") ?? "";
  headers.set("x-ms-version", /^20\d\d-\d\d-\d\d$/.test(version) ? version : defaultServiceVersion);
  headers.set("x-ms-request-id", randomUUID());
  headers.set("date", new Date(now).toUTCString());
  headers.set("server", "Nightcap-Blob/1.0");
  const clientRequestId = request.headers.get("x-ms-client-request-id");
  if (clientRequestId !== null && clientRequestId.length <= clientRequestIdLengthMax) {
    headers.set("x-ms-client-request-id", clientRequestId);
  }
}
