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
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call = request(`${responderUrl}/alertmanager`, {
    method: "POST",
    ca: client.certificateAuthorityPem,
    agent: false,
    headers: { "content-type": "application/json", "x-functions-key": responderKey },
  });
  call.on("error", reject).on("response", (answer) => {
    buffer(answer).then((bytes) => {
      if (answer.statusCode === 202) resolve();
      else reject(new Error(`${answer.statusCode}: ${bytes.toString()}`));
    }, reject);
  });
  call.end(body);
  await promise;
}
