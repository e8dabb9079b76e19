import { BlockList, isIP } from "node:net";

/** One address or a network, as `192.0.2.4` or `2001:db8::/32`. */
export interface AddressPrefix {
  address: string;
  length: number;
  family: "ipv4" | "ipv6";
}

/** Null for what is neither an address nor a network. */
export function parseAddressPrefix(text: string): AddressPrefix | null {
  const [address = "", lengthText, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%") || rest.length > 0) return null;
  const bits = version === 4 ? 32 : 128;
  if (lengthText !== undefined && !/^\d{1,3}$/.test(lengthText)) return null;
  const length = lengthText === undefined ? bits : Number(lengthText);
  if (length > bits) return null;
  return { address, length, family: version === 4 ? "ipv4" : "ipv6" };
}

/** Whether `address` is in the network that `prefix` says; false for what cannot be read. */
export function prefixContains(prefix: string, address: string): boolean {
  const parsed = parseAddressPrefix(prefix);
  const version = isIP(address);
  if (parsed === null || version === 0) return false;
  if ((parsed.family === "ipv4") !== (version === 4)) return false;
  const list = new BlockList();
  list.addSubnet(parsed.address, parsed.length, parsed.family);
  return list.check(address, parsed.family);
}

/**
 * Networks that are not reachable from everywhere, by IANA's special-purpose registries
 * (RFC 6890, 2.2.2 and 2.2.3), and multicast.
 */
const specialNetworks = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "::1/128",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

const special = new BlockList();
for (const network of specialNetworks) {
  const parsed = parseAddressPrefix(network);
  if (parsed) special.addSubnet(parsed.address, parsed.length, parsed.family);
}

/** Whether the whole Internet may reach this address. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && !special.check(address, version === 4 ? "ipv4" : "ipv6");
}
