import { z } from "zod";
import { withDedupeKey } from "../incoming-alert.ts";
import { presentText, text } from "../incoming-parts.ts";
import type { AlertFlow } from "../logs/log-detail.ts";
import {
  asText,
  criterionOf,
  flowOf,
  flowProtocol,
  labels,
  portOf,
  senderTime,
} from "./sender-parts.ts";
import { severityOf } from "./severity-words.ts";
import { oneAlert, readShape, type SourceAlerts, unreadable } from "./source.ts";

/**
 * One event of Falco's JSON output. Source: falco.org/docs/concepts/outputs; the fields of `output_fields` are those that
 * the rule's output names.
 */
const event = z.object({
  rule: presentText,
  priority: text,
  time: senderTime,
  hostname: text.nullish(),
  output: z.string().nullish(),
  source: text.nullish(),
  output_fields: labels,
});

/** Falco's fields of a connection: the client's side and the server's. */
const connectionFields = ["fd.cip", "fd.sip", "fd.sport", "fd.l4proto"] as const;
/** `fd.name` of a connection: client to server. */
const namePattern = /^\[?([0-9a-f.:]+?)\]?:(\d{1,5})->\[?([0-9a-f.:]+?)\]?:(\d{1,5})$/i;

export function readFalco(body: unknown): SourceAlerts {
  const read = readShape(event, body, "of Falco");
  if ((read.hostname ?? "") === "") {
    throw unreadable("alert of Falco: hostname is missing (Falco 0.32 and newer write it)");
  }
  const flow = flowOfFields(read.output_fields);
  const { "evt.num": number = "", "proc.pid": process = "" } = read.output_fields;
  const alert = withDedupeKey({
    schema: "falco",
    fired: true,
    ruleId: null,
    ruleName: read.rule,
    description: asText(read.output),
    severity: severityOf(read.priority),
    targetResourceIds: [],
    hosts: { pick: "first", names: [read.hostname ?? ""] },
    resourceType: "",
    firedTime: read.time,
    resolvedTime: null,
    windowSize: null,
    criteria: [criterionOf({ metricName: read.rule, flows: flow === null ? [] : [flow] })],
    properties: {},
    // A rule may fire more than once in a millisecond.
    instance: [asText((body as { time: string }).time), process, number].join("/"),
  });
  return oneAlert("falco", alert);
}

function flowOfFields(fields: Readonly<Record<string, string>>): AlertFlow | null {
  const [client, server, serverPort, protocol = ""] = connectionFields.map((name) => fields[name]);
  const named = namePattern.exec(fields["fd.name"] ?? "");
  const source = client || named?.[1];
  const destination = server || named?.[3];
  if (!source || !destination) return null;
  return flowOf({
    SrcIp: source,
    DestIp: destination,
    DestPort: portOf(serverPort || named?.[4]),
    L4Protocol: flowProtocol(protocol),
  });
}
