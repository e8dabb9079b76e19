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
    const at = items.findIndex((kept) => kept.weight < weight);
    items.splice(at < 0 ? items.length : at, 0, { weight, item: make() });
    if (items.length > this.#countMax) items.pop();
  }

  /** Greatest first. */
  result(): Item[] {
    return this.#items.map(({ item }) => item);
  }
}
