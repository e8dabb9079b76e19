import type { ProtocolNode } from "../../inspection/inspection.ts";

export interface HierarchyRow {
  node: ProtocolNode;
  depth: number;
  /** `eth/ip/tcp`: unlike any other row's. */
  path: string;
}

/** The tree from top to bottom, each protocol before those inside it. */
export function flatHierarchy(
  nodes: readonly ProtocolNode[],
  above: { depth: number; path: string } = { depth: 0, path: "" },
): HierarchyRow[] {
  return nodes.flatMap((node) => {
    const path = `${above.path}/${node.protocol}`;
    const inside = flatHierarchy(node.children, { depth: above.depth + 1, path });
    return [{ node, depth: above.depth, path }, ...inside];
  });
}

export interface TreemapNode {
  name: string;
  value: number;
  children: TreemapNode[];
}

/** By bytes; a frame may have a protocol twice, so that the parts of a whole may be more than it. */
export const treemapOf = (nodes: readonly ProtocolNode[]): TreemapNode[] =>
  nodes.map(({ protocol, bytes, children }) => ({
    name: protocol,
    value: bytes,
    children: treemapOf(children),
  }));
