import { isPublicAddress } from "../../arm/address-prefix.ts";
import { flowLogType } from "../../arm/flow-log.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import type { TableRow } from "../../flowstore/insert-rows.ts";
import type { SecurityRule } from "../../arm/security-rule.ts";
import { virtualNetworkType } from "../../arm/virtual-network.ts";
import { networkInterfaceType, virtualMachineType } from "../../provider/compute/machines.ts";
import { memberOf } from "../../provider/compute/scale-set-members.ts";
import { interfaceProperties } from "../../provider/network/diagnosed-machine.ts";
import { flowLogOf } from "../../provider/network/flow-log-store.ts";
import { networkMembers } from "../../provider/network/network-members.ts";
import { groupOf, securityGroupType } from "../../provider/network/security-group-store.ts";
import { networkOf, type Subnet } from "../../provider/network/virtual-network-store.ts";
import type { State, StoredResource } from "../../state/state.ts";

/** Of one reading; a subscription with more resources has the first of them. */
export const topologyRowCountMax = 200_000;

/**
 * The resources of traffic as rows (Azure Monitor's table reference, NTATopologyDetails). Names are those that the
 * records of flows have: "group/name", and "subscription/group/name" of a security group.
 */
export async function readTopologyRows(state: State, subscription: string): Promise<TableRow[]> {
  const list = (type: string) => state.resources.list({ scope: subscription, type });
  const flowLogs = await storageByTarget(state, subscription);
  const subnets = await subnetsByInterface(state, subscription);
  const rows: TableRow[] = [];
  for (const network of await list(virtualNetworkType))
    rows.push(...networkRows(network, flowLogs));
  for (const group of await list(securityGroupType)) rows.push(...groupRows(group, flowLogs));
  for (const machine of await list(virtualMachineType)) {
    rows.push({ ...rowOf("VirtualMachine", machine), ...(await scaleSetOf(state, machine.id)) });
  }
  for (const each of await list(networkInterfaceType)) {
    const { virtualMachine } = interfaceProperties(each);
    rows.push({
      ...interfaceRow(each, flowLogs),
      Subnetwork: (subnets.get(each.id) ?? []).join(" "),
      ...(virtualMachine ? await scaleSetOf(state, virtualMachine.id) : {}),
    });
  }
  return rows.slice(0, topologyRowCountMax);
}

/** "group/name" of a resource; of a network's child "group/network/name". */
function nameOf(id: string): string {
  const [, group = "", path = ""] =
    /\/resourceGroups\/([^/]+)\/providers\/[^/]+\/(.+)$/i.exec(id) ?? [];
  // Types stand between the names.
  const names = path.split("/").filter((_, index) => index % 2 === 1);
  return [group, ...names].join("/");
}

/** As the records of flows have the ids of groups, in small letters. */
const groupName = (id: string): string =>
  `${parseResourceId(id).subscriptionId ?? ""}/${nameOf(id)}`.toLowerCase();

function rowOf(kind: string, { id, body }: Pick<StoredResource, "id" | "body">): TableRow {
  const { location } = body;
  const region = typeof location === "string" ? location : "";
  return {
    AzureResourceType: kind,
    Name: nameOf(id),
    Subscription: parseResourceId(id).subscriptionId ?? "",
    Region: region,
    DiscoveryRegion: region,
  };
}

type FlowLogs = ReadonlyMap<string, string>;

/** Of each target of an enabled flow log, the storage account: "subscription/group/name". */
async function storageByTarget(state: State, scope: string): Promise<FlowLogs> {
  const all = await state.resources.list({ scope, type: flowLogType });
  return new Map(
    all
      .map((each) => flowLogOf(each).properties)
      .filter(({ enabled }) => enabled)
      .map(({ targetResourceId, storageId }) => [
        targetResourceId.toLowerCase(),
        groupName(storageId),
      ]),
  );
}

function loggingOf(id: string, flowLogs: FlowLogs): TableRow {
  const account = flowLogs.get(id.toLowerCase());
  return account === undefined ? {} : { IsFlowEnabled: true, FlowLogStorageAccount: account };
}

function networkRows(network: StoredResource, flowLogs: FlowLogs): TableRow[] {
  const { addressSpace, subnets } = networkOf(network).properties;
  return [
    {
      ...rowOf("VirtualNetwork", network),
      AddressPrefixes: addressSpace.addressPrefixes.join(" "),
      ...loggingOf(network.id, flowLogs),
    },
    ...subnets.map((subnet) => subnetRow(network, subnet, flowLogs)),
  ];
}

function subnetRow(network: StoredResource, subnet: Subnet, flowLogs: FlowLogs): TableRow {
  const id = `${network.id}/subnets/${subnet.name}`;
  const { addressPrefixes, networkSecurityGroup } = subnet.properties;
  return {
    ...rowOf("Subnetwork", { id, body: network.body }),
    AddressPrefixes: addressPrefixes.join(" "),
    VirtualNetwork1: nameOf(network.id),
    ...(networkSecurityGroup ? { Nsg: groupName(networkSecurityGroup.id) } : {}),
    ...loggingOf(id, flowLogs),
  };
}

function groupRows(group: StoredResource, flowLogs: FlowLogs): TableRow[] {
  return [
    {
      ...rowOf("NetworkSecurityGroup", group),
      Name: nameOf(group.id).toLowerCase(),
      ...loggingOf(group.id, flowLogs),
    },
    ...groupOf(group).properties.securityRules.map((rule) => ruleRow(group, rule)),
  ];
}

function ruleRow(group: StoredResource, { name, properties }: SecurityRule): TableRow {
  const all = (one: string | undefined, several: readonly string[]): string =>
    (one === undefined ? several : [one]).join(",");
  return {
    ...rowOf("NetworkSecurityGroupRule", group),
    Name: `${nameOf(group.id).toLowerCase()}/${name}`,
    Nsg: groupName(group.id),
    Access: properties.access,
    Direction: properties.direction,
    Priority: properties.priority,
    Protocol: properties.protocol,
    Description: properties.description ?? "",
    RuleType: "User Defined",
    SourceAddressPrefix: all(properties.sourceAddressPrefix, properties.sourceAddressPrefixes),
    SourcePortRange: all(properties.sourcePortRange, properties.sourcePortRanges),
    DestinationAddressPrefix: all(
      properties.destinationAddressPrefix,
      properties.destinationAddressPrefixes,
    ),
    DestinationPortRange: all(properties.destinationPortRange, properties.destinationPortRanges),
  };
}

function interfaceRow(resource: StoredResource, flowLogs: FlowLogs): TableRow {
  const { virtualMachine, networkSecurityGroup, ipConfigurations } = interfaceProperties(resource);
  const { macAddress = "" } = resource.body["properties"] as { macAddress?: string };
  const addresses = (ipConfigurations ?? []).map(({ properties }) => properties.privateIPAddress);
  const isPublic = (address: string): boolean => isPublicAddress(address);
  return {
    ...rowOf("NetworkInterface", resource),
    MacAddress: macAddress.replaceAll(/[:-]/g, "").toUpperCase(),
    PrivateIpAddresses: addresses.filter((each) => !isPublic(each)).join(" "),
    PublicIpAddresses: addresses.filter(isPublic).join(" "),
    VirtualMachine: virtualMachine ? nameOf(virtualMachine.id) : "",
    Nsg: networkSecurityGroup ? groupName(networkSecurityGroup.id) : "",
    ...loggingOf(resource.id, flowLogs),
  };
}

async function subnetsByInterface(state: State, scope: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { interfaceId, subnetId } of await networkMembers(state, scope)) {
    const known = found.get(interfaceId) ?? [];
    found.set(interfaceId, known);
    if (subnetId !== null && !known.includes(nameOf(subnetId))) known.push(nameOf(subnetId));
  }
  return found;
}

async function scaleSetOf(state: State, machineId: string): Promise<TableRow> {
  const member = await memberOf(state, machineId);
  return member ? { VmssName: nameOf(member.scaleSetId) } : {};
}
