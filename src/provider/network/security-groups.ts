import { apiVersionsOf } from "../../arm/api-version.ts";
import { checkResourceName } from "../../arm/resource-id.ts";
import { regionOf, tagsRequest } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
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
import { subnetsWithGroup } from "./network-members.ts";
import {
  groupOf,
  interfacesByGroup,
  readGroup,
  securityGroupType,
  showGroup,
  subscriptionOf,
} from "./security-group-store.ts";
import { securityRuleOperations } from "./security-rules.ts";

const collection = "providers/Microsoft.Network/networkSecurityGroups";
const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";

/**
 * Microsoft.Network/networkSecurityGroups: kept, checked, and used by the diagnostics. Nothing on a
 * host is changed by them, which each says in `properties.nightcap.enforced`.
 */
export function securityGroupOperations(served: string): Operation[] {
  const apiVersions = apiVersionsOf(securityGroupType);
  const path = `${group}/${collection}/{networkSecurityGroupName}`;
  const read = { method: "GET" as const, action: `${securityGroupType}/read`, apiVersions };
  const write = { path, action: `${securityGroupType}/write`, apiVersions };
  return [
    { ...read, path: `/subscriptions/{subscriptionId}/${collection}`, handle: listGroups },
    { ...read, path: `${group}/${collection}`, handle: listGroups },
    {
      ...read,
      path,
      handle: async (context) => answer(context, 200, await findResource(context, context.path)),
    },
    { ...write, method: "PUT", handle: (context) => putGroup(context, served) },
    { ...write, method: "PATCH", handle: patchGroup },
    {
      method: "DELETE",
      path,
      action: `${securityGroupType}/delete`,
      apiVersions,
      handle: deleteGroup,
    },
    ...securityRuleOperations(path),
  ];
}

async function answer(
  context: ArmContext,
  status: number,
  resource: StoredResource,
): Promise<ArmAnswer> {
  const interfaces = await interfacesByGroup(context.state, subscriptionOf(resource.id));
  return resourceAnswer(status, showGroup(resource, interfaces));
}

async function listGroups(context: ArmContext): Promise<ArmAnswer> {
  const subscription = `/subscriptions/${context.param("subscriptionId")}`;
  const interfaces = await interfacesByGroup(context.state, subscription);
  const query = { scope: scopeOf(context), type: securityGroupType };
  return listAnswer(context, query, async (page) =>
    page.map((resource) => showGroup(resource, interfaces)),
  );
}

async function putGroup(context: ArmContext, served: string): Promise<ArmAnswer> {
  checkResourceName(context.param("networkSecurityGroupName"), "network security group");
  const stored = await context.state.transact(async (inside) => {
    const before = await inside.resources.get(context.path);
    checkConditions(context, before);
    const read = readGroup(context.body, before);
    const body = { ...read, location: regionOf(read.location, served) };
    if (before) checkSameRegion(before, body.location);
    return inside.resources.put({ id: context.path, type: securityGroupType, body });
  });
  return answer(context, stored.created ? 201 : 200, stored);
}

function checkSameRegion(before: StoredResource, location: string): void {
  const own = groupOf(before).location;
  if (own === location) return;
  throw new NightcapError(
    "InvalidResourceLocation",
    `The resource '${before.id}' already exists in location '${own}'. A resource with the same name cannot be created in location '${location}'.`,
  );
}

async function patchGroup(context: ArmContext): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const { tags } = parseContent(tagsRequest, context.body);
  const body = { ...found.body, tags: tags ?? {} };
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return answer(context, 200, stored);
}

async function deleteGroup(context: ArmContext): Promise<ArmAnswer> {
  const found = await context.state.resources.get(context.path);
  if (!found) return noContent;
  checkConditions(context, found);
  const interfaces = await interfacesByGroup(context.state, subscriptionOf(found.id));
  const attached = [
    ...(interfaces.get(found.id.toLowerCase()) ?? []),
    ...(await subnetsWithGroup(context.state, found.id)),
  ];
  if (attached.length > 0) {
    throw new NightcapError(
      "InUseNetworkSecurityGroupCannotBeDeleted",
      `Network security group ${found.id} cannot be deleted because it is in use by the following resources: ${attached.slice(0, 10).join(", ")}.`,
    );
  }
  await context.state.transact(async (inside) => {
    await inside.resources.delete(found.id);
    await deleteFlowLogsOf(inside, found.id);
  });
  return noContent;
}
