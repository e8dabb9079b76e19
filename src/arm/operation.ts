import type { ErrorDetail } from "./error-envelope.ts";

/** Seconds between two polls. Without the header az waits 30 s (measured with az 2.45 and 2.74), so it is always sent. */
export const retryAfterSeconds = 1;

export type OperationStatus = "InProgress" | "Succeeded" | "Failed" | "Canceled";

/** What a poll of `Azure-AsyncOperation` answers. */
export interface OperationBody {
  status: OperationStatus;
  error?: ErrorDetail;
}

/**
 * Both headers of a long-running operation. Absolute, with the host that the client used, and with
 * the api-version, as Azure sends them; with only the first one az loses the payload of a POST.
 */
export function operationHeaders(options: {
  baseUrl: string;
  subscriptionId: string;
  location: string;
  operationId: string;
  apiVersion: string;
}): Record<string, string> {
  const { baseUrl, subscriptionId, location, operationId, apiVersion } = options;
  const root = `${baseUrl}/subscriptions/${subscriptionId}/providers/Microsoft.Network/locations/${location}`;
  const url = (kind: string) => `${root}/${kind}/${operationId}?api-version=${apiVersion}`;
  return {
    "azure-asyncoperation": url("operations"),
    location: url("operationResults"),
    "retry-after": String(retryAfterSeconds),
  };
}
