import type { ProtocolNode } from "../inspection.ts";

export interface ProtocolTotal {
  protocol: string;
  frames: number;
  bytes: number;
}

/** Protocols that carry others; what they carry is what people ask about. */
const carriers: ReadonlySet<string> = new Set([
  "eth", "sll", "sll2", "raw", "null", "vlan", "ethertype", "llc", "ip", "ipv6",
  "ipv6.fraghdr", "tcp", "udp", "tcp.segments", "ppp", "pppoes", "mpls", "gre", "vxlan", "ipip",
]); // prettier-ignore
/** An ICMP error quotes the packet it is about: those headers are not traffic. */
const quoting: ReadonlySet<string> = new Set(["icmp", "icmpv6"]);

/**
 * What the frames are about: the first protocol above link, network and transport on each path, most
 * bytes first. A carrier with nothing above it in some frames (bare acknowledgements) counts as itself.
 */
export function applicationProtocols(hierarchy: readonly ProtocolNode[]): ProtocolTotal[] {
  const totals = new Map<string, ProtocolTotal>();
  const add = (protocol: string, frames: number, bytes: number): void => {
    const total = totals.get(protocol) ?? { protocol, frames: 0, bytes: 0 };
    totals.set(protocol, {
      protocol,
      frames: total.frames + frames,
      bytes: total.bytes + bytes,
    });
  };
  const waiting = [...hierarchy];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const above = carriers.has(node.protocol) ? node.children : [];
    waiting.push(...above);
    const frames = node.frames - sum(above, (child) => child.frames);
    const bytes = node.bytes - sum(above, (child) => child.bytes);
    if (frames > 0) add(node.protocol, frames, Math.max(0, bytes));
  }
  return [...totals.values()].sort(
    (one, other) => other.bytes - one.bytes || compareText(one.protocol, other.protocol),
  );
}

/** Every node of one protocol that is not quoted by an ICMP error nor inside `outside`. */
export function nodesOf(
  hierarchy: readonly ProtocolNode[],
  protocol: string,
  outside: readonly string[] = [],
): ProtocolNode[] {
  const found: ProtocolNode[] = [];
  const waiting = [...hierarchy];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.protocol === protocol) found.push(node);
    else if (!quoting.has(node.protocol) && !outside.includes(node.protocol))
      waiting.push(...node.children);
  }
  return found;
}

export const sum = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

/** Order that does not depend on the reader's language. */
export const compareText = (one: string, other: string): number =>
  one < other ? -1 : one > other ? 1 : 0;

/** Levels and rows of the hierarchy that a report keeps; real ones are far smaller. */
const depthMax = 16;
const siblingCountMax = 32;

/** The hierarchy, most bytes first, without what goes beyond the report's bounds. */
export function boundedHierarchy(
  nodes: readonly ProtocolNode[],
  depth = 0,
  budget = { rows: 400 },
): ProtocolNode[] {
  if (depth >= depthMax) return [];
  const sorted = nodes.toSorted(
    (one, other) => other.bytes - one.bytes || compareText(one.protocol, other.protocol),
  );
  const kept: ProtocolNode[] = [];
  for (const node of sorted.slice(0, siblingCountMax)) {
    if (budget.rows <= 0) break;
    budget.rows--;
    const children = boundedHierarchy(node.children, depth + 1, budget);
    kept.push({ protocol: node.protocol, frames: node.frames, bytes: node.bytes, children });
  }
  return kept;
}

/** Frames with a TCP header of their own; headers quoted by ICMP errors are not traffic. */
export const tcpSegmentCount = (hierarchy: readonly ProtocolNode[]): number =>
  sum(nodesOf(hierarchy, "tcp"), ({ frames }) => frames);
