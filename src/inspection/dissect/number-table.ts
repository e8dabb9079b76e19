/** What is found by a small whole number, such as a port: two reads of an array, for each packet. */
export class NumberTable<Value> {
  readonly #places: Uint16Array;
  readonly #values: (Value | undefined)[] = [undefined];

  /** Numbers from 0 up to `count`, which is left out. */
  constructor(count: number) {
    this.#places = new Uint16Array(count);
  }

  set(number: number, value: Value): void {
    if (number < this.#places.length) this.#places[number] = this.#values.push(value) - 1;
  }

  get(number: number): Value | undefined {
    return this.#values[this.#places[number] ?? 0];
  }
}
