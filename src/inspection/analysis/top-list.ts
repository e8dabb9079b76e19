/** Keeps the `countMax` items of the greatest weight that were offered. */
export class TopList<Item> {
  readonly #items: { weight: number; item: Item }[] = [];
  readonly #countMax: number;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** Whether an item of this weight would be kept; asked first where making one costs. */
  keeps(weight: number): boolean {
    const items = this.#items;
    return items.length < this.#countMax || weight > (items[items.length - 1]?.weight ?? 0);
  }

  /** `make` is only called for an item that is kept. */
  offer(weight: number, make: () => Item): void {
    const items = this.#items;
    if (!this.keeps(weight)) return;
    items.splice(this.#placeOf(weight), 0, { weight, item: make() });
    if (items.length > this.#countMax) items.pop();
  }

  /** Behind all that weigh as much. */
  #placeOf(weight: number): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle]?.weight ?? 0) < weight) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Greatest first. */
  result(): Item[] {
    return this.#items.map(({ item }) => item);
  }
}
