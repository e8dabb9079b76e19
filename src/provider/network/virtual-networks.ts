import { apiVersionsOf } from "../../arm/api-version.ts";
import { checkResourceName } from "../../arm/resource-id.ts";
import { regionOf, tagsRequest } from "../../arm/tracked-resource.ts";
import { virtualNetworkType } from "../../arm/virtual-network.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
  scopeOf,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { deleteFlowLogsOf } from "./flow-log-store.ts";
import { networkMembers } from "./network-members.ts";
import { subscriptionOf } from "./security-group-store.ts";
import { subnetOperations } from "./subnets.ts";
import { networkOf, readNetwork, showNetwork } from "./virtual-network-store.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const collection = `providers/${virtualNetworkType}`;

/**
 * Microsoft.Network/virtualNetworks: prefixes that say which hosts belong together. Nothing is routed
 * or separated by them: flow logs are made of them, and traffic is classed by them.
 */
export function virtualNetworkOperations(served: string): Operation[] {
  const apiVersions = apiVersionsOf(virtualNetworkType);
  const path = `${group}/${collection}/{virtualNetworkName}`;
  const read = { method: "GET" as const, action: `${virtualNetworkType}/read`, apiVersions };
  const write = { path, action: `${virtualNetworkType}/write`, apiVersions };
  return [
    { ...read, path: `/subscriptions/{subscriptionId}/${collection}`, handle: listNetworks },
    { ...read, path: `${group}/${collection}`, handle: listNetworks },
    {
      ...read,
      path,
      handle: async (context) => answer(context, 200, await findResource(context, context.path)),
    },
    { ...write, method: "PUT", handle: (context) => putNetwork(context, served) },
    { ...write, method: "PATCH", handle: patchNetwork },
    {
      method: "DELETE",
      path,
      action: `${virtualNetworkType}/delete`,
      apiVersions,
      handle: deleteNetwork,
    },
    ...subnetOperations(path),
  ];
}

async function answer(
  { state }: { state: State },
  status: number,
  resource: StoredResource,
): Promise<ArmAnswer> {
  const members = await networkMembers(state, subscriptionOf(resource.id));
  return resourceAnswer(status, showNetwork(resource, members));
}

async function listNetworks(context: ArmContext): Promise<ArmAnswer> {
  const subscription = `/subscriptions/${context.param("subscriptionId")}`;
  const members = await networkMembers(context.state, subscription);
  const query = { scope: scopeOf(context), type: virtualNetworkType };
  return listAnswer(context, query, async (page) =>
    page.map((resource) => showNetwork(resource, members)),
  );
}

async function putNetwork(context: ArmContext, served: string): Promise<ArmAnswer> {
  checkResourceName(context.param("virtualNetworkName"), "virtual network");
  const stored = await context.state.transact(async (inside) => {
    const before = await inside.resources.get(context.path);
    checkConditions(context, before);
    const network = await readNetwork(inside, context.body, before);
    const body = { ...network, location: regionOf(network.location, served) };
    if (before) checkSameRegion(before, body.location);
    return inside.resources.put({ id: context.path, type: virtualNetworkType, body });
  });
  return answer(context, stored.created ? 201 : 200, stored);
}

function checkSameRegion(before: StoredResource, location: string): void {
  const own = networkOf(before).location;
  if (own === location) return;
  throw new NightcapError(
    "InvalidResourceLocation",
    `The resource '${before.id}' already exists in location '${own}'. A resource with the same name cannot be created in location '${location}'.`,
  );
}

async function patchNetwork(context: ArmContext): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const { tags } = parseContent(tagsRequest, context.body);
  const body = { ...found.body, tags: tags ?? {} };
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return answer(context, 200, stored);
}

async function deleteNetwork(context: ArmContext): Promise<ArmAnswer> {
  return context.state.transact(async (inside) => {
    const found = await inside.resources.get(context.path);
    if (!found) return noContent;
    checkConditions(context, found);
    await inside.resources.delete(found.id);
    await deleteFlowLogsOf(inside, found.id);
    return noContent;
  });
}
