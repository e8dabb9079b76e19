import { flowLogType } from "../../arm/flow-log.ts";
import { flowLogOf } from "../../provider/network/flow-log-store.ts";
import type { State, StoredResource } from "../../state/state.ts";

/** What decides where the records of a flow log go. */
export interface FlowLogFacts {
  readonly id: string;
  /** Of its storage account, with a slash at its end; null: the account is gone. */
  readonly blobEndpoint: string | null;
  /** Minutes of its analytics; null: its records go to blobs only. */
  readonly analyticsMinutes: 10 | 60 | null;
  /** Days that blobs are kept; 0: for ever. */
  readonly retentionDays: number;
}

/** Null for a flow log that is no more. */
export async function flowLogFacts(state: State, id: string): Promise<FlowLogFacts | null> {
  const found = await state.resources.get(id);
  return found?.type.toLowerCase() === flowLogType.toLowerCase() ? readFacts(state, found) : null;
}

export async function allFlowLogFacts(state: State, subscription: string): Promise<FlowLogFacts[]> {
  const all = await state.resources.list({ scope: subscription, type: flowLogType });
  return Promise.all(all.map((each) => readFacts(state, each)));
}

async function readFacts(state: State, resource: StoredResource): Promise<FlowLogFacts> {
  const { storageId, retentionPolicy, flowAnalyticsConfiguration } = flowLogOf(resource).properties;
  const account = (await state.resources.get(storageId))?.body["properties"] as
    | { primaryEndpoints?: { blob?: string } }
    | undefined;
  const analytics = flowAnalyticsConfiguration?.networkWatcherFlowAnalyticsConfiguration;
  return {
    id: resource.id,
    blobEndpoint: account?.primaryEndpoints?.blob ?? null,
    analyticsMinutes: analytics?.enabled ? analytics.trafficAnalyticsInterval : null,
    retentionDays: retentionPolicy.enabled ? retentionPolicy.days : 0,
  };
}
