import { parseNetwork, type Network } from "./network.ts";

/** What is expected on a network; what is not becomes a finding. See docs/reference/policy.md. */
export interface Policy {
  /** Wireshark's names, and `tor` and `stratum`: found anywhere, these are findings. */
  unwantedProtocols: readonly string[];
  /** Null: any. Otherwise protocols above the transport that are not here are findings. */
  allowedProtocols: readonly string[] | null;
  /** Null: any. Otherwise service ports that are not here are findings. */
  allowedPorts: readonly PortRange[] | null;
  /** Null: any. Otherwise addresses of services in none of these networks are findings. */
  allowedDestinations: readonly Network[] | null;
}

export interface PortRange {
  transport: "tcp" | "udp" | null;
  first: number;
  last: number;
}

/** Used when no file is given. */
export const defaultPolicy: Policy = {
  unwantedProtocols: ["bittorrent", "bt-dht", "bt-utp", "irc", "tor", "stratum", "telnet"],
  allowedProtocols: null,
  allowedPorts: null,
  allowedDestinations: null,
};

/** Entries of one list of a policy. */
const entryCountMax = 10_000;
const portMax = 65_535;
const keys = [
  "unwantedProtocols",
  "allowedProtocols",
  "allowedPorts",
  "allowedDestinations",
] as const;

/** A policy file that cannot be used; the message names the key and what is allowed there. */
export class PolicyError extends Error {
  readonly code = "SettingsInvalid";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PolicyError";
  }
}

/** Reads the text of a policy file (JSON). */
export function parsePolicy(text: string): Policy {
  const value = readJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new PolicyError(`a policy is a JSON object with any of the keys ${keys.join(", ")}`);
  const unknown = Object.keys(value).find((key) => !keys.some((known) => known === key));
  if (unknown !== undefined)
    throw new PolicyError(
      `a policy has no key ${JSON.stringify(unknown)}: allowed are ${keys.join(", ")}`,
    );
  const lists = value as Record<string, unknown>;
  return {
    unwantedProtocols:
      listOf(lists, "unwantedProtocols", protocolOf) ?? defaultPolicy.unwantedProtocols,
    allowedProtocols: listOf(lists, "allowedProtocols", protocolOf),
    allowedPorts: listOf(lists, "allowedPorts", portsOf),
    allowedDestinations: listOf(lists, "allowedDestinations", networkOf),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PolicyError("a policy is a JSON file, and this is none", { cause });
  }
}

function listOf<Item>(
  lists: Record<string, unknown>,
  key: string,
  read: (value: unknown, where: string) => Item,
): Item[] | null {
  const value = lists[key];
  if (value === undefined) return null;
  if (!Array.isArray(value)) throw new PolicyError(`"${key}" is a list`);
  if (value.length > entryCountMax)
    throw new PolicyError(
      `"${key}" has ${value.length} entries, at most ${entryCountMax} are allowed`,
    );
  return value.map((item: unknown, at) => read(item, `"${key}[${at}]"`));
}

function protocolOf(value: unknown, where: string): string {
  if (typeof value === "string" && /^[a-z0-9][a-z0-9._-]{0,63}$/.test(value)) return value;
  throw new PolicyError(
    `${where} is ${shown(value)}: a protocol is one of Wireshark's filter names in small letters, as "dns" or "tls"`,
  );
}

function portsOf(value: unknown, where: string): PortRange {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(
    typeof value === "number" ? String(value) : typeof value === "string" ? value : "",
  );
  const first = Number(found?.[1] ?? -1);
  const last = Number(found?.[2] ?? first);
  const name = found?.[3];
  const transport = name === "tcp" || name === "udp" ? name : null;
  if (found && first <= last && last <= portMax) return { transport, first, last };
  throw new PolicyError(
    `${where} is ${shown(value)}: ports are written 443, "443/tcp" or "8000-8100/udp", from 0 to ${portMax}`,
  );
}

function networkOf(value: unknown, where: string): Network {
  const network = typeof value === "string" ? parseNetwork(value) : null;
  if (network) return network;
  throw new PolicyError(
    `${where} is ${shown(value)}: a destination is an address or a network, as "192.0.2.7", "10.0.0.0/8" or "2001:db8::/32"`,
  );
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 80);
