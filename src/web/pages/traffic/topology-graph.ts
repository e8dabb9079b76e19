import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";

export interface GraphNode {
  key: string;
  /** Blank: one's own side, of which nobody knows the level. */
  name: string;
  kind: string;
  amount: number;
  hasMalicious: boolean;
  x: number;
  y: number;
}

export interface GraphEdge {
  key: string;
  source: GraphNode;
  target: GraphNode;
  amount: number;
  isMalicious: boolean;
  /** Nothing of it was let through. */
  isBlocked: boolean;
}

export interface TopologyGraph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Nodes of the answer that are not drawn. */
  leftOutCount: number;
}

/** More nobody can read; the table has them all. */
export const nodesMax = 60;
const outsideKinds = new Set(["Internet", "Malicious", "Azure", "Gateway", "Outside"]);
export const isOutside = (kind: string): boolean => outsideKinds.has(kind);

/** The busiest nodes with the edges between them, placed: one's own in the middle, what is outside around it. */
export function topologyGraph(answer: FlowAnswer, isUpright = false): TopologyGraph {
  const all = new Map<string, GraphNode>();
  const edges = recordsOf(answer).map((record, at): GraphEdge => {
    const amount = numberOf(record["Total"]);
    const isMalicious = numberOf(record["Malicious"]) > 0;
    const count = (end: "Source" | "Target"): GraphNode => {
      const [name, kind] = [String(record[end] ?? ""), String(record[`${end}Kind`] ?? "")];
      const node = all.get(`${kind} ${name}`) ?? newNode(name, kind);
      all.set(node.key, node);
      node.amount += amount;
      node.hasMalicious ||= isMalicious;
      return node;
    };
    const allowed = numberOf(record["AllowedInbound"]) + numberOf(record["AllowedOutbound"]);
    const isBlocked = allowed === 0 && amount > 0;
    const [source, target] = [count("Source"), count("Target")];
    return { key: `edge ${at}`, source, target, amount, isMalicious, isBlocked };
  });
  const nodes = [...all.values()].toSorted((a, b) => b.amount - a.amount).slice(0, nodesMax);
  const kept = new Set(nodes);
  const drawn = edges.filter(({ source, target }) => kept.has(source) && kept.has(target));
  place(nodes, drawn);
  // On a phone the picture stands on its end.
  if (isUpright) for (const node of nodes) [node.x, node.y] = [node.y, node.x];
  return { nodes, edges: drawn, leftOutCount: all.size - nodes.length };
}

const newNode = (name: string, kind: string): GraphNode => ({
  key: `${kind} ${name}`,
  name,
  kind,
  amount: 0,
  hasMalicious: false,
  x: 0,
  y: 0,
});

/** Half axes of the two ellipses, in units of the picture. */
const inner = { x: 300, y: 130 };
const outer = { x: 560, y: 250 };

function place(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): void {
  const own = nodes.filter(({ kind }) => !isOutside(kind)).toSorted(byName);
  const outside = nodes.filter(({ kind }) => isOutside(kind));
  for (const [at, node] of own.entries())
    moveTo(node, (at / own.length) * 2 * Math.PI - Math.PI / 2, own.length === 1 ? null : inner);
  // Each near those that it talks with, so that few edges cross.
  const wish = new Map(outside.map((node) => [node, angleOfPeers(node, edges)]));
  const order = outside.toSorted((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || byName(a, b));
  const first = wish.get(order[0] ?? newNode("", "")) ?? 0;
  for (const [at, node] of order.entries())
    moveTo(node, first + (at / order.length) * 2 * Math.PI, outer);
}

const byName = (a: GraphNode, b: GraphNode): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

function moveTo(node: GraphNode, angle: number, axes: { x: number; y: number } | null): void {
  node.x = axes === null ? 0 : Math.cos(angle) * axes.x;
  node.y = axes === null ? 0 : Math.sin(angle) * axes.y;
}

function angleOfPeers(node: GraphNode, edges: readonly GraphEdge[]): number {
  let [x, y] = [0, 0];
  for (const { source, target, amount } of edges) {
    const peer = source === node ? target : target === node ? source : null;
    if (!peer || isOutside(peer.kind)) continue;
    x += peer.x * amount;
    y += peer.y * amount;
  }
  return Math.atan2(y, x);
}
