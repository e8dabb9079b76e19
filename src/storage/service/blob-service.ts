import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/clock.ts";
import type { HttpHandler } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import { errorDocument } from "./azure-xml.ts";
import { authorize, type BlobAccount } from "../access/blob-authorization.ts";
import type { BlobTokens } from "../access/token-access.ts";
import { asBlobError, BlobError, blobErrors } from "../blob-error.ts";
import { type BlobAccessLog, withRecord } from "./access-record.ts";
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
  /** Without it tokens are refused. */
  readonly tokens?: BlobTokens;
  /** Where accesses are recorded; without it they are not. */
  readonly accesses?: BlobAccessLog;
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
  const { accounts, store, tokens = null } = options;
  const request = parseBlobRequest(incoming);
  const serviceVersion = readServiceVersion(request.headers);
  const found = findOperation(request);
  const operation = typeof found === "string" ? found : null;
  const now = options.clock.now();
  const remoteAddress = options.remoteAddress?.(incoming) ?? null;
  const context = { accounts, now, remoteAddress, tokens };
  const grant = await authorize(request, operation, context);
  if (typeof found !== "string") {
    throw new BlobError("NotImplemented", `Not supported: ${found.unsupported}.`);
  }
  const account = accounts.find(({ name }) => name === request.account);
  if (!account) throw new BlobError("ResourceNotFound", "Unknown account.");
  const { keys } = account;
  const tenantId = tokens?.tenantId ?? null;
  const call = { request, store, grant, account: { keys, tenantId }, serviceVersion, now };
  const recorded = { call, operation: found, address: remoteAddress };
  return withRecord(options.accesses ?? null, recorded, () => blobHandlers[found](call));
}

const versionPattern = /^20[0-9]{2}-[0-9]{2}-[0-9]{2}$/;

/** Throws `InvalidHeaderValue` for what is no version; every version is answered alike. */
function readServiceVersion(headers: Headers): string {
  const version = headers.get("x-ms-version");
  if (version === null) return defaultServiceVersion;
  if (versionPattern.test(version)) return version;
  throw new BlobError("InvalidHeaderValue", `x-ms-version: "${version.slice(0, 40)}"`);
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
  headers.set("x-ms-version", versionPattern.test(version) ? version : defaultServiceVersion);
  headers.set("x-ms-request-id", randomUUID());
  headers.set("date", new Date(now).toUTCString());
  headers.set("server", "Nightcap-Blob/1.0");
  const clientRequestId = request.headers.get("x-ms-client-request-id");
  if (clientRequestId !== null && clientRequestId.length <= clientRequestIdLengthMax) {
    headers.set("x-ms-client-request-id", clientRequestId);
  }
}
