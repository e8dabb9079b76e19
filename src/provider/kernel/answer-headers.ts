import { jsonResponse } from "../../common/http.ts";
import type { ArmAnswer } from "./arm-request.ts";

const headerLengthMax = 256;

/** What every answer of Azure Resource Manager carries. */
const fixedHeaders = {
  "cache-control": "no-cache",
  pragma: "no-cache",
  expires: "-1",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
};

export interface AnswerIds {
  requestId: string;
  /** The region that answers, and when: both are in the routing id. */
  location: string;
  now: number;
}

export function toResponse(result: ArmAnswer, request: Request, ids: AnswerIds): Response {
  const headers = {
    ...fixedHeaders,
    "x-ms-request-id": ids.requestId,
    "x-ms-correlation-request-id": correlationId(request, ids.requestId),
    "x-ms-routing-request-id": routingId(ids),
    ...clientRequestId(request),
    ...result.headers,
  };
  const isEmpty = result.body === undefined || request.method === "HEAD";
  if (isEmpty) return new Response(null, { status: result.status, headers });
  return jsonResponse(result.status, result.body, headers);
}

/** The client's own, so that what it does in several requests is one thing in the logs. */
export const correlationId = (request: Request, requestId: string): string =>
  shortHeader(request, "x-ms-correlation-request-id") ?? requestId;

/** `WESTEUROPE:20261121T100000Z:id` */
function routingId({ requestId, location, now }: AnswerIds): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${location.toUpperCase()}:${time}:${requestId}`;
}

/** Echoed only when asked for, as Azure does. */
function clientRequestId(request: Request): Record<string, string> {
  const wanted = request.headers.get("x-ms-return-client-request-id")?.toLowerCase() === "true";
  const id = shortHeader(request, "x-ms-client-request-id");
  return wanted && id !== null ? { "x-ms-client-request-id": id } : {};
}

export const shortHeader = (request: Request, name: string): string | null =>
  request.headers.get(name)?.slice(0, headerLengthMax) ?? null;
