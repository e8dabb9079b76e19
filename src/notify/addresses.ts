import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { NightcapError } from "../common/errors.ts";

/** Networks of one's own (RFC 1918, 4193, 6598, 6890). */
const privateNetworks = blockList([
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "::1/128",
  "fc00::/7",
]);

/** No receiver is there: cloud metadata services, multicast, addresses that stand for any. */
const neverNetworks = blockList([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "fe80::/10",
  "ff00::/8",
]);

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix = ""] = network.split("/");
    list.addSubnet(address, Number(prefix), address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

export type AddressClass = "public" | "private" | "never";

/** What an address is for; one of IPv4 in IPv6 (mapped, NAT64, 6to4) is judged by what it holds. */
export function classifyAddress(address: string): AddressClass {
  const version = isIP(address);
  if (version === 0) return "never";
  if (version === 6) {
    const inside = embeddedAddress(address);
    if (inside !== null) return classifyAddress(inside);
  }
  const family = version === 6 ? "ipv6" : "ipv4";
  if (neverNetworks.check(address, family)) return "never";
  return privateNetworks.check(address, family) ? "private" : "public";
}

function embeddedAddress(address: string): string | null {
  // WHATWG's form has all numbers in hexadecimal, and the longest run of zeros left out.
  const text = new URL(`http://[${address.split("%")[0]}]/`).hostname.slice(1, -1);
  const found =
    /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text) ??
    /^2002:([0-9a-f]{1,4}):([0-9a-f]{1,4}):/.exec(text);
  if (!found) return null;
  const [high, low] = [found[1] ?? "", found[2] ?? ""].map((part) => Number.parseInt(part, 16));
  return [high ?? 0, low ?? 0].flatMap((part) => [part >> 8, part & 255]).join(".");
}

export interface AddressRules {
  allowPrivateAddresses: boolean;
  /** True: nothing but a private address will do, for the connection is in the clear. */
  onlyPrivate: boolean;
}

/**
 * The addresses of a host that may be called. They are the ones that are then connected to: a name that answers
 * otherwise a moment later changes nothing. Throws `InvalidRequest` where none may be called.
 */
export async function findAddresses(host: string, rules: AddressRules): Promise<LookupAddress[]> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const found = await lookup(bare, { all: true }).catch((cause: unknown) => {
    throw new NightcapError("ServiceUnavailable", `name ${host} is not known`, { cause });
  });
  const reasons = found.map(({ address }) => refusalOf(address, rules));
  const allowed = found.filter((_, at) => reasons[at] === null);
  if (allowed.length > 0) return allowed;
  throw new NightcapError("InvalidRequest", `${host} is not called: ${reasons[0] ?? "no address"}`);
}

function refusalOf(address: string, rules: AddressRules): string | null {
  const kind = classifyAddress(address);
  if (kind === "never") return "no receiver can be there";
  if (kind === "private" && !rules.allowPrivateAddresses) {
    return "it is in a private network, and allowPrivateAddresses is not set";
  }
  if (kind === "public" && rules.onlyPrivate) {
    return "without encryption only private addresses are called";
  }
  return null;
}
