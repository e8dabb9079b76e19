import { randomUUID } from "node:crypto";
import { defaultSecurityRules } from "../../arm/default-security-rules.ts";
import { topologyRequest } from "../../arm/network-diagnostics.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { canonicalLocation } from "../../arm/tracked-resource.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import { readActionOf } from "../authorization/access.ts";
import { networkInterfaceType, virtualMachineType } from "../compute/machines.ts";
import { findResource } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { resourceGroupNotFound } from "../kernel/containers.ts";
import { parseContent } from "../kernel/request-body.ts";
import { interfaceProperties } from "./diagnosed-machine.ts";
import { groupOf, securityGroupType, withoutNulls } from "./security-group-store.ts";

/** Of one type in one answer, which has no pages. */
const resourceCountMax = 10_000;

interface Association {
  name: string;
  resourceId: string;
  associationType: "Contains" | "Associated";
}

/** Hosts, their interfaces and security groups in a resource group, and how they belong together. */
export async function showTopology(context: ArmContext): Promise<ArmAnswer> {
  const watcher = await findResource(context, context.path.split("/").slice(0, -1).join("/"));
  const scope = await scopeOf(context);
  const location = canonicalLocation(String(watcher.body["location"]));
  const list = async (type: string) =>
    (await context.state.resources.list({ scope, type, limit: resourceCountMax })).filter(
      (resource) =>
        canonicalLocation(String(resource.body["location"])) === location &&
        context.permit.access.allows(readActionOf(resource), resource.id),
    );
  const machines = await list(virtualMachineType);
  const interfaces = await list(networkInterfaceType);
  const groups = await list(securityGroupType);
  const changedAt = Math.max(
    0,
    ...[...machines, ...interfaces, ...groups].map((each) => each.changedAt),
  );
  const now = context.clock.now();
  return {
    status: 200,
    body: {
      id: randomUUID(),
      createdDateTime: isoTime(now),
      lastModified: isoTime(changedAt === 0 ? now : changedAt),
      resources: [
        ...machines.map((each) => describe(each, containedInterfaces(each, interfaces))),
        ...interfaces.map((each) => describe(each, partsOfInterface(each))),
        ...groups.map((each) => describe(each, partsOfGroup(each))),
      ],
    },
  };
}

async function scopeOf(context: ArmContext): Promise<string> {
  const request = parseContent(topologyRequest, withoutNulls(context.body));
  const network = request.targetSubnet?.id ?? request.targetVirtualNetwork?.id;
  // There are no virtual networks here, so this says that it was not found.
  if (network !== undefined) return (await findResource(context, network)).id;
  const name = request.targetResourceGroupName;
  if (name === undefined) {
    throw new NightcapError("InvalidParameter", "targetResourceGroupName expected");
  }
  const id = `/subscriptions/${context.param("subscriptionId")}/resourceGroups/${name}`;
  const group = await context.state.resources.get(parseResourceId(id).id);
  if (!group) throw resourceGroupNotFound(name);
  return group.id;
}

const describe = ({ id, body }: StoredResource, associations: Association[]) => ({
  name: parseResourceId(id).name,
  id,
  location: body["location"],
  associations,
});

const association = (
  resourceId: string,
  associationType: Association["associationType"],
): Association => ({
  name: parseResourceId(resourceId).name,
  resourceId,
  associationType,
});

const containedInterfaces = (machine: StoredResource, interfaces: readonly StoredResource[]) =>
  interfaces
    .filter((each) => sameId(interfaceProperties(each).virtualMachine?.id ?? "", machine.id))
    .map(({ id }) => association(id, "Contains"));

function partsOfInterface(resource: StoredResource): Association[] {
  const { networkSecurityGroup, virtualMachine, ipConfigurations } = interfaceProperties(resource);
  return [
    ...[virtualMachine, networkSecurityGroup].flatMap((each) =>
      each ? [association(each.id, "Associated")] : [],
    ),
    ...(ipConfigurations ?? []).map(({ id, properties }): Association => ({
      name: properties.privateIPAddress,
      resourceId: id,
      associationType: "Contains",
    })),
  ];
}

const partsOfGroup = (group: StoredResource): Association[] => [
  ...groupOf(group).properties.securityRules.map(({ name }) =>
    association(`${group.id}/securityRules/${name}`, "Contains"),
  ),
  ...defaultSecurityRules.map(({ name }) =>
    association(`${group.id}/defaultSecurityRules/${name}`, "Contains"),
  ),
];
