import { NightcapError } from "../common/errors.ts";
import { type Block, blockIdOf, widthOf } from "./block.ts";

/** Sets of one kind; so many blocks may overlap in one place. */
const layerCountMax = 16;

/** A block with what is left of it, as one element of a set. */
export interface Timed {
  readonly block: Block;
  readonly remainingMilliseconds: number;
  /** Counted so far, so that a change of the table does not begin at nothing. */
  readonly packets: number;
  readonly bytes: number;
}

/** Elements that do not overlap, and so can be in one set. */
export interface BlockSet {
  /** `out4_0`, `in6_port_1` */
  readonly name: string;
  readonly direction: "in" | "out";
  readonly version: 4 | 6;
  /** Elements have ports, which only packets with a transport header have. */
  readonly hasPorts: boolean;
  readonly elements: readonly Timed[];
}

/** nft refuses elements of one set that overlap: each goes into the first set where it does not. */
export function placeInSets(blocks: readonly Timed[]): BlockSet[] {
  const sets = new Map<string, BlockSet & { elements: Timed[] }>();
  for (const timed of blocks) {
    for (const direction of directionsOf(timed.block)) place(sets, direction, timed);
  }
  return [...sets.values()];
}

const directionsOf = ({ direction }: Block): ("in" | "out")[] =>
  direction === "both" ? ["in", "out"] : [direction];

function place(
  sets: Map<string, BlockSet & { elements: Timed[] }>,
  direction: "in" | "out",
  timed: Timed,
): void {
  const { version } = timed.block.network;
  const hasPorts = timed.block.ports !== null;
  for (let layer = 0; layer < layerCountMax; layer++) {
    const name = `${direction}${version}${hasPorts ? "_port" : ""}_${layer}`;
    const set = sets.get(name) ?? { name, direction, version, hasPorts, elements: [] };
    sets.set(name, set);
    if (set.elements.some(({ block }) => overlap(block, timed.block))) continue;
    set.elements.push(timed);
    return;
  }
  throw new NightcapError(
    "BlockRefused",
    `block ${blockIdOf(timed.block)} overlaps with ${layerCountMax} others: remove one of them`,
  );
}

/** Of the same direction, version and kind. */
function overlap(one: Block, other: Block): boolean {
  if (one.protocol !== null && other.protocol !== null && one.protocol !== other.protocol)
    return false;
  const length = Math.min(one.network.prefixLength, other.network.prefixLength);
  const shift = BigInt(widthOf(one.network) - length);
  if (one.network.bits >> shift !== other.network.bits >> shift) return false;
  if (one.ports === null || other.ports === null) return true;
  return one.ports.first <= other.ports.last && other.ports.first <= one.ports.last;
}
