import { addPrefix, createPrefixList, formatPrefix } from "./prefix/prefix-list.ts";
import { createPrefixTable, findPrefix } from "./prefix/prefix-table.ts";

/** A network whose addresses are nobody's on the Internet. */
export interface SpecialNetwork {
  readonly prefix: string;
  /** Words for a reason: what such an address is. */
  readonly what: string;
}

/** IANA's special-purpose registries (RFC 6890, 2.2.2 and 2.2.3), and multicast. */
const specialNetworks: readonly (readonly [prefix: string, what: string])[] = [
  ["0.0.0.0/8", "an address of this network (RFC 791)"],
  ["10.0.0.0/8", "a private address (RFC 1918)"],
  ["100.64.0.0/10", "an address shared by a carrier's customers (RFC 6598)"],
  ["127.0.0.0/8", "a loopback address (RFC 1122)"],
  ["169.254.0.0/16", "a link-local address (RFC 3927)"],
  ["169.254.169.254/32", "the link-local address of the instance metadata service"],
  ["172.16.0.0/12", "a private address (RFC 1918)"],
  ["192.0.0.0/24", "an address for protocols (RFC 6890)"],
  ["192.0.2.0/24", "an address for documentation (RFC 5737)"],
  ["192.168.0.0/16", "a private address (RFC 1918)"],
  ["198.18.0.0/15", "an address for benchmarks (RFC 2544)"],
  ["198.51.100.0/24", "an address for documentation (RFC 5737)"],
  ["203.0.113.0/24", "an address for documentation (RFC 5737)"],
  ["224.0.0.0/4", "a multicast address (RFC 5771)"],
  ["240.0.0.0/4", "a reserved address (RFC 1112)"],
  ["255.255.255.255/32", "the broadcast address (RFC 919)"],
  ["::/128", "the unspecified address (RFC 4291)"],
  ["::1/128", "the loopback address (RFC 4291)"],
  ["64:ff9b:1::/48", "an address for local translation (RFC 8215)"],
  ["100::/64", "an address to discard (RFC 6666)"],
  ["2001::/23", "an address for protocols (RFC 2928)"],
  ["2001:db8::/32", "an address for documentation (RFC 3849)"],
  ["3fff::/20", "an address for documentation (RFC 9637)"],
  ["5f00::/16", "a segment identifier (RFC 9602)"],
  ["fc00::/7", "a unique local address (RFC 4193)"],
  ["fe80::/10", "a link-local address (RFC 4291)"],
  ["ff00::/8", "a multicast address (RFC 4291)"],
];

const list = createPrefixList();
for (const [prefix] of specialNetworks) addPrefix(list, prefix);
const table = createPrefixTable(list);
const networks: readonly SpecialNetwork[] = specialNetworks.map(([, what], index) => ({
  prefix: formatPrefix(list, index),
  what,
}));

/** The special network of the address at `at`; null for one that the whole Internet may reach. */
export function findSpecialNetwork(words: Uint32Array, at: number): SpecialNetwork | null {
  return networks[findPrefix(table, words, at)] ?? null;
}

/**
 * Azure's own public address inside every virtual network: DHCP, DNS, health probes and the agent
 * (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
 */
export const platformAddress = "168.63.129.16";
