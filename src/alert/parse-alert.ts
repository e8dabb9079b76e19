import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { describeIssues } from "../common/settings.ts";
import { type AlertFields, type IncomingAlert, withDedupeKey } from "./incoming-alert.ts";
import { activityLogAlert, activityLogSchemaId, readActivityLog } from "./schema-activity-log.ts";
import { classicAlert, readClassic } from "./schema-classic.ts";
import { commonAlert, commonSchemaId, readCommon } from "./schema-common.ts";
import { legacyAlert, legacySchemaId, readLegacy } from "./schema-legacy.ts";
import { logAlertBody, logAlertSchemaId, readLogAlert } from "./schema-log-alert.ts";

export type { IncomingAlert } from "./incoming-alert.ts";

/**
 * Reads the body of a call in one of Azure Monitor's schemas: common, metric (legacy, classic), log, activity log. Throws
 * `AlertUnreadable` that names what is missing or not supported.
 */
export function parseAlert(body: unknown): IncomingAlert {
  return withDedupeKey(readFields(body));
}

type AzureSchema = "common" | "legacy" | "classic" | "logAlert" | "activityLog";

const schemaIds: Readonly<Record<string, AzureSchema>> = {
  [commonSchemaId.toLowerCase()]: "common",
  [legacySchemaId.toLowerCase()]: "legacy",
  [logAlertSchemaId.toLowerCase()]: "logAlert",
  [activityLogSchemaId.toLowerCase()]: "activityLog",
};

function readFields(body: unknown): AlertFields {
  const schema = schemaOf(body);
  switch (schema) {
    case "common":
      return readCommon(read(commonAlert, body, schema));
    case "legacy":
      return readLegacy(read(legacyAlert, body, schema));
    case "classic":
      return readClassic(read(classicAlert, body, schema));
    case "logAlert":
      return readLogAlert(read(logAlertBody, body, "log alerts'"));
    case "activityLog":
      return readActivityLog(read(activityLogAlert, body, "activity log's"));
  }
}

const has = (value: unknown, key: string): boolean =>
  typeof value === "object" && value !== null && key in value;
const member = (value: unknown, key: string): unknown =>
  has(value, key) ? (value as Record<string, unknown>)[key] : undefined;

function schemaOf(body: unknown): AzureSchema {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw unreadable(
      `alert is not a JSON object but ${Array.isArray(body) ? "array" : typeof body}`,
    );
  }
  const schemaId = member(body, "schemaId");
  if (typeof schemaId === "string") return schemaById(schemaId);
  const data = member(body, "data");
  if (has(data, "essentials")) return "common";
  if (has(body, "AlertRuleName") || has(data, "AlertRuleName")) return "logAlert";
  if (has(member(data, "context"), "activityLog")) return "activityLog";
  if (has(data, "context")) return "legacy";
  if (has(body, "context")) return "classic";
  if (has(body, "alertContext") || has(data, "alertContext")) {
    throw unreadable(
      "alert has an alertContext but no essentials, so its rule and target are unknown",
    );
  }
  throw unreadable('alert has none of "schemaId", "data.essentials", "data.context" and "context"');
}

function schemaById(schemaId: string): AzureSchema {
  const schema = schemaIds[schemaId.toLowerCase()];
  if (schema !== undefined) return schema;
  const shown = JSON.stringify(schemaId.slice(0, 100));
  const supported = [commonSchemaId, legacySchemaId, logAlertSchemaId, activityLogSchemaId];
  throw unreadable(`not supported: schemaId ${shown} (supported: ${supported.join(", ")})`);
}

function read<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  name: string,
): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (!result.success)
    throw unreadable(`alert in the ${name} schema: ${describeIssues(result.error)}`);
  return result.data;
}

function unreadable(message: string): NightcapError {
  return new NightcapError("AlertUnreadable", message);
}
