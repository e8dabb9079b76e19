import { z } from "zod";
import { tags } from "./tracked-resource.ts";

export const virtualNetworkType = "Microsoft.Network/virtualNetworks";
export const subnetType = "Microsoft.Network/virtualNetworks/subnets";

/** Azure's limit of subnets in a network. */
export const subnetCountMax = 3_000;
const prefixCountMax = 100;
const idLengthMax = 2_048;

const readOnly = z.unknown().optional();
const prefix = z.string().min(1).max(50);
const resourceId = z.object({ id: z.string().min(1).max(idLengthMax) });
const policy = z.enum(["Enabled", "Disabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"]);
const none = z.array(z.never("nothing of the kind is known here: an empty list expected"));

/** `properties` of a subnet, as clients send them. */
const subnetProperties = z.strictObject({
  addressPrefix: prefix.optional(),
  addressPrefixes: z.array(prefix).max(prefixCountMax).optional(),
  networkSecurityGroup: resourceId.optional(),
  serviceEndpoints: z
    .array(z.looseObject({ service: z.string().max(100) }))
    .max(100)
    .optional(),
  delegations: none.optional(),
  privateEndpointNetworkPolicies: policy.optional(),
  privateLinkServiceNetworkPolicies: policy.optional(),
  defaultOutboundAccess: z.boolean().optional(),
  ipConfigurations: readOnly,
  privateEndpoints: readOnly,
  purpose: readOnly,
  provisioningState: readOnly,
});

/** Body of PUT subnets. */
export const subnetRequest = z.strictObject({
  id: readOnly,
  type: readOnly,
  etag: readOnly,
  name: z.string().min(1).max(80).optional(),
  properties: subnetProperties,
});

/** Body of PUT virtualNetworks; what the server says is taken back and not looked at. */
export const virtualNetworkRequest = z.strictObject({
  id: readOnly,
  name: readOnly,
  type: readOnly,
  etag: readOnly,
  location: z.string().min(1).max(60),
  tags: tags.optional(),
  properties: z.strictObject({
    addressSpace: z.strictObject({
      addressPrefixes: z.array(prefix).min(1).max(prefixCountMax),
    }),
    dhcpOptions: z
      .strictObject({ dnsServers: z.array(z.string().max(45)).max(64).default([]) })
      .optional(),
    /** Kept; how long the kernel remembers a flow is the host's own affair. */
    flowTimeoutInMinutes: z.int().min(4).max(30).optional(),
    subnets: z
      .array(subnetRequest.extend({ name: z.string().min(1).max(80) }))
      .max(subnetCountMax)
      .default([]),
    virtualNetworkPeerings: none.optional(),
    enableDdosProtection: z.literal(false, "not supported: DDoS protection").optional(),
    enableVmProtection: z.boolean().optional(),
    privateEndpointVNetPolicies: z.enum(["Disabled", "Basic"]).optional(),
    encryption: readOnly,
    flowLogs: readOnly,
    resourceGuid: readOnly,
    provisioningState: readOnly,
  }),
});

export type SubnetRequest = z.infer<typeof subnetRequest>;
