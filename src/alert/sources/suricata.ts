import { z } from "zod";
import { withDedupeKey } from "../incoming-alert.ts";
import { presentText, text } from "../incoming-parts.ts";
import type { AlertFlow } from "../logs/log-detail.ts";
import { criterionOf, flowOf, flowProtocol, joinText, portOf, senderTime } from "./sender-parts.ts";
import { noAlert, oneAlert, readShape, type SourceAlerts } from "./source.ts";

/** One line of Suricata's EVE output. Source: docs.suricata.io, EVE JSON format; other types than `alert` are no alerts. */
const line = z.object({ timestamp: text, event_type: presentText });

const eveAlert = z.object({
  timestamp: senderTime,
  flow_id: z.number().nullish(),
  src_ip: presentText,
  dest_ip: presentText,
  src_port: z.number().nullish(),
  dest_port: z.number().nullish(),
  proto: text.nullish(),
  direction: text.nullish(),
  host: text.nullish(),
  alert: z.object({
    action: text.nullish(),
    gid: z.number().nullish(),
    signature_id: z.number(),
    rev: z.number().nullish(),
    signature: text.nullish(),
    category: text.nullish(),
    severity: z.number().nullish(),
  }),
  flow: z
    .object({
      src_ip: text.nullish(),
      dest_ip: text.nullish(),
      dest_port: z.number().nullish(),
    })
    .nullish()
    .catch(null),
});
type EveAlert = z.infer<typeof eveAlert>;

/** Suricata's severities begin with 1, the highest. */
const severityMax = 4;

export function readSuricata(body: unknown): SourceAlerts {
  const { event_type: type } = readShape(line, body, "of Suricata");
  if (type !== "alert") return noAlert("suricata", `event_type "${type.slice(0, 64)}" is no alert`);
  const read = readShape(eveAlert, body, "of Suricata");
  const { alert } = read;
  const ruleName = alert.signature || `signature ${alert.signature_id}`;
  const written = withDedupeKey({
    schema: "suricata",
    fired: true,
    ruleId: null,
    ruleName,
    description: joinText([alert.category, sentenceOf(read)]),
    severity: alert.severity ? Math.min(Math.max(alert.severity, 1), severityMax) : null,
    targetResourceIds: [],
    hosts: { pick: "every", names: [...new Set([read.src_ip, read.dest_ip])] },
    resourceType: "",
    firedTime: read.timestamp,
    resolvedTime: null,
    windowSize: null,
    criteria: [criterionOf({ metricName: ruleName, flows: [flowOfAlert(read)] })],
    properties: {},
    instance: [alert.gid ?? 1, alert.signature_id, read.flow_id ?? "", timeText(body)].join("/"),
  });
  return oneAlert("suricata", written);
}

/** With its microseconds, which tell two alerts of one flow apart. */
const timeText = (body: unknown): string => (body as { timestamp: string }).timestamp;

const sentenceOf = ({ alert, proto, src_ip, src_port, dest_ip, dest_port }: EveAlert): string =>
  `${alert.action ?? "seen"}: ${proto ?? ""} ${src_ip} ${src_port ?? ""} to ${dest_ip} ${dest_port ?? ""}`
    .replaceAll(/ +/g, " ")
    .trim();

/**
 * The flow as its client began it. An alert has the addresses of one packet, which may be the server's: newer versions say
 * so; where nothing does, the ports are left out, because either may be the server's.
 */
function flowOfAlert(read: EveAlert): AlertFlow {
  const protocol = { L4Protocol: flowProtocol(read.proto ?? "") };
  const { flow } = read;
  if (flow?.src_ip && flow.dest_ip) {
    const parts = { SrcIp: flow.src_ip, DestIp: flow.dest_ip, DestPort: portOf(flow.dest_port) };
    return flowOf({ ...parts, ...protocol });
  }
  const parts = { SrcIp: read.src_ip, DestIp: read.dest_ip };
  if (read.direction === "to_server") {
    return flowOf({ ...parts, DestPort: portOf(read.dest_port), ...protocol });
  }
  if (read.direction !== "to_client") return flowOf({ ...parts, ...protocol });
  const turned = { SrcIp: read.dest_ip, DestIp: read.src_ip, DestPort: portOf(read.src_port) };
  return flowOf({ ...turned, ...protocol });
}
