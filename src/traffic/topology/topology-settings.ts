import { z } from "zod";
import { createAddressWords } from "../../flowlog/address-words.ts";
import { readAddress } from "../prefix/address-text.ts";
import { addPrefix, createPrefixList, formatPrefix } from "../prefix/prefix-list.ts";

const nameLengthMax = 256;
const prefixesPerPartMax = 1_000;
const partCountMax = 100_000;

const name = z.string().min(1).max(nameLengthMax);
const nameOrNone = z.string().max(nameLengthMax).default("");

/** An address or a prefix; bits behind its length are a mistake, as in Azure. */
export const prefixText = z.string().superRefine((text, context) => {
  const list = createPrefixList();
  const problem = addPrefix(list, text);
  if (problem) return context.addIssue(`"${text}" is ${problem}`);
  if (beginsElsewhere(list.words, text))
    context.addIssue(`"${text}" has bits behind its length: ${formatPrefix(list, 0)} is meant`);
});

function beginsElsewhere(words: Uint32Array, text: string): boolean {
  const own = createAddressWords(1);
  readAddress(text.split("/")[0] ?? "", own, 0);
  return own.some((word, index) => words[index] !== word);
}

const prefixes = z.array(prefixText).max(prefixesPerPartMax);
const parts = <Schema extends z.ZodType>(schema: Schema) =>
  z.array(schema).max(partCountMax).default([]);

const owner = {
  /** The subscription's id; may be left out where there is only one. */
  subscription: nameOrNone,
  resourceGroup: nameOrNone,
};

export const virtualNetworkSettings = z.strictObject({
  ...owner,
  name,
  /** Azure's name of a region, such as "westeurope". */
  region: nameOrNone,
  /** Virtual networks of different scopes may use the same addresses. */
  scope: nameOrNone,
  prefixes: prefixes.min(1),
  subnets: parts(z.strictObject({ name, prefixes: prefixes.min(1) })),
});

export const hostSettings = z.strictObject({
  ...owner,
  /** The virtual machine's name. */
  name,
  networkInterface: nameOrNone,
  /** The scale set that the machine belongs to. */
  scaleSet: nameOrNone,
  /** Six octets in hexadecimal, with or without separators. */
  macAddress: z
    .string()
    .regex(/^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i, "six octets in hexadecimal")
    .or(z.literal(""))
    .default(""),
  /** The name of its virtual network: needed for addresses outside the networks' prefixes and in scopes. */
  virtualNetwork: nameOrNone,
  addresses: z
    .array(prefixText.refine((text) => !text.includes("/"), "an address is meant"))
    .max(prefixesPerPartMax),
});

export const gatewaySettings = z.strictObject({
  ...owner,
  name,
  region: nameOrNone,
  type: z.enum(["Vpn", "ExpressRoute"]),
  virtualNetwork: nameOrNone,
});

const connected = {
  name,
  scope: nameOrNone,
  prefixes: prefixes.min(1),
  /** The name of one of the gateways. */
  gateway: nameOrNone,
  connectionName: nameOrNone,
};

export const siteSettings = z.strictObject({
  ...connected,
  /** Azure's ConnectionType: a VPN gateway's site-to-site connection, or ExpressRoute. */
  connectionType: z.enum(["VpnGateway", "ExpressRoute"]).default("VpnGateway"),
});

export const clientPoolSettings = z.strictObject(connected);

/** What belongs to one's own network. The control plane gives the same shape from its resources. */
export const topologySettings = z.strictObject({
  virtualNetworks: parts(virtualNetworkSettings),
  hosts: parts(hostSettings),
  gateways: parts(gatewaySettings),
  /** On-premises sites behind a gateway. */
  sites: parts(siteSettings),
  /** Pools of point-to-site clients. */
  clientPools: parts(clientPoolSettings),
  /** Public prefixes of one's own, which are never AzurePublic. */
  ownedPublicPrefixes: z.array(prefixText).max(partCountMax).default([]),
});

export type VirtualNetworkSettings = z.infer<typeof virtualNetworkSettings>;
export type HostSettings = z.infer<typeof hostSettings>;
export type SiteSettings = z.infer<typeof siteSettings>;
export type ClientPoolSettings = z.infer<typeof clientPoolSettings>;
export type TopologySettings = z.infer<typeof topologySettings>;
/** The same before defaults are filled in. */
export type TopologyInput = z.input<typeof topologySettings>;
