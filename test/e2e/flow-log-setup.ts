// What a flow log of the test bed's lan needs: a virtual network, a workspace, and the resource itself.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import type { Installation } from "./installation.ts";

export const lanPrefix = "192.0.2.0/24";

/** Makes the flow log "log", with analytics every ten minutes; ids of what it is made of. */
export async function putFlowLog({ client, machineId }: Installation) {
  const group = machineId.split("/providers/")[0] ?? "";
  const subscription = group.split("/resourceGroups/")[0] ?? "";
  const watcherId = `${subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_local`;
  const networkId = `${group}/providers/Microsoft.Network/virtualNetworks/net`;
  const workspaceId = `${group}/providers/Microsoft.OperationalInsights/workspaces/work`;
  const logId = `${watcherId}/flowLogs/log`;
  const accountId = `${group}/providers/Microsoft.Storage/storageAccounts/nightcapstore`;
  await client.request("PUT", networkId, {
    location: "local",
    properties: {
      addressSpace: { addressPrefixes: [lanPrefix] },
      subnets: [{ name: "lan", properties: { addressPrefix: "192.0.2.0/25" } }],
    },
  });
  await client.request("PUT", workspaceId, { location: "local", properties: {} });
  await client.request("PUT", logId, {
    location: "local",
    properties: {
      targetResourceId: networkId,
      storageId: accountId,
      flowAnalyticsConfiguration: {
        networkWatcherFlowAnalyticsConfiguration: {
          enabled: true,
          workspaceResourceId: workspaceId,
          trafficAnalyticsInterval: 10,
        },
      },
    },
  });
  return { logId, accountId, workspaceId };
}

/** The table that the installation's control plane writes. */
export const openTable = ({ directory }: Installation): Promise<FlowEngine> =>
  openFlowEngine(flowStoreSettings.parse({ directory: join(directory, "server", "flows") }));

const recordingSecondsMax = 30;

/** Resolves when the host has said, after the time given, that it records. */
export async function untilRecording(
  { client }: Installation,
  logId: string,
  after = "",
): Promise<void> {
  const deadline = Date.now() + recordingSecondsMax * 1_000;
  while (Date.now() < deadline) {
    const { hosts } = ((await client.request("GET", logId)) as FlowLog).properties.nightcap;
    if (hosts.some(({ recording, heardTime }) => recording && (heardTime ?? "") > after)) return;
    await sleep(50);
  }
  throw new Error(`no host recorded for ${logId} within ${recordingSecondsMax} s`);
}

export interface FlowLog {
  properties: {
    nightcap: {
      lastRowTime: string | null;
      hosts: { recording: boolean; heardTime: string | null }[];
    };
  };
}
