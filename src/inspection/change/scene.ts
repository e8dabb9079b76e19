import type { Policy } from "../findings/policy.ts";
import type { Confidence } from "../findings/finding.ts";
import { contains, parseNetwork, type Network } from "../findings/network.ts";
import type { ChangeKind, ChangeMetric, SeenBefore } from "./change-answer.ts";
import type { AddressFacts } from "./change-options.ts";
import type { DomainUse } from "./domain-uses.ts";
import type { FlowChange } from "./flow-changes.ts";
import type { FlowSample, Group } from "./groups.ts";
import type { MetricShape, Spans } from "./metrics.ts";
import type { SocketOwner } from "./socket-owner.ts";
import type { Tallies } from "./tallies.ts";

/** One destination with its part of what grew. */
export interface Grown {
  group: Group;
  growth: number;
  share: number;
}

/** Everything that rules look at. */
export interface Scene {
  metric: ChangeMetric;
  /** Milliseconds since the epoch; all other times are milliseconds after it. */
  moment: number;
  shape: MetricShape;
  spans: Spans;
  /** Milliseconds after the moment: where after begins. */
  split: number;
  tallies: Tallies;
  domains: readonly DomainUse[];
  /** Questions of all domains after the split. */
  queries: number;
  /** Those that grew, most first. */
  destinations: readonly Grown[];
  /** All of them, grown or not, with all their sums. */
  servers(): Iterable<Group>;
  policy: Policy;
  /** The host's own addresses, as text. */
  localAddresses: readonly string[];
  text(key: number): string;
  nameOf(address: string): string | null;
  factsOf(address: string): AddressFacts | null;
  ownerOf(sample: FlowSample): SocketOwner | null;
  /** Whether the host talked to an address before; null where nobody knows. */
  seenBefore(address: string): SeenBefore | null;
}

/** What a rule takes the change for, before it is known how much of it that explains. */
export interface Candidate {
  kind: ChangeKind;
  confidence: Confidence;
  /** The flows that it is made of. */
  matches(flow: FlowChange): boolean;
  /** What it is, in a few words that the paragraph begins with: `an exfiltration to 203.0.113.7:443`. */
  title: string;
  /** The same in sentences with their full stops. */
  says: string;
  facts: Record<string, string | number>;
  displayFilter: string | null;
}

export type Rule = (scene: Scene) => Candidate | null;

const network = (text: string): Network => {
  const parsed = parseNetwork(text);
  if (!parsed) throw new Error(`no network: ${text}`);
  return parsed;
};

/** RFC 1918, 6598, 3927, 4193, 4291 and loopback: what lies here is not the Internet. */
const insideNetworks = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "fc00::/7",
  "fe80::/10",
  "::1/128",
].map(network);

/** True of an address that is not reached over the Internet. */
export function isInside(address: string): boolean {
  const parsed = parseNetwork(address);
  return parsed !== null && insideNetworks.some((inside) => contains(inside, parsed));
}

/** Bits that addresses of one network have in common, where nobody told its size: the usual ones. */
const usualPrefixLength = { 4: 24, 6: 64 } as const;

/** True of an address that is likely reached without a router from one of the host's own. */
export function isNear(address: string, localAddresses: readonly string[]): boolean {
  const parsed = parseNetwork(address);
  if (!parsed) return false;
  return localAddresses.some((local) => {
    const own = parseNetwork(local);
    return (
      own !== null && contains({ ...own, prefixLength: usualPrefixLength[own.version] }, parsed)
    );
  });
}

/** True when a policy names the destination, and does not exclude the port. */
export function isExpected(
  { allowedDestinations, allowedPorts }: Policy,
  address: string,
  { transport, port }: { transport: string; port: number },
): boolean {
  const parsed = parseNetwork(address);
  if (!parsed || !allowedDestinations?.some((allowed) => contains(allowed, parsed))) return false;
  return (
    allowedPorts === null ||
    allowedPorts.some(
      (range) =>
        (range.transport === null || range.transport === transport) &&
        port >= range.first &&
        port <= range.last,
    )
  );
}
