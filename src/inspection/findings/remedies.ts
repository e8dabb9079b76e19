// Commands that would stop a kind of traffic. They are text for people: nothing here is run.
import { plainAddress } from "../summary/safe-text.ts";
import { blockCommands, blockTargets } from "./block-targets.ts";
import type { Remedy } from "./finding.ts";
import { parseAddress } from "./network.ts";

/** Addresses, and ports, that one rule names. */
const namedCountMax = 50;

/** What a rule is to stop, seen from the host or network that is to be protected. */
export interface Unwanted {
  /** What it is, in letters, digits and `-`: `telnet`, `port-6881`. */
  name: string;
  transport: "tcp" | "udp";
  /** `out`: we asked them; `in`: they ask us. */
  direction: "in" | "out";
  /** Addresses of the other side. */
  peers: readonly string[];
  /** Ports of the service. */
  ports: readonly number[];
}

/** The same stop as a rule of an Azure network security group and of nftables on the host. */
export function remediesFor(unwanted: Unwanted): Remedy[] {
  const peers = unwanted.peers
    .filter((address) => plainAddress(address) !== null && parseAddress(address) !== null)
    .slice(0, namedCountMax);
  const ports = unwanted.ports.slice(0, namedCountMax);
  if (peers.length === 0 || ports.length === 0) return [];
  const known = { ...unwanted, name: ruleName(unwanted.name), peers, ports };
  const targets = blockTargets(known);
  return [
    {
      what: "Azure network security group (set RESOURCE_GROUP and NSG first; choose a free priority)",
      command: securityGroupRules(known),
    },
    { what: "nftables on the host, as root", command: nftablesRules(known) },
    {
      what: "Nightcap on the host, for 30 minutes (set HOST first; its administrator has to allow it)",
      command: blockCommands(targets),
      targets,
    },
  ];
}

const ruleName = (name: string): string => name.replaceAll(/[^A-Za-z0-9-]/g, "-").slice(0, 40);

/** A rule takes addresses of one IP version only. */
function securityGroupRules(unwanted: Unwanted): string {
  const rules = ([4, 6] as const).flatMap((version) => {
    const peers = ofVersion(unwanted.peers, version);
    return peers.length === 0 ? [] : [securityGroupRule(unwanted, version, peers)];
  });
  return rules.join("\n");
}

function securityGroupRule(
  { name, transport, direction, ports }: Unwanted,
  version: 4 | 6,
  peers: readonly string[],
): string {
  const isOut = direction === "out";
  const here = "'*'";
  const there = peers.join(" ");
  return [
    "az network nsg rule create",
    '--resource-group "$RESOURCE_GROUP" --nsg-name "$NSG"',
    `--name nightcap-deny-${name}-${transport}-${direction}${version === 6 ? "-6" : ""}`,
    `--priority ${version === 6 ? 201 : 200}`,
    `--direction ${isOut ? "Outbound" : "Inbound"} --access Deny`,
    `--protocol ${transport === "tcp" ? "Tcp" : "Udp"}`,
    `--source-address-prefixes ${isOut ? here : there} --source-port-ranges '*'`,
    `--destination-address-prefixes ${isOut ? there : here}`,
    `--destination-port-ranges ${ports.join(" ")}`,
  ].join(" \\\n  ");
}

/** In a table of its own, so that no other rule has to be known; later rules cannot allow it again. */
function nftablesRules({ name, transport, direction, peers, ports }: Unwanted): string {
  const chain = direction === "out" ? "output" : "input";
  const side = direction === "out" ? "daddr" : "saddr";
  const rules = ([4, 6] as const).flatMap((version) => {
    const addresses = ofVersion(peers, version);
    if (addresses.length === 0) return [];
    const family = version === 4 ? "ip" : "ip6";
    return `    ${family} ${side} { ${addresses.join(", ")} } ${transport} dport { ${ports.join(", ")} } counter drop comment "nightcap ${name}"`;
  });
  return [
    "nft -f - <<'END'",
    "table inet nightcap {",
    `  chain ${chain} {`,
    `    type filter hook ${chain} priority filter; policy accept;`,
    ...rules,
    "  }",
    "}",
    "END",
  ].join("\n");
}

const ofVersion = (addresses: readonly string[], version: 4 | 6): string[] =>
  addresses.filter((address) => parseAddress(address)?.version === version);
