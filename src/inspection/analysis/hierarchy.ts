import type { ProtocolNode } from "../inspection.ts";

/** Nodes of one hierarchy; paths beyond it are cut where they would need a new node. */
const nodeCountMax = 20_000;

interface Node {
  protocol: string;
  frames: number;
  bytes: number;
  children: Map<string, Node>;
}

/** Counts frames by the path of protocols in them, as tshark's `io,phs` does. */
export class Hierarchy {
  readonly #root = newNode("frame");
  #nodes = 0;

  add(path: readonly string[], depth: number, bytes: number): void {
    let node = this.#root;
    for (let level = 0; level < depth; level++) {
      const name = path[level] ?? "";
      const child = node.children.get(name) ?? this.#addNode(node, name);
      if (!child) return;
      node = child;
      node.frames++;
      node.bytes += bytes;
    }
  }

  result(): ProtocolNode[] {
    return plain(this.#root).children;
  }

  #addNode(parent: Node, protocol: string): Node | null {
    if (this.#nodes >= nodeCountMax) return null;
    this.#nodes++;
    const node = newNode(protocol);
    parent.children.set(protocol, node);
    return node;
  }
}

function newNode(protocol: string): Node {
  return { protocol, frames: 0, bytes: 0, children: new Map() };
}

function plain({ protocol, frames, bytes, children }: Node): ProtocolNode {
  return { protocol, frames, bytes, children: Array.from(children.values(), plain) };
}
