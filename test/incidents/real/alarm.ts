// Who notices an incident, and tells: rules of Nightcap's own where they can, else a sender of alerts that measures by itself.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeMetric } from "../../../src/inspection/change/change-answer.ts";
import type { TestBed } from "../../bed/bed.ts";
import { putFlowLog, untilRecording } from "../../e2e/flow-log-setup.ts";
import { type Installation, putRule } from "../../e2e/installation.ts";
import { answerTimesFile } from "../scenarios/slow-backend.ts";
import { sendAlert } from "./send-alert.ts";

interface Place {
  bed: TestBed;
  installation: Installation;
}

/** Says when it has told, for those that are no rules. */
export interface Alarm {
  source: string;
  /** Measures until it has told; rules do so by themselves. */
  watch(signal: AbortSignal): Promise<void>;
}

const ruleItself = async (): Promise<void> => {};

/** Sets up what alerts on a metric. */
export function setAlarm(metric: ChangeMetric, place: Place): Promise<Alarm> {
  switch (metric) {
    case "bytesOut":
      return metricRule(place, "Network Out Total", 200_000);
    case "bytesIn":
      return metricRule(place, "Network In Total", 200_000);
    case "packetsIn":
      return metricRule(place, "Packets In Total", 55);
    case "packetsOut":
      return metricRule(place, "Packets Out Total", 55);
    case "connections":
      return flowRule(place, { condition: 'FlowState == "Begin"', name: "new", threshold: 100 });
    case "denied":
      return flowRule(place, {
        condition: 'FlowStatus == "Denied"',
        name: "dropped",
        threshold: 30,
      });
    case "retransmissions":
      return sender(place, { rule: "TcpRetransSegsHigh", measure: resentSegments, step: 5 });
    case "latency":
      return sender(place, { rule: "HttpClientLatencyHigh", measure: answerSeconds, step: 0.03 });
  }
}

async function metricRule(
  { installation }: Place,
  metricName: string,
  threshold: number,
): Promise<Alarm> {
  await putRule(installation, { name: "incident", thresholdBytes: threshold, metricName });
  return { source: `metric alert on ${metricName}`, watch: ruleItself };
}

/** A log alert rule over the flows of this very host, of every five seconds. */
async function flowRule(
  { installation }: Place,
  { condition, name, threshold }: { condition: string; name: string; threshold: number },
): Promise<Alarm> {
  const { client, machineId } = installation;
  const { workspaceId, logId } = await putFlowLog(installation);
  const insights = `${client.subscription}/resourceGroups/${client.credentials.resourceGroup}/providers/Microsoft.Insights`;
  const groupId = `${insights}/actionGroups/flows`;
  const { responderUrl, responderKey } = client.credentials;
  await client.request("PUT", groupId, {
    location: "Global",
    properties: {
      groupShortName: "flows",
      enabled: true,
      webhookReceivers: [
        {
          name: "responder",
          serviceUri: `${responderUrl}?code=${responderKey}`,
          useCommonAlertSchema: true,
        },
      ],
    },
  });
  const query = `NightcapFlows | where VirtualMachineId =~ "${machineId}" and ${condition}`;
  await client.request("PUT", `${insights}/scheduledQueryRules/${name}?api-version=2021-08-01`, {
    location: "local",
    properties: {
      severity: 2,
      enabled: true,
      scopes: [workspaceId],
      evaluationFrequency: "PT5S",
      windowSize: "PT5S",
      criteria: {
        allOf: [
          {
            query,
            timeAggregation: "Count",
            resourceIdColumn: "VirtualMachineId",
            operator: "GreaterThan",
            threshold,
          },
        ],
      },
      actions: { actionGroups: [groupId] },
    },
  });
  await untilRecording(installation, logId);
  return { source: "log alert on NightcapFlows", watch: ruleItself };
}

const lookMilliseconds = 250;

/** An Alertmanager: it looks at a number until that has grown by a step. */
async function sender(
  { bed, installation }: Place,
  {
    rule,
    measure,
    step,
  }: { rule: string; measure: (bed: TestBed) => Promise<number>; step: number },
): Promise<Alarm> {
  return {
    source: `alert of Alertmanager's ${rule}`,
    async watch(signal) {
      const before = await measure(bed);
      while (!signal.aborted && (await measure(bed)) < before + step) await sleep(lookMilliseconds);
      if (!signal.aborted) await sendAlert(installation, rule);
    },
  };
}

/** RFC 4022's tcpRetransSegs, as node_exporter has it. */
async function resentSegments(bed: TestBed): Promise<number> {
  const { stdout } = await bed.exec("vm", "cat", ["/proc/net/snmp"]);
  const [names, values] = stdout.split("\n").filter((line) => line.startsWith("Tcp:"));
  const at = (names ?? "").split(" ").indexOf("RetransSegs");
  return Number((values ?? "").split(" ")[at]);
}

/** As the application itself measures it. */
async function answerSeconds({ directory }: TestBed): Promise<number> {
  const text = await readFile(join(directory, answerTimesFile), "utf8").catch(() => "");
  return Number(text.split(" ")[1] ?? 0);
}
