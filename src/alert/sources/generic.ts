import { isIP } from "node:net";
import { z } from "zod";
import { type IncomingCriterion, withDedupeKey } from "../incoming-alert.ts";
import { presentText, properties, text } from "../incoming-parts.ts";
import { type AlertFlow, alertFlowCountMax } from "../logs/log-detail.ts";
import { criterionOf, flowOf, flowProtocol, senderTime } from "./sender-parts.ts";
import { severityOf } from "./severity-words.ts";
import { oneAlert, readShape, type SourceAlerts } from "./source.ts";

const hostCountMax = 64;
const ruleLengthMax = 512;

const address = z.string().refine((value) => isIP(value) !== 0, "an IP address expected");

/** One connection that the alert is about; a capture of its host records it alone. */
const flow = z.strictObject({
  source: address.exactOptional(),
  destination: address.exactOptional(),
  /** The destination's. */
  port: z.int().min(1).max(65_535).exactOptional(),
  protocol: z.enum(["TCP", "UDP"]).exactOptional(),
  direction: z.enum(["inbound", "outbound"]).exactOptional(),
});

/**
 * Nightcap's own form, for whatever has none: docs/reference/alert-sources.md. An unknown field is an error, because
 * a misspelt one would be an alert that says less than its author meant.
 */
const genericAlert = z
  .strictObject({
    rule: z.string().min(1).max(ruleLengthMax),
    host: presentText.exactOptional(),
    hosts: z.array(presentText).min(1).max(hostCountMax).exactOptional(),
    time: senderTime,
    status: z.enum(["fired", "resolved"]).default("fired"),
    resolvedTime: senderTime.exactOptional(),
    severity: z
      .union([z.number(), z.string()])
      .transform((value, context) => severityOrIssue(value, context))
      .exactOptional(),
    description: text.exactOptional(),
    /** Tells alerts of one rule, host and time apart. */
    id: z.string().max(256).exactOptional(),
    metric: z
      .strictObject({
        name: presentText,
        value: z.number().exactOptional(),
        operator: text.exactOptional(),
        threshold: z.number().exactOptional(),
      })
      .exactOptional(),
    flows: z.array(flow).min(1).max(alertFlowCountMax).exactOptional(),
    properties,
  })
  .refine(({ host, hosts }) => (host === undefined) !== (hosts === undefined), {
    message: "host or hosts is required: one of them",
  });
type GenericAlert = z.infer<typeof genericAlert>;

function severityOrIssue(value: number | string, context: z.RefinementCtx): number {
  const severity = severityOf(value);
  if (severity !== null) return severity;
  context.addIssue({ code: "custom", message: "0 (critical) to 4 (verbose) or a word expected" });
  return z.NEVER;
}

export function readGeneric(body: unknown): SourceAlerts {
  const read = readShape(genericAlert, body, "in the generic form");
  const { host, hosts = [host ?? ""] } = read;
  const alert = withDedupeKey({
    schema: "generic",
    fired: read.status === "fired",
    ruleId: null,
    ruleName: read.rule,
    description: read.description ?? "",
    severity: read.severity ?? null,
    targetResourceIds: [],
    hosts: { pick: "every", names: hosts },
    resourceType: "",
    firedTime: read.time,
    resolvedTime: read.resolvedTime ?? null,
    windowSize: null,
    criteria: criteriaOf(read),
    properties: read.properties,
    instance: read.id ?? "",
  });
  return oneAlert("generic", alert);
}

function criteriaOf({ metric, flows = [], rule }: GenericAlert): IncomingCriterion[] {
  if (metric === undefined && flows.length === 0) return [];
  return [
    criterionOf({
      metricName: metric?.name ?? rule,
      metricValue: metric?.value ?? null,
      operator: metric?.operator ?? null,
      threshold: metric?.threshold ?? null,
      flows: flows.map(alertFlow),
    }),
  ];
}

const alertFlow = (from: z.infer<typeof flow>): AlertFlow =>
  flowOf({
    SrcIp: from.source,
    DestIp: from.destination,
    DestPort: from.port,
    L4Protocol: from.protocol && flowProtocol(from.protocol),
    FlowDirection: from.direction && from.direction.slice(0, 1).toUpperCase(),
  });
