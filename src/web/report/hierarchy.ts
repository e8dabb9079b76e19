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

/** By bytes; what no protocol inside accounts for is a part by the protocol's own name. */
export const treemapOf = (nodes: readonly ProtocolNode[]): TreemapNode[] =>
  nodes.map(({ protocol, bytes, children }) => {
    const inside = children.reduce((sum, child) => sum + child.bytes, 0);
    // A frame may have a protocol twice, so that the parts of a whole may be more than it.
    const own =
      children.length > 0 && bytes > inside
        ? [{ name: protocol, value: bytes - inside, children: [] }]
        : [];
    return { name: protocol, value: bytes, children: [...treemapOf(children), ...own] };
  });
