import type { Network } from "../inspection/findings/network.ts";
import { addressText, type Block, blockIdOf, networkText, portText, widthOf } from "./block.ts";
import { type BlockSet, placeInSets, type Timed } from "./layers.ts";

/** Where the control plane is reached; more than one when its name has several addresses. */
export interface ControlEndpoint {
  readonly network: Network;
  readonly port: number;
}

/** All that is in the table. */
export interface TableContent {
  readonly name: string;
  readonly control: readonly ControlEndpoint[];
  readonly exempt: readonly Network[];
  readonly blocks: readonly Timed[];
}

/** Ends the table, whether it is there or not. */
export const removalScript = (name: string): string =>
  `add table inet ${name}\ndelete table inet ${name}\n`;

/**
 * The whole table as one transaction (nft(8)): the kernel has the old one or the new one and nothing
 * between, and no other table is touched. Elements end by themselves, whatever becomes of the agent.
 * Ours comes before the usual filters (priority filter - 10), so connections that run are cut too.
 */
export function tableScript(content: TableContent): string {
  const sets = placeInSets(content.blocks);
  const lines = [
    `table inet ${content.name} {`,
    `  comment "timed blocks of the nightcap agent: they end by themselves"`,
    ...exemptSets(content),
    ...sets.map(setText),
    "  chain cut {",
    // The reset ends the connection at once; without an answer a client would wait for its own limit.
    "    meta l4proto tcp reject with tcp reset",
    "    reject with icmpx admin-prohibited",
    "  }",
    ...chain("output", [
      'oifname "lo" accept',
      ...exemptions("daddr", "dport"),
      ...lookups(sets, "out"),
    ]),
    ...chain("input", [
      'iifname "lo" accept',
      ...exemptions("saddr", "sport"),
      ...lookups(sets, "in"),
    ]),
    ...chain("forward", [
      ...exemptions("daddr", "dport"),
      ...exemptions("saddr", "sport"),
      ...lookups(sets, "out"),
      ...lookups(sets, "in"),
    ]),
    "}",
  ];
  return `${removalScript(content.name)}${lines.join("\n")}\n`;
}

const chain = (hook: string, rules: readonly string[]): string[] => [
  `  chain ${hook} {`,
  `    type filter hook ${hook} priority filter - 10; policy accept;`,
  ...rules.map((rule) => `    ${rule}`),
  "  }",
];

/** Neighbours have to be found for anything to be reached by IPv6 (RFC 4861). */
const neighbourRule =
  "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept";

const exemptions = (side: "daddr" | "saddr", port: "dport" | "sport"): string[] => [
  `ip ${side} . tcp ${port} @control4 accept`,
  `ip6 ${side} . tcp ${port} @control6 accept`,
  `ip ${side} @exempt4 accept`,
  `ip6 ${side} @exempt6 accept`,
  neighbourRule,
];

function exemptSets({ control, exempt }: TableContent): string[] {
  return ([4, 6] as const).flatMap((version) => {
    const endpoints = control
      .filter(({ network }) => network.version === version)
      .map(({ network, port }) => `${networkText(network)} . ${port}`);
    const networks = exempt.filter((network) => network.version === version).map(rangeText);
    const type = `ipv${version}_addr`;
    return [
      `  set control${version} { type ${type} . inet_service; ${elementsText(endpoints)}}`,
      `  set exempt${version} { type ${type}; flags interval; auto-merge; ${elementsText(networks)}}`,
    ];
  });
}

const elementsText = (elements: readonly string[]): string =>
  elements.length === 0 ? "" : `elements = { ${[...new Set(elements)].join(", ")} } `;

function setText({ name, version, hasPorts, elements }: BlockSet): string {
  const type = `ipv${version}_addr . inet_proto${hasPorts ? " . inet_service" : ""}`;
  const texts = elements.map(elementText);
  return `  set ${name} { type ${type}; flags interval,timeout; counter; ${elementsText(texts)}}`;
}

function elementText({ block, remainingMilliseconds, packets, bytes }: Timed): string {
  const key = [rangeText(block.network), protocolText(block)];
  if (block.ports) key.push(portText(block.ports));
  const counted = `counter packets ${packets} bytes ${bytes}`;
  return `${key.join(" . ")} ${counted} timeout ${remainingMilliseconds}ms comment "${blockIdOf(block)}"`;
}

/** IANA's numbers; any is all of them. */
function protocolText({ protocol, network }: Block): string {
  if (protocol === null) return "0-255";
  if (protocol === "icmp") return network.version === 4 ? "1" : "58";
  return protocol === "tcp" ? "6" : "17";
}

/** Everything is a range: nft has no prefix of length 0 in a set. */
function rangeText(network: Network): string {
  if (network.prefixLength > 0) return networkText(network);
  const last = (1n << BigInt(widthOf(network))) - 1n;
  return `${networkText({ ...network, prefixLength: widthOf(network) })}-${addressText(network.version, last)}`;
}

const lookups = (sets: readonly BlockSet[], direction: "in" | "out"): string[] =>
  sets.filter((set) => set.direction === direction).map(lookup);

function lookup({ name, direction, version, hasPorts }: BlockSet): string {
  const side = direction === "out" ? "daddr" : "saddr";
  const family = version === 4 ? "ip" : "ip6";
  const ports = hasPorts ? " . th dport" : "";
  const verdict = direction === "out" ? "goto cut" : "drop";
  return `${family} ${side} . meta l4proto${ports} @${name} ${verdict}`;
}
