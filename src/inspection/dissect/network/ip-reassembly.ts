import type { Frame } from "../frame.ts";

/** Datagrams put together at a time, bytes of one, and pieces of one; beyond it the oldest goes. */
const datagramCountMax = 256;
/** The last fragment may begin just below 64 KiB. */
const datagramSizeMax = 131_071;
const pieceCountMax = 2_048;

export interface Fragment {
  /** What, with the addresses, tells datagrams apart. */
  identification: number;
  offset: number;
  hasMore: boolean;
  /** Where the fragment's bytes begin; they end with the captured ones. */
  at: number;
}

interface Datagram {
  pieces: { offset: number; bytes: Uint8Array }[];
  /** Known once the last fragment was seen. */
  size: number;
}

const stores = new WeakMap<object, Map<string, Datagram>>();

/** Adds a fragment; the whole payload when it is complete with it, otherwise null. */
export function reassemble(frame: Frame, fragment: Fragment): Uint8Array | null {
  const { source, destination } = frame.ends;
  const length = frame.capturedEnd - fragment.at;
  if (length < 0 || fragment.offset + length > datagramSizeMax) return null;
  const store = storeOf(frame);
  const key = `${source} ${destination} ${fragment.identification}`;
  const datagram = store.get(key) ?? { pieces: [], size: -1 };
  if (datagram.pieces.length >= pieceCountMax) return null;
  store.set(key, datagram);
  datagram.pieces.push({
    offset: fragment.offset,
    bytes: frame.bytes.slice(fragment.at, frame.capturedEnd),
  });
  if (!fragment.hasMore) datagram.size = fragment.offset + length;
  const whole = join(datagram);
  if (whole) store.delete(key);
  else if (store.size > datagramCountMax) store.delete(store.keys().next().value ?? key);
  return whole;
}

function storeOf({ analyses }: Frame): Map<string, Datagram> {
  const found = stores.get(analyses);
  if (found) return found;
  const store = new Map<string, Datagram>();
  stores.set(analyses, store);
  return store;
}

function join({ pieces, size }: Datagram): Uint8Array | null {
  if (size < 0) return null;
  const sorted = pieces.toSorted((one, other) => one.offset - other.offset);
  let end = 0;
  for (const { offset, bytes } of sorted) {
    if (offset > end) return null;
    end = Math.max(end, offset + bytes.length);
  }
  if (end < size) return null;
  const whole = new Uint8Array(size);
  for (const { offset, bytes } of sorted) {
    if (offset < size) whole.set(bytes.subarray(0, size - offset), offset);
  }
  return whole;
}
