import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { buffer } from "node:stream/consumers";
import { type Installation, machineName } from "../../e2e/installation.ts";

/** Posts what an Alertmanager posts (webhook version 4). */
export async function sendAlert({ client }: Installation, rule: string): Promise<void> {
  const { responderUrl, responderKey } = client.credentials;
  const startsAt = new Date().toISOString();
  const labels = { alertname: rule, nodename: machineName, severity: "warning" };
  const alert = { status: "firing", labels, annotations: {}, startsAt, fingerprint: rule };
  const body = JSON.stringify({
    version: "4",
    groupKey: `{}:{alertname="${rule}"}`,
    truncatedAlerts: 0,
    status: "firing",
    receiver: "nightcap",
    groupLabels: {},
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: "http://alertmanager.example",
    alerts: [
      { ...alert, endsAt: "0001-01-01T00:00:00Z", generatorURL: "http://prometheus.example" },
    ],
  });
  const call = request(`${responderUrl}/alertmanager`, {
    method: "POST",
    ca: client.certificateAuthorityPem,
    agent: false,
    headers: { "content-type": "application/json", "x-functions-key": responderKey },
  });
  call.end(body);
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  const text = (await buffer(answer)).toString();
  if (answer.statusCode !== 202) throw new Error(`${answer.statusCode}: ${text}`);
}
