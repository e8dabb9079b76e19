/**
 * The places of the greatest values, greatest first, equal ones in their order. Those that are in the lead are kept
 * in a heap with the least of them on top: nearly all others cost one comparison, where sorting all of a million
 * values would cost twenty.
 */
export function greatest(values: Float64Array, countMax: number): Uint32Array {
  const count = Math.min(countMax, values.length);
  const heap = new Uint32Array(count);
  for (let place = 0; place < count; place++) heap[place] = place;
  for (let top = count >> 1; top-- > 0;) sink(heap, count, top, values);
  if (count === 0) return heap;
  for (let place = count; place < values.length; place++) {
    if ((values[place] ?? 0) <= (values[heap[0] ?? 0] ?? 0)) continue;
    heap[0] = place;
    sink(heap, count, 0, values);
  }
  // The least goes behind the others, then the least of these before it.
  for (let last = count - 1; last > 0; last--) {
    const least = heap[0] ?? 0;
    heap[0] = heap[last] ?? 0;
    heap[last] = least;
    sink(heap, last, 0, values);
  }
  return heap;
}

/** Moves what is at `top` down to where nothing below it is less. */
function sink(heap: Uint32Array, count: number, top: number, values: Float64Array): void {
  const place = heap[top] ?? 0;
  const value = values[place] ?? 0;
  let at = top;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= count) break;
    let lesser = heap[below] ?? 0;
    const other = below + 1 < count ? (heap[below + 1] ?? 0) : lesser;
    if (isLess(values[other] ?? 0, other, values[lesser] ?? 0, lesser)) {
      below++;
      lesser = other;
    }
    if (isLess(value, place, values[lesser] ?? 0, lesser)) break;
    heap[at] = lesser;
    at = below;
  }
  heap[at] = place;
}

/** Of equal values the later place counts as less. */
function isLess(one: number, onePlace: number, other: number, otherPlace: number): boolean {
  return one < other || (one === other && onePlace > otherPlace);
}
