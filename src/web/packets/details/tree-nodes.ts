import type {
  ByteRange,
  FieldNode,
  LayerNode,
  PacketDetail,
} from "../../../inspection/browse/packet-book.ts";

/** A line of the tree: a layer, or a field of the layer above it. */
export interface TreeNode {
  /** The same for the same field of other packets, so that it stays chosen from packet to packet. */
  key: string;
  /** The layer's key, of a field. */
  parent: string | null;
  layer: LayerNode;
  field: FieldNode | null;
  range: ByteRange | null;
  isOpen: boolean;
  /** Among its siblings, from 1, and how many those are. */
  position: number;
  size: number;
}

/** Which layers were opened and closed by hand; of the others, the innermost that has fields is open. */
export type Openness = ReadonlyMap<string, boolean>;

export function treeNodes({ layers }: PacketDetail, openness: Openness): TreeNode[] {
  const innermost = layers.findLastIndex(({ fields }) => fields.length > 0);
  const layerKeys = distinctKeys(layers.map(({ protocol }) => protocol));
  return layers.flatMap((layer, at) => {
    const key = layerKeys[at] ?? "";
    const isOpen = openness.get(layer.protocol) ?? at === innermost;
    const place = { position: at + 1, size: layers.length };
    const node: TreeNode = {
      ...place,
      key,
      parent: null,
      layer,
      field: null,
      range: layer.range,
      isOpen,
    };
    return isOpen ? [node, ...fieldNodes(layer, key)] : [node];
  });
}

function fieldNodes(layer: LayerNode, parent: string): TreeNode[] {
  const { fields } = layer;
  const keys = distinctKeys(fields.map(({ name }) => name));
  return fields.map((field, at) => ({
    key: `${parent}/${keys[at]}`,
    parent,
    layer,
    field,
    range: field.range,
    isOpen: false,
    position: at + 1,
    size: fields.length,
  }));
}

/** A name that comes again gets a number. */
function distinctKeys(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  });
}

/** The smallest part of the packet that a byte belongs to; null where none claims it. */
export function innermostAt(
  detail: PacketDetail,
  { data, at }: { data: number; at: number },
): TreeNode | null {
  const everything = new Map(detail.layers.map(({ protocol }) => [protocol, true]));
  let best: TreeNode | null = null;
  for (const node of treeNodes(detail, everything)) {
    const { range } = node;
    if (!range || range.data !== data || at < range.start || at >= range.end) continue;
    // Of equals the later one: it lies deeper.
    if (!best?.range || sizeOf(range) <= sizeOf(best.range)) best = node;
  }
  return best;
}

const sizeOf = ({ start, end }: ByteRange): number => end - start;
