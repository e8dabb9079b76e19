import type { NameCount } from "../inspection.ts";

/** Different names kept of one kind, and how many of them are told. */
const nameCountMax = 100_000;
const nameToldMax = 1_000;
const nameLengthMax = 255;

/** Counts names; further ones than the bound are only counted together. */
export class Names {
  readonly #counts = new Map<string, { count: number }>();
  #overflow = 0;

  get overflow(): number {
    return this.#overflow;
  }

  add(name: string): void {
    if (name === "") return;
    const kept = name.slice(0, nameLengthMax);
    const known = this.#counts.get(kept);
    if (known) known.count++;
    else if (this.#counts.size >= nameCountMax) this.#overflow++;
    else this.#counts.set(kept, { count: 1 });
  }

  /** Most frequent first, equals by name. */
  result(): NameCount[] {
    return Array.from(this.#counts, ([name, { count }]) => ({ name, count }))
      .toSorted((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
      .slice(0, nameToldMax);
  }
}
