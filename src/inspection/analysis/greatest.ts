/**
 * The places of the greatest values, greatest first, equal ones in their order. Plain numbers are sorted at a
 * tenth of what comparisons cost, and tell the least value that belongs to them.
 */
export function greatest(values: Float64Array, countMax: number): Uint32Array {
  const sorted = values.slice().sort();
  const count = Math.min(countMax, values.length);
  const least = sorted[values.length - count] ?? 0;
  const places = new Uint32Array(count);
  let filled = 0;
  let equals = count - countAbove(sorted, least);
  for (let place = 0; place < values.length && filled < count; place++) {
    const value = values[place] ?? 0;
    if (value < least || (value === least && equals-- <= 0)) continue;
    places[filled++] = place;
  }
  return places.sort((one, other) => (values[other] ?? 0) - (values[one] ?? 0) || one - other);
}

function countAbove(sorted: Float64Array, least: number): number {
  let at = sorted.length;
  while (at > 0 && (sorted[at - 1] ?? 0) > least) at--;
  return sorted.length - at;
}
