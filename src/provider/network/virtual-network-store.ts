import { randomUUID } from "node:crypto";
import type { z } from "zod";
import {
  canonicalPrefix,
  type PrefixRange,
  prefixRange,
  rangeContains,
  rangesOverlap,
} from "../../arm/prefix-range.ts";
import { checkResourceName } from "../../arm/resource-id.ts";
import {
  subnetType,
  type SubnetRequest,
  virtualNetworkRequest,
} from "../../arm/virtual-network.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { parseContent } from "../kernel/request-body.ts";
import type { NetworkMember } from "./network-members.ts";
import { findGroupId, withoutNulls } from "./security-group-store.ts";

type SentNetwork = z.infer<typeof virtualNetworkRequest>["properties"];

/** A subnet as it lies in its network's document. */
export interface Subnet {
  readonly name: string;
  readonly properties: { addressPrefixes: string[] } & Pick<
    SubnetRequest["properties"],
    | "networkSecurityGroup"
    | "serviceEndpoints"
    | "privateEndpointNetworkPolicies"
    | "privateLinkServiceNetworkPolicies"
    | "defaultOutboundAccess"
  >;
}

/** A network's document: its subnets are in it, so that all of them change together. */
export interface VirtualNetworkBody extends Record<string, unknown> {
  location: string;
  tags: Record<string, string>;
  properties: Omit<SentNetwork, "subnets"> & { resourceGuid: string; subnets: Subnet[] };
}

/** The document that is stored, which only this folder writes. */
export const networkOf = (resource: Pick<StoredResource, "body">): VirtualNetworkBody =>
  resource.body as VirtualNetworkBody;

/** The document for a PUT's body; `before` keeps its guid. Throws for prefixes that do not fit. */
export async function readNetwork(
  state: State,
  body: unknown,
  before: StoredResource | null,
): Promise<VirtualNetworkBody> {
  const { location, tags, properties } = parseContent(virtualNetworkRequest, withoutNulls(body));
  const { provisioningState: _state, flowLogs: _logs, subnets: sent, ...rest } = properties;
  const addressPrefixes = properties.addressSpace.addressPrefixes.map(checkPrefix);
  checkDisjoint(addressPrefixes.map((text) => ({ name: "addressSpace", text })));
  const subnets: Subnet[] = [];
  for (const each of sent) subnets.push(await readSubnet(state, each.name, each));
  const guid = before ? networkOf(before).properties.resourceGuid : randomUUID();
  const network: VirtualNetworkBody = {
    location,
    tags: tags ?? {},
    properties: { ...rest, addressSpace: { addressPrefixes }, resourceGuid: guid, subnets },
  };
  checkSubnets(network);
  return network;
}

export async function readSubnet(
  state: State,
  name: string,
  { properties }: SubnetRequest,
): Promise<Subnet> {
  checkResourceName(name, "subnet");
  const { addressPrefix, addressPrefixes, networkSecurityGroup, ...rest } = properties;
  const sent = addressPrefixes?.length ? addressPrefixes : [addressPrefix ?? ""];
  const { serviceEndpoints, privateEndpointNetworkPolicies } = rest;
  const { privateLinkServiceNetworkPolicies, defaultOutboundAccess } = rest;
  return {
    name,
    properties: {
      addressPrefixes: sent.map(checkPrefix),
      ...(networkSecurityGroup === undefined
        ? {}
        : { networkSecurityGroup: { id: await findGroupId(state, networkSecurityGroup.id) } }),
      ...(serviceEndpoints === undefined ? {} : { serviceEndpoints }),
      ...(privateEndpointNetworkPolicies === undefined ? {} : { privateEndpointNetworkPolicies }),
      ...(privateLinkServiceNetworkPolicies === undefined
        ? {}
        : { privateLinkServiceNetworkPolicies }),
      ...(defaultOutboundAccess === undefined ? {} : { defaultOutboundAccess }),
    },
  };
}

/** Throws unless every subnet is in the network's address space and overlaps no other. */
export function checkSubnets({ properties }: VirtualNetworkBody): void {
  const space = properties.addressSpace.addressPrefixes.map(rangeOf);
  const all = properties.subnets.flatMap(({ name, properties: { addressPrefixes } }) =>
    addressPrefixes.map((text) => ({ name, text })),
  );
  for (const { name, text } of all) {
    if (space.some((outer) => rangeContains(outer, rangeOf(text)))) continue;
    const message = `Subnet '${name}' is not valid because its IP address range '${text}' is outside the IP address range of the virtual network.`;
    throw new NightcapError("NetcfgInvalidSubnet", message);
  }
  checkDisjoint(all);
  const twice = properties.subnets.find(
    ({ name }, index) => findSubnetIndex(properties.subnets, name) !== index,
  );
  if (!twice) return;
  throw new NightcapError("InvalidParameter", `subnet "${twice.name}" is there twice`);
}

export const findSubnetIndex = (subnets: readonly Subnet[], name: string): number =>
  subnets.findIndex((each) => each.name.toLowerCase() === name.toLowerCase());

function checkPrefix(text: string): string {
  const canonical = text.includes("/") ? canonicalPrefix(text) : null;
  if (canonical === null) {
    throw new NightcapError(
      "InvalidParameter",
      `address prefix "${text}" is not a network in CIDR notation, such as "10.0.0.0/16"`,
    );
  }
  if (prefixRange(text)?.first === prefixRange(text.replace(/\/.*/, ""))?.first) return canonical;
  throw new NightcapError(
    "InvalidParameter",
    `address prefix "${text}" has bits set behind its length: "${canonical}" expected`,
  );
}

function checkDisjoint(prefixes: readonly { name: string; text: string }[]): void {
  // Sorted by their first address, networks that overlap are neighbours.
  const sorted = prefixes
    .map((each) => ({ ...each, range: rangeOf(each.text) }))
    .toSorted((a, b) => compare(a.range, b.range));
  for (const [index, each] of sorted.entries()) {
    const next = sorted[index + 1];
    if (!next || !rangesOverlap(each.range, next.range)) continue;
    throw new NightcapError(
      "NetcfgSubnetRangesOverlap",
      `Subnet '${next.name}' is not valid because its IP address range '${next.text}' overlaps with '${each.text}' of '${each.name}'.`,
    );
  }
}

const compare = (a: PrefixRange, b: PrefixRange): number =>
  a.family === b.family ? (a.first < b.first ? -1 : 1) : a.family < b.family ? -1 : 1;

function rangeOf(text: string): PrefixRange {
  const range = prefixRange(text);
  if (range === null) throw new Error(`"${text}" was stored as a network`);
  return range;
}

/** The network as clients see it, with the interfaces that are in each subnet. */
export function showNetwork(
  resource: StoredResource,
  members: readonly NetworkMember[],
): StoredResource {
  const { properties, ...rest } = networkOf(resource);
  return {
    ...resource,
    body: {
      ...rest,
      properties: {
        ...properties,
        provisioningState: "Succeeded",
        subnets: properties.subnets.map((subnet) => showSubnet(resource, subnet, members)),
        virtualNetworkPeerings: [],
        enableDdosProtection: false,
      },
    },
  };
}

/** A subnet as clients see it: its etag is the network's. Azure writes one prefix as `addressPrefix`. */
export function showSubnet(
  network: Pick<StoredResource, "id" | "etag">,
  { name, properties }: Subnet,
  members: readonly NetworkMember[],
) {
  const id = `${network.id}/subnets/${name}`;
  const { addressPrefixes, ...rest } = properties;
  const [only, ...others] = addressPrefixes;
  const configurations = members
    .filter(({ subnetId }) => subnetId?.toLowerCase() === id.toLowerCase())
    .map(({ configurationId }) => ({ id: configurationId }));
  return {
    id,
    name,
    type: subnetType,
    etag: network.etag,
    properties: {
      ...(others.length === 0 ? { addressPrefix: only } : { addressPrefixes }),
      ...rest,
      delegations: [],
      privateEndpointNetworkPolicies: rest.privateEndpointNetworkPolicies ?? "Disabled",
      privateLinkServiceNetworkPolicies: rest.privateLinkServiceNetworkPolicies ?? "Enabled",
      ...(configurations.length === 0 ? {} : { ipConfigurations: configurations }),
      provisioningState: "Succeeded",
    },
  };
}
