import { isIP } from "node:net";
import { prefixContains } from "../../arm/address-prefix.ts";
import { defaultSecurityRules } from "../../arm/default-security-rules.ts";
import {
  readPortRange,
  type SecurityRule,
  type SecurityRuleProperties,
} from "../../arm/security-rule.ts";

/** Azure's probe address of a load balancer. */
const loadBalancer = "168.63.129.16";

export interface RuleFlow {
  direction: SecurityRuleProperties["direction"];
  protocol: "Tcp" | "Udp";
  sourceAddress: string;
  destinationAddress: string;
  /** Null: any, which only a rule for all ports matches. */
  sourcePort: number | null;
  destinationPort: number | null;
}

export interface RuleDecision {
  access: "Allow" | "Deny";
  /** `securityRules/NAME` or `defaultSecurityRules/NAME`. */
  ruleName: string;
}

/** What the rules of a group say of a flow: the first that matches, by priority, decides. */
export function decideByRules(
  own: readonly SecurityRule[],
  flow: RuleFlow,
  networks: readonly string[],
): RuleDecision {
  const all = [
    ...named(own, "securityRules"),
    ...named(defaultSecurityRules, "defaultSecurityRules"),
  ];
  const found = all
    .toSorted((a, b) => a.properties.priority - b.properties.priority)
    .find(({ properties }) => matches(properties, flow, networks));
  // The last default rule of each direction matches everything.
  if (!found) throw new Error(`no rule for ${flow.direction}`);
  return { access: found.properties.access, ruleName: found.ruleName };
}

const named = (rules: readonly SecurityRule[], kind: string) =>
  rules.map(({ name, properties }) => ({ ruleName: `${kind}/${name}`, properties }));

function matches(
  rule: SecurityRuleProperties,
  flow: RuleFlow,
  networks: readonly string[],
): boolean {
  return (
    rule.direction === flow.direction &&
    (rule.protocol === "*" || rule.protocol === flow.protocol) &&
    portsMatch(one(rule.sourcePortRange, rule.sourcePortRanges), flow.sourcePort) &&
    portsMatch(one(rule.destinationPortRange, rule.destinationPortRanges), flow.destinationPort) &&
    addressMatches(
      one(rule.sourceAddressPrefix, rule.sourceAddressPrefixes),
      flow.sourceAddress,
      networks,
    ) &&
    addressMatches(
      one(rule.destinationAddressPrefix, rule.destinationAddressPrefixes),
      flow.destinationAddress,
      networks,
    )
  );
}

const one = (single: string | undefined, many: readonly string[]): readonly string[] =>
  single === undefined ? many : [single];

const portsMatch = (ranges: readonly string[], port: number | null): boolean =>
  ranges.some((text) => {
    const range = readPortRange(text);
    if (!range) return false;
    if (port === null) return range.from === 0 && range.to === 65_535;
    return port >= range.from && port <= range.to;
  });

function addressMatches(
  prefixes: readonly string[],
  address: string,
  networks: readonly string[],
): boolean {
  return prefixes.some((prefix) =>
    prefix === "*" ? isIP(address) !== 0 : expandPrefix(prefix, networks).matches(address),
  );
}

/** A service tag as networks, and whether an address is meant by it. */
export function expandPrefix(
  prefix: string,
  networks: readonly string[],
): { prefixes: string[]; matches(this: void, address: string): boolean } {
  const inNetwork = (address: string) =>
    networks.some((network) => prefixContains(network, address));
  switch (prefix) {
    case "VirtualNetwork":
      return { prefixes: [...networks], matches: inNetwork };
    case "Internet":
      return {
        prefixes: [],
        matches: (address) => !inNetwork(address) && address !== loadBalancer,
      };
    case "AzureLoadBalancer":
      return { prefixes: [`${loadBalancer}/32`], matches: (address) => address === loadBalancer };
    default:
      return { prefixes: [prefix], matches: (address) => prefixContains(prefix, address) };
  }
}
