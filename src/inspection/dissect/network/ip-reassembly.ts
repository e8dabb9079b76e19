import { KeyTable } from "../../analysis/key-table.ts";
import type { Frame } from "../frame.ts";

/** Datagrams put together at a time, bytes of one, and pieces of one; beyond it the oldest goes. */
const datagramCountMax = 256;
/** The last fragment may begin just below 64 KiB. */
const datagramSizeMax = 131_071;
const pieceCountMax = 2_048;
/** Pairs of addresses that send fragments; those of further ones are not put together. */
const pairCountMax = 1_000_000;

export interface Fragment {
  /** What, with the addresses, tells datagrams apart. */
  identification: number;
  offset: number;
  hasMore: boolean;
  /** Where the fragment's bytes begin; they end with the captured ones. */
  at: number;
}

interface Piece {
  offset: number;
  /** Its first bytes are the piece's; the buffer may be longer. */
  buffer: Uint8Array;
  length: number;
}

interface Datagram {
  pieces: Piece[];
  /** Known once the last fragment was seen. */
  size: number;
}

/** Datagrams by the number of their pair of addresses and their identification, the oldest first. */
interface Store {
  pairs: KeyTable;
  datagrams: Map<number, Datagram>;
}

const stores = new WeakMap<object, Store>();

/** Adds a fragment; the whole payload when it is complete with it, otherwise null. */
export function reassemble(frame: Frame, fragment: Fragment): Uint8Array | null {
  const length = frame.capturedEnd - fragment.at;
  if (length < 0 || fragment.offset + length > datagramSizeMax) return null;
  const store = storeOf(frame);
  const { datagrams } = store;
  const key = keyOf(store, frame, fragment.identification);
  const datagram = datagrams.get(key) ?? { pieces: [], size: -1 };
  if (key < 0 || datagram.pieces.length >= pieceCountMax) return null;
  datagrams.set(key, datagram);
  const buffer = frame.buffers.take(Math.max(1, length));
  buffer.set(frame.bytes.subarray(fragment.at, frame.capturedEnd));
  datagram.pieces.push({ offset: fragment.offset, buffer, length });
  if (!fragment.hasMore) datagram.size = fragment.offset + length;
  const whole = join(datagram);
  if (whole) remove(frame, store, key);
  else if (datagrams.size > datagramCountMax)
    remove(frame, store, datagrams.keys().next().value ?? key);
  return whole;
}

function storeOf({ analyses }: Frame): Store {
  const found = stores.get(analyses);
  if (found) return found;
  const store: Store = { pairs: new KeyTable(2, pairCountMax), datagrams: new Map() };
  stores.set(analyses, store);
  return store;
}

/** Addresses and identification in one number, -1 where there are too many pairs: a text costs more. */
function keyOf({ pairs }: Store, { ends }: Frame, identification: number): number {
  pairs.key[0] = ends.source;
  pairs.key[1] = ends.destination;
  const pair = pairs.findOrAdd();
  return pair < 0 ? -1 : pair * 4_294_967_296 + identification;
}

function remove({ buffers }: Frame, { datagrams }: Store, key: number): void {
  for (const { buffer } of datagrams.get(key)?.pieces ?? []) buffers.give(buffer);
  datagrams.delete(key);
}

function join({ pieces, size }: Datagram): Uint8Array | null {
  if (size < 0) return null;
  const sorted = pieces.toSorted((one, other) => one.offset - other.offset);
  let end = 0;
  for (const { offset, length } of sorted) {
    if (offset > end) return null;
    end = Math.max(end, offset + length);
  }
  if (end < size) return null;
  const whole = new Uint8Array(size);
  for (const { offset, buffer, length } of sorted) {
    if (offset < size) whole.set(buffer.subarray(0, Math.min(length, size - offset)), offset);
  }
  return whole;
}
