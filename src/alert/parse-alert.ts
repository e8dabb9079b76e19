import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { describeIssues } from "../common/settings.ts";
import type { AlertFields, IncomingAlert } from "./incoming-alert.ts";
import { classicAlert, readClassic } from "./schema-classic.ts";
import { commonAlert, commonSchemaId, readCommon } from "./schema-common.ts";
import { legacyAlert, legacySchemaId, readLegacy } from "./schema-legacy.ts";

export type { IncomingAlert } from "./incoming-alert.ts";

/**
 * Reads the body of a call in the common, the legacy or the classic schema. Throws `AlertUnreadable`
 * that names what is missing or not supported.
 */
export function parseAlert(body: unknown): IncomingAlert {
  const fields = readFields(body);
  const rule = fields.ruleId ?? fields.ruleName;
  const parts = [rule, fields.targetResourceIds[0] ?? "", new Date(fields.firedTime).toISOString()];
  if (fields.instance !== "") parts.push(fields.instance);
  return { ...fields, dedupeKey: parts.join("|").toLowerCase() };
}

function readFields(body: unknown): AlertFields {
  const schema = schemaOf(body);
  if (schema === "common") return readCommon(read(commonAlert, body, schema));
  if (schema === "legacy") return readLegacy(read(legacyAlert, body, schema));
  return readClassic(read(classicAlert, body, schema));
}

const has = (value: unknown, key: string): boolean =>
  typeof value === "object" && value !== null && key in value;
const member = (value: unknown, key: string): unknown =>
  has(value, key) ? (value as Record<string, unknown>)[key] : undefined;

function schemaOf(body: unknown): IncomingAlert["schema"] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw unreadable(
      `alert is not a JSON object but ${Array.isArray(body) ? "array" : typeof body}`,
    );
  }
  const schemaId = member(body, "schemaId");
  if (typeof schemaId === "string") return schemaById(schemaId);
  const data = member(body, "data");
  if (has(data, "essentials")) return "common";
  if (has(data, "context")) return "legacy";
  if (has(body, "context")) return "classic";
  if (has(body, "alertContext") || has(data, "alertContext")) {
    throw unreadable(
      "alert has an alertContext but no essentials, so its rule and target are unknown",
    );
  }
  throw unreadable('alert has none of "schemaId", "data.essentials", "data.context" and "context"');
}

function schemaById(schemaId: string): IncomingAlert["schema"] {
  if (schemaId.toLowerCase() === commonSchemaId.toLowerCase()) return "common";
  if (schemaId.toLowerCase() === legacySchemaId.toLowerCase()) return "legacy";
  const shown = JSON.stringify(schemaId.slice(0, 100));
  throw unreadable(
    `not supported: schemaId ${shown} (supported: ${commonSchemaId}, ${legacySchemaId})`,
  );
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
