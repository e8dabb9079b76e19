interface Timed {
  /** What `take` answers with. */
  at: number;
  time: number;
}

/** Moments of which each is given away once, the nearest free one first; fast when there are thousands. */
export class NearestTimes {
  readonly #entries: Timed[];
  readonly #distanceMax: number;
  /** Of each place the next free one below it and above it, by one more than the place itself. */
  readonly #below: Int32Array;
  readonly #above: Int32Array;

  constructor(entries: readonly Timed[], distanceMax: number) {
    this.#entries = entries.toSorted((one, other) => one.time - other.time || one.at - other.at);
    this.#distanceMax = distanceMax;
    const places = entries.length + 2;
    this.#below = Int32Array.from({ length: places }, (_, at) => at);
    this.#above = Int32Array.from({ length: places }, (_, at) => at);
  }

  /** The nearest that is free, the later of two that are equally near; undefined: none is near enough. */
  take(time: number): number | undefined {
    const place = this.#placeOf(time);
    const below = root(this.#below, place);
    const above = root(this.#above, place + 1);
    const isAbove = this.#distance(above, time) <= this.#distance(below, time);
    const chosen = isAbove ? above : below;
    if (this.#distance(chosen, time) > this.#distanceMax) return undefined;
    this.#below[chosen] = chosen - 1;
    this.#above[chosen] = chosen + 1;
    return this.#entries[chosen - 1]?.at;
  }

  /** How many are not later. */
  #placeOf(time: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.time ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #distance(place: number, time: number): number {
    const entry = this.#entries[place - 1];
    return entry ? Math.abs(entry.time - time) : Number.POSITIVE_INFINITY;
  }
}

/** Follows the places that were given away to a free one, and shortens the way for the next. */
function root(parents: Int32Array, from: number): number {
  let at = from;
  for (let next = parents[at] ?? at; next !== at; next = parents[at] ?? at) {
    parents[at] = parents[next] ?? next;
    at = next;
  }
  return at;
}
