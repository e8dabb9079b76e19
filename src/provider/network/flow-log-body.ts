import { type FlowLogProperties, type FlowLogRequest, flowLogType } from "../../arm/flow-log.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { canonicalLocation } from "../../arm/tracked-resource.ts";
import { subnetType, virtualNetworkType } from "../../arm/virtual-network.ts";
import { describeError, NightcapError } from "../../common/errors.ts";
import { compileFlowFilter } from "../../flowlog/flow-filter.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  networkInterfaceType,
  storageAccountType,
  virtualMachineType,
} from "../compute/machines.ts";
import { findTarget } from "./flow-log-store.ts";
import { securityGroupType } from "./security-group-store.ts";

const workspaceType = "Microsoft.OperationalInsights/workspaces";

/** What a flow log may be of: Azure's, and a virtual machine, which stands for all its interfaces. */
const targetTypes = [
  securityGroupType,
  virtualNetworkType,
  subnetType,
  networkInterfaceType,
  virtualMachineType,
];

/** A flow log's document. */
export interface FlowLogBody extends Record<string, unknown> {
  location: unknown;
  tags: Record<string, string>;
  properties: Omit<FlowLogProperties, "targetResourceGuid" | "provisioningState" | "nightcap"> & {
    targetResourceGuid?: string;
    provisioningState: "Succeeded";
  };
}

/** Checks what the request names, and makes the document. */
export async function flowLogBody(
  state: State,
  options: { request: FlowLogRequest; watcher: StoredResource; id: string },
): Promise<FlowLogBody> {
  const { request, watcher, id } = options;
  const { targetResourceGuid: _guid, nightcap: _ours, ...properties } = request.properties;
  const location = String(watcher.body["location"]);
  checkRegion(`flow log ${id}`, request.location ?? location, location);
  const target = await findTyped(
    state,
    properties.targetResourceId,
    targetTypes,
    "targetResourceId",
  );
  checkRegion(`target ${target.id}`, String(target.body["location"]), location);
  await checkOnlyOne(state, { watcher, id, target });
  await findTyped(state, properties.storageId, [storageAccountType], "storageId");
  await checkWorkspace(state, properties);
  checkCriteria(properties.enabledFilteringCriteria);
  const guid = guidOf(target);
  return {
    location,
    tags: request.tags ?? {},
    ...(request.identity === undefined ? {} : { identity: request.identity }),
    properties: {
      ...properties,
      targetResourceId: target.id,
      ...(guid === undefined ? {} : { targetResourceGuid: guid }),
      provisioningState: "Succeeded",
    },
  };
}

async function findTyped(
  state: State,
  id: string,
  types: readonly string[],
  property: string,
): Promise<StoredResource> {
  const { type } = parseResourceId(id);
  if (types.some((each) => each.toLowerCase() === type.toLowerCase())) {
    return findTarget(state, id);
  }
  throw new NightcapError(
    "InvalidParameter",
    `${property} "${id}" is a ${type}: ${types.join(", ")} expected`,
  );
}

function checkRegion(what: string, own: string, watchers: string): void {
  if (canonicalLocation(own) === canonicalLocation(watchers)) return;
  throw new NightcapError(
    "InvalidParameter",
    `${what} is in region "${own}", its network watcher in "${watchers}": both must be in one region`,
  );
}

function checkCriteria(criteria: string | undefined): void {
  if (!criteria) return;
  try {
    compileFlowFilter({ recordTypes: [], criteria });
  } catch (error) {
    throw new NightcapError(
      "InvalidParameter",
      `enabledFilteringCriteria cannot be read: ${describeError(error)}`,
    );
  }
}

async function checkOnlyOne(
  state: State,
  { watcher, id, target }: { watcher: StoredResource; id: string; target: StoredResource },
): Promise<void> {
  const all = await state.resources.list({ scope: watcher.id, type: flowLogType });
  const other = all.find(
    (each) =>
      !sameId(each.id, id) &&
      sameId((each.body as FlowLogBody).properties.targetResourceId, target.id),
  );
  if (!other) return;
  throw new NightcapError(
    "Conflict",
    `${target.id} has the flow log ${other.id} already: a resource has one`,
  );
}

async function checkWorkspace(state: State, properties: FlowLogProperties): Promise<void> {
  const analytics = properties.flowAnalyticsConfiguration?.networkWatcherFlowAnalyticsConfiguration;
  if (analytics?.enabled !== true) return;
  const { workspaceResourceId, workspaceId } = analytics;
  if (workspaceResourceId === undefined) {
    throw new NightcapError(
      "InvalidParameter",
      "flowAnalyticsConfiguration is enabled without workspaceResourceId: the id of a Log Analytics workspace expected",
    );
  }
  const found = await findTyped(state, workspaceResourceId, [workspaceType], "workspaceResourceId");
  const { customerId } = (found.body["properties"] ?? {}) as { customerId?: string };
  const wanted = workspaceId?.toLowerCase();
  if (wanted === undefined || customerId === undefined || wanted === customerId.toLowerCase())
    return;
  throw new NightcapError(
    "InvalidParameter",
    `workspaceId "${workspaceId}" is not that of ${found.id}, which is "${customerId}"`,
  );
}

function guidOf({ body }: StoredResource): string | undefined {
  const properties = (body["properties"] ?? {}) as { resourceGuid?: string; vmId?: string };
  return properties.resourceGuid ?? properties.vmId;
}
