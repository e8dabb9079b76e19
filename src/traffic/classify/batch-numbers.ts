/** Numbers what a batch uses of everything that is known, from 0 on, each once. */
export class BatchNumbers<Item> {
  readonly #items: readonly Item[];
  /** Numbers of the batch with this stamp are the ones that count. */
  #stamp = 0;
  #stamps = new Uint32Array(1_024);
  #numbers = new Uint32Array(1_024);
  #used: Item[] = [];

  constructor(items: readonly Item[]) {
    this.#items = items;
  }

  begin(): void {
    this.#stamp++;
    this.#used = [];
  }

  /** The number, in this batch, of the item at `index`. */
  number(index: number): number {
    if (index < this.#stamps.length && this.#stamps[index] === this.#stamp)
      return this.#numbers[index] ?? 0;
    return this.#first(index);
  }

  /** The items in the order of their numbers. */
  used(): readonly Item[] {
    return this.#used;
  }

  #first(index: number): number {
    if (index >= this.#stamps.length) this.#grow(index);
    const item = this.#items[index];
    if (item === undefined) throw new RangeError(`no item ${index}`);
    this.#stamps[index] = this.#stamp;
    this.#numbers[index] = this.#used.length;
    return this.#used.push(item) - 1;
  }

  #grow(index: number): void {
    const size = Math.max(2 * this.#stamps.length, index + 1);
    const stamps = new Uint32Array(size);
    stamps.set(this.#stamps);
    const numbers = new Uint32Array(size);
    numbers.set(this.#numbers);
    this.#stamps = stamps;
    this.#numbers = numbers;
  }
}
