import { STATUS_CODES } from "node:http";
import { parseResourceId } from "../../arm/resource-id.ts";
import type { AuditEntry } from "../kernel/audit.ts";

/** 100 ns ticks from the year 1 to 1970, as .NET counts them. */
const epochTicks = 621_355_968_000_000_000n;
const ticksPerMillisecond = 10_000n;

const localized = (value: string, localizedValue = value) => ({ value, localizedValue });

/**
 * An entry of the audit as Azure's activity log shows it
 * (https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema, category Administrative).
 */
export function activityEvent(
  entry: AuditEntry,
  own: { tenantId: string; subscriptionId: string },
) {
  const { who, action, scope, requestId, resourceId: path } = entry;
  const resourceId = scope === undefined || scope === "/" ? path : scope;
  const { resourceGroupName, provider, type } = partsOf(resourceId, action);
  const ticks = BigInt(Date.parse(entry.when)) * ticksPerMillisecond + epochTicks;
  const { status, code } = entry.outcome;
  return {
    authorization: { action, scope: resourceId },
    caller: who?.id ?? "",
    claims: who ? { appid: who.id, name: who.name } : {},
    category: localized("Administrative"),
    channels: "Operation",
    correlationId: entry.correlationId ?? requestId,
    description: "",
    eventDataId: requestId,
    eventName: localized("EndRequest", "End request"),
    eventTimestamp: entry.when,
    httpRequest: {
      clientRequestId: entry.clientRequestId ?? requestId,
      clientIpAddress: entry.from ?? "",
      method: entry.method ?? "",
      uri: path,
    },
    id: `${resourceId}/events/${requestId}/ticks/${ticks}`,
    level: status < 400 ? "Informational" : "Error",
    operationId: entry.correlationId ?? requestId,
    operationName: localized(action),
    properties: {
      statusCode: STATUS_CODES[status]?.replaceAll(" ", "") ?? String(status),
      serviceRequestId: requestId,
      ...(code === null ? {} : { statusMessage: code }),
      ...(entry.count === undefined ? {} : { requestCount: String(entry.count) }),
    },
    resourceGroupName,
    resourceId,
    resourceProviderName: localized(provider),
    resourceType: localized(type),
    status: localized(statusOf(status)),
    subStatus: subStatusOf(status),
    submissionTimestamp: entry.when,
    ...own,
  };
}

/** A long-running operation was accepted; the audit keeps how each request ended, not what came later. */
function statusOf(status: number): string {
  if (status >= 400) return "Failed";
  return status === 202 ? "Accepted" : "Succeeded";
}

function subStatusOf(status: number) {
  const text = STATUS_CODES[status] ?? String(status);
  return localized(text.replaceAll(" ", ""), `${text} (HTTP Status Code: ${status})`);
}

/** What the id says of itself; of a path that is no id, what the action says. */
function partsOf(id: string, action: string) {
  const [namespace = ""] = action.split("/");
  try {
    const { resourceGroupName, provider, type } = parseResourceId(id);
    return {
      resourceGroupName: resourceGroupName ?? "",
      provider: provider ?? namespace,
      type,
    };
  } catch {
    const type = action.split("/").slice(0, -1).join("/");
    return { resourceGroupName: "", provider: namespace, type };
  }
}
