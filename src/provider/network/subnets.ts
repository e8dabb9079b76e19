import { apiVersionsOf } from "../../arm/api-version.ts";
import { subscriptionOf } from "../../arm/resource-id.ts";
import { subnetRequest, subnetType } from "../../arm/virtual-network.ts";
import type { StoredResource } from "../../state/state.ts";
import { checkConditions, findResource, noContent, resourceNotFound } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { deleteFlowLogsOf } from "./flow-log-store.ts";
import { networkMembers } from "./network-members.ts";
import { withoutNulls } from "./security-group-store.ts";
import {
  checkSubnets,
  findSubnetIndex,
  networkOf,
  readSubnet,
  showSubnet,
  type Subnet,
} from "./virtual-network-store.ts";

/** Microsoft.Network/virtualNetworks/subnets: they lie in their network's document. */
export function subnetOperations(networkPath: string): Operation[] {
  const apiVersions = apiVersionsOf(subnetType);
  const path = `${networkPath}/subnets/{subnetName}`;
  const read = { method: "GET" as const, action: `${subnetType}/read`, apiVersions };
  return [
    { ...read, path: `${networkPath}/subnets`, handle: listSubnets },
    { ...read, path, handle: getSubnet },
    { method: "PUT", path, action: `${subnetType}/write`, apiVersions, handle: putSubnet },
    { method: "DELETE", path, action: `${subnetType}/delete`, apiVersions, handle: deleteSubnet },
  ];
}

const parentOf = (path: string, levels: number): string =>
  path.split("/").slice(0, -levels).join("/");

async function listSubnets(context: ArmContext): Promise<ArmAnswer> {
  const network = await findResource(context, parentOf(context.path, 1));
  const members = await networkMembers(context.state, subscriptionOf(network.id));
  const { subnets } = networkOf(network).properties;
  return {
    status: 200,
    body: { value: subnets.map((each) => showSubnet(network, each, members)) },
  };
}

async function getSubnet(context: ArmContext): Promise<ArmAnswer> {
  const network = await findResource(context, parentOf(context.path, 2));
  const { subnets } = networkOf(network).properties;
  const found = subnets[findSubnetIndex(subnets, context.param("subnetName"))];
  if (!found) throw resourceNotFound(context.path);
  return answer(context, { status: 200, network, subnet: found });
}

async function answer(
  { state }: ArmContext,
  { status, network, subnet }: { status: number; network: StoredResource; subnet: Subnet },
): Promise<ArmAnswer> {
  const members = await networkMembers(state, subscriptionOf(network.id));
  const body = showSubnet(network, subnet, members);
  return { status, body, headers: { etag: network.etag } };
}

async function putSubnet(context: ArmContext): Promise<ArmAnswer> {
  const request = parseContent(subnetRequest, withoutNulls(context.body));
  const name = context.param("subnetName");
  const { network, subnet, created } = await context.state.transact(async (inside) => {
    const before = await findResource({ state: inside }, parentOf(context.path, 2));
    checkConditions(context, before);
    const made = await readSubnet(inside, name, request);
    const subnets = [...networkOf(before).properties.subnets];
    const index = findSubnetIndex(subnets, name);
    const kept = { ...made, name: subnets[index]?.name ?? name };
    subnets.splice(index < 0 ? subnets.length : index, index < 0 ? 0 : 1, kept);
    const stored = await putSubnets(inside, before, subnets);
    return { network: stored, subnet: kept, created: index < 0 };
  });
  return answer(context, { status: created ? 201 : 200, network, subnet });
}

async function deleteSubnet(context: ArmContext): Promise<ArmAnswer> {
  return context.state.transact(async (inside) => {
    const before = await inside.resources.get(parentOf(context.path, 2));
    if (!before) return noContent;
    const { subnets } = networkOf(before).properties;
    const index = findSubnetIndex(subnets, context.param("subnetName"));
    if (index < 0) return noContent;
    checkConditions(context, before);
    await putSubnets(inside, before, subnets.toSpliced(index, 1));
    await deleteFlowLogsOf(inside, context.path);
    return noContent;
  });
}

async function putSubnets(
  state: ArmContext["state"],
  before: StoredResource,
  subnets: Subnet[],
): Promise<StoredResource> {
  const network = networkOf(before);
  const body = { ...network, properties: { ...network.properties, subnets } };
  checkSubnets(body);
  return state.resources.put({ ...before, body });
}
