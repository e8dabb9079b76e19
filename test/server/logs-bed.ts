// A control plane with a real engine behind its logs API, and a hundred flows of two flow logs.
import { OperationalInsightsManagementClient } from "@azure/arm-operationalinsights";
import { LogsQueryClient } from "@azure/monitor-query-logs";
import { flowLogType } from "../../src/arm/flow-log.ts";
import type { FlowBatch } from "../../src/flowlog/flow-batch.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import type { ClassifiedFlows } from "../../src/traffic/classified-flows.ts";
import { generateBatch, someOrigin } from "../flowstore/flow-rows.ts";
import { someEndpoint } from "../flowstore/some-endpoint.ts";
import { openSomeEngine } from "../flowstore/some-engine.ts";
import {
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  watcherId,
} from "../provider/control-plane.ts";

export const startMs = Date.UTC(2026, 10, 21, 12);
export const subscription = `/subscriptions/${subscriptionId}`;
export const group = `${subscription}/resourceGroups/nightcap`;
export const networkId = `${group}/providers/Microsoft.Network/virtualNetworks/hub`;
export const flowLogIds = [`${watcherId}/flowLogs/one`, `${watcherId}/flowLogs/two`] as const;
export const rowCountMax = 20;

/** 60 rows of flow log "one", which is of the network; 40 of "two", which is of another; ten flows are web-1's. */
function someFlows(): { batch: FlowBatch; classes: ClassifiedFlows } {
  const batch = generateBatch(100, startMs);
  batch.origins.splice(
    0,
    2,
    { ...someOrigin, flowLogId: flowLogIds[0].toUpperCase(), targetId: networkId },
    { ...someOrigin, flowLogId: flowLogIds[1], targetId: `${networkId}2` },
  );
  const all = Array.from({ length: 100 }, (_, row) => row);
  batch.origin.set(all.map((row) => (row < 60 ? 0 : 1)));
  const machine = { virtualMachine: "nightcap/web-1", subnet: "nightcap/hub/front" };
  const classes: ClassifiedFlows = {
    source: Uint32Array.from(all, (row) => (row < 10 ? 0 : 1)),
    destination: new Uint32Array(100).fill(1),
    verdict: new Uint32Array(100),
    l7Protocol: new Uint32Array(100),
    endpoints: [someEndpoint({ ...machine, subscription: subscriptionId }), someEndpoint({})],
    verdicts: [{ flowType: "Unknown", publicSide: "", reason: "nothing is known" }],
    l7Protocols: [""],
    dataVersion: "",
  };
  return { batch, classes };
}

export async function openLogsBed() {
  const { engine, remove } = await openSomeEngine();
  const { batch, classes } = someFlows();
  await insertFlows(engine, batch, classes, { token: "some" });
  const directory = await makeDirectory();
  const plane = await startControlPlane({ directory, engine, logSettings: { rowCountMax } });
  let askerCount = 0;
  const asker = async (role: string | null, scope?: string) => {
    const { credential } = plane.clients(
      await plane.createClient(`asker ${++askerCount}`, role, scope),
    );
    const tls = { tlsOptions: { ca: plane.ca } };
    const endpointOf = { endpoint: plane.base, ...tls };
    return {
      // Its own audience, https://api.loganalytics.io.
      logs: new LogsQueryClient(credential, { endpoint: `${plane.base}/v1`, ...tls }),
      token: (await credential.getToken(`${plane.base}/.default`)).token,
      workspaces: new OperationalInsightsManagementClient(credential, subscriptionId, {
        credentials: { scopes: [`${plane.base}/.default`] },
        ...endpointOf,
      }).workspaces,
    };
  };
  for (const [index, id] of flowLogIds.entries()) {
    const workspaceResourceId = `${group}/providers/Microsoft.OperationalInsights/workspaces/flows`;
    const configuration = { enabled: true, workspaceResourceId };
    await plane.state.resources.put({
      id,
      type: flowLogType,
      body: {
        location: "local",
        properties: {
          targetResourceId: index === 0 ? networkId : `${networkId}2`,
          ...(index === 0
            ? {
                flowAnalyticsConfiguration: {
                  networkWatcherFlowAnalyticsConfiguration: configuration,
                },
              }
            : {}),
        },
      },
    });
  }
  await plane.state.resources.put({
    id: networkId,
    type: "Microsoft.Network/virtualNetworks",
    body: { location: "local", properties: { subnets: [] } },
  });
  return {
    plane,
    engine,
    asker,
    async close() {
      await plane.close();
      await remove();
      await removeDirectory(directory);
    },
  };
}

export type LogsBed = Awaited<ReturnType<typeof openLogsBed>>;
