import type { ProtocolNode } from "../inspection.ts";

/** Nodes of one hierarchy; paths beyond it are cut where they would need a new node. */
const nodeCountMax = 20_000;

interface Node {
  readonly protocol: string;
  /** Frames and bytes whose path ends here; those of its children are added at the end. */
  frames: number;
  bytes: number;
  readonly children: Node[];
  /** The child found last, which most often is the next one too. */
  latest: Node | null;
}

/** Counts frames by the path of protocols in them, as tshark's `io,phs` does. */
export class Hierarchy {
  readonly #root = newNode("frame");
  #nodes = 0;

  /** Names are constants of the dissectors, so that comparing them compares references. */
  add(path: readonly string[], depth: number, bytes: number): void {
    this.#count(path, depth, 1, bytes);
  }

  /** Counts frames of one path that were added up elsewhere. */
  addMany(path: readonly string[], frames: number, bytes: number): void {
    this.#count(path, path.length, frames, bytes);
  }

  #count(path: readonly string[], depth: number, frames: number, bytes: number): void {
    let node = this.#root;
    for (let level = 0; level < depth; level++) {
      const child = this.#childOf(node, path[level] ?? "");
      if (!child) break;
      node = child;
    }
    node.frames += frames;
    node.bytes += bytes;
  }

  /** Counts a frame elsewhere, of which later frames tell that it holds more than was known. */
  move(path: readonly string[], to: readonly string[], bytes: number): void {
    this.add(to, to.length, bytes);
    this.#count(path, path.length, -1, -bytes);
  }

  result(): ProtocolNode[] {
    return summed(this.#root).children;
  }

  #childOf(parent: Node, protocol: string): Node | null {
    const { children, latest } = parent;
    if (latest !== null && latest.protocol === protocol) return latest;
    for (let index = 0; index < children.length; index++) {
      const child = children[index];
      if (child?.protocol !== protocol) continue;
      parent.latest = child;
      return child;
    }
    if (this.#nodes >= nodeCountMax) return null;
    this.#nodes++;
    const node = newNode(protocol);
    children.push(node);
    return node;
  }
}

function newNode(protocol: string): Node {
  return { protocol, frames: 0, bytes: 0, children: [], latest: null };
}

function summed({ protocol, frames, bytes, children }: Node): ProtocolNode {
  const below = children.map(summed).filter((child) => child.frames > 0);
  return {
    protocol,
    frames: below.reduce((sum, child) => sum + child.frames, frames),
    bytes: below.reduce((sum, child) => sum + child.bytes, bytes),
    children: below,
  };
}
