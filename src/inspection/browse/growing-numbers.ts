/** Numbers of one piece of the memory that a growing list takes. */
const pieceCount = 65_536;

/** A list of 32-bit numbers that grows without being copied. */
export class GrowingNumbers {
  readonly #pieces: Uint32Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length % pieceCount;
    if (at === 0) this.#pieces.push(new Uint32Array(pieceCount));
    const piece = this.#pieces[this.#pieces.length - 1];
    if (piece) piece[at] = value;
    this.#length++;
  }

  /** 0 where there is none. */
  at(index: number): number {
    return this.#pieces[Math.floor(index / pieceCount)]?.[index % pieceCount] ?? 0;
  }

  slice(from: number, to: number): number[] {
    const numbers: number[] = [];
    for (let index = from; index < Math.min(to, this.#length); index++)
      numbers.push(this.at(index));
    return numbers;
  }
}
