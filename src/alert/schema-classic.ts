import { z } from "zod";
import type { AlertFields } from "./incoming-alert.ts";
import { criterion, instant, presentText, properties, text } from "./incoming-parts.ts";

/** The retired schema of "classic" alert rules (2015): no schemaId, no envelope, one metric. Read only. */
export const classicAlert = z.object({
  status: presentText,
  context: z.object({
    timestamp: instant,
    id: presentText,
    name: presentText,
    description: text.nullish(),
    condition: criterion.nullish(),
    resourceType: presentText,
    resourceId: presentText,
  }),
  properties,
});

export function readClassic({
  status,
  context,
  properties: added,
}: z.infer<typeof classicAlert>): AlertFields {
  return {
    schema: "classic",
    fired: status.toLowerCase() === "activated",
    ruleId: context.id,
    ruleName: context.name,
    description: context.description ?? "",
    severity: null,
    targetResourceIds: [context.resourceId],
    resourceType: context.resourceType,
    firedTime: context.timestamp,
    resolvedTime: null,
    windowSize: null, // a number of minutes here, not a duration; nobody needs it
    criteria: context.condition ? [context.condition] : [],
    properties: added,
    instance: "",
  };
}
