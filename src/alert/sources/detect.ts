import { type SourceName, sourceNames, unreadable } from "./source.ts";

const shownFieldCountMax = 12;

/** Azure's own fields; `alertContext` alone is a piece of an alert, which its reader says. */
const azureFields = ["schemaId", "context", "alertContext", "AlertRuleName"];
const azureDataFields = ["essentials", "context", "alertContext", "AlertRuleName"];

type Document = Readonly<Record<string, unknown>>;

/** Who wrote a document, by its shape. Throws `AlertUnreadable` that says what there was, and what would be read. */
export function detectSource(body: unknown): SourceName {
  if (!isDocument(body)) {
    const kind = body === null ? "null" : Array.isArray(body) ? "array" : typeof body;
    throw unreadable(`alert is not a JSON object but ${kind}`);
  }
  const found = shapes.find(([, fits]) => fits(body));
  if (found) return found[0];
  const fields = Object.keys(body).slice(0, shownFieldCountMax).join(", ").slice(0, 200);
  throw unreadable(
    `alert is of no known form; its fields are: ${fields || "none"}; supported: ${sourceNames.join(", ")}`,
  );
}

const isDocument = (value: unknown): value is Document =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";
const isGroup = ({ alerts }: Document): boolean => Array.isArray(alerts);
const hasData = ({ data }: Document, names: readonly string[]): boolean =>
  isDocument(data) && names.some((name) => name in data);

/** In this order: an envelope is what it says of itself, whatever it carries. */
const shapes: readonly (readonly [SourceName, (body: Document) => boolean])[] = [
  ["cloudEvents", (body) => isText(body["specversion"])],
  ["grafana", (body) => isGroup(body) && "orgId" in body],
  ["alertmanager", (body) => isGroup(body) && ("groupKey" in body || "version" in body)],
  ["suricata", (body) => isText(body["event_type"]) && isText(body["timestamp"])],
  ["falco", (body) => isText(body["rule"]) && isText(body["priority"])],
  ["generic", (body) => isText(body["rule"]) && ("host" in body || "hosts" in body)],
  [
    "azureMonitor",
    (body) => azureFields.some((name) => name in body) || hasData(body, azureDataFields),
  ],
];
