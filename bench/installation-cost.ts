// What benches of an installation share: alerts as Azure sends them, and what the agent costs.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Installation } from "../test/e2e/installation.ts";

export { callResponder } from "../test/e2e/call-responder.ts";

const clockTicksPerSecond = 100;

/** The name of the capture that the job made, once people were told. */
export async function finishedCapture({ received }: Installation, jobId: string): Promise<string> {
  for (;;) {
    const told = received.find(({ body }) => String(body["notificationId"]).startsWith(jobId));
    if (told) return (told.body["capture"] as { name: string }).name;
    await sleep(20);
  }
}

export function legacyAlert(resourceId: string, name: string, firedTime: number): object {
  const [, , subscriptionId, , resourceGroupName] = resourceId.split("/");
  return {
    schemaId: "AzureMonitorMetricAlert",
    data: {
      version: "2.0",
      properties: null,
      status: "Activated",
      context: {
        timestamp: new Date(firedTime).toISOString(),
        id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/microsoft.insights/metricAlerts/${name}`,
        name,
        description: "",
        conditionType: "SingleResourceMultipleMetricCriteria",
        severity: "3",
        condition: {
          windowSize: "PT5M",
          allOf: [
            {
              metricName: "Network Out Total",
              metricNamespace: "Microsoft.Compute/virtualMachines",
              operator: "GreaterThan",
              threshold: "3",
              timeAggregation: "Average",
              dimensions: [],
              metricValue: 918_273.5,
              webTestName: null,
            },
          ],
        },
        subscriptionId,
        resourceGroupName,
        resourceName: "vm",
        resourceType: "Microsoft.Compute/virtualMachines",
        resourceId,
        portalLink: "",
      },
    },
  };
}

/** CPU of one core and memory of the agent and of its recorders, over the next seconds. */
export async function report(
  target: Installation,
  seconds: number,
  folder = target.directory,
): Promise<void> {
  const pids = { agent: [target.agentPid()], dumpcap: dumpcapsBelow(folder) };
  const before = ticksOf(pids.agent);
  const dumpcapBefore = ticksOf(pids.dumpcap);
  await sleep(seconds * 1_000);
  const share = (ticks: number): string =>
    `${((ticks / clockTicksPerSecond / seconds) * 100).toFixed(2)} % of a core`;
  const lines = [
    `  agent    ${share(ticksOf(pids.agent) - before)}, ${memoryMegabytes(pids.agent)} MB`,
    ...(pids.dumpcap.length === 0
      ? []
      : [
          `  dumpcap  ${share(ticksOf(pids.dumpcap) - dumpcapBefore)}, ${memoryMegabytes(pids.dumpcap)} MB`,
        ]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

export function ticksOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

function memoryMegabytes(pids: readonly number[]): string {
  const kilobytes = pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }, 0);
  return (kilobytes / 1_024).toFixed(0);
}

export function dumpcapsBelow(directory: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return command.includes("dumpcap") && command.includes(directory);
      } catch {
        return false;
      }
    });
}
