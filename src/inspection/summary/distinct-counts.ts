import type { StreamView } from "./stream-digest.ts";

/** Different keys that are kept apart. */
const keyCountMax = 100_000;

/** What is kept of the first stream with a key. */
export type Example = Pick<StreamView, "stream" | "firstFrame" | "b" | "bPort">;

const exampleOf = ({ stream, firstFrame, b, bPort }: Example): Example => ({
  stream,
  firstFrame,
  b,
  bPort,
});

interface Counted {
  count: number;
  example: Example | null;
}

/** Counts keys; further ones than the bound count as none. */
export class DistinctCounts {
  readonly #counts = new Map<number | string, Counted>();

  /** Different keys that were kept. */
  get distinct(): number {
    return this.#counts.size;
  }

  add(key: number | string, example: Example | null = null): void {
    const known = this.#counts.get(key);
    if (known) known.count++;
    else if (this.#counts.size < keyCountMax)
      this.#counts.set(key, { count: 1, example: example && exampleOf(example) });
  }

  count(key: number | string): number {
    return this.#counts.get(key)?.count ?? 0;
  }

  /** The first of the most frequent keys that came with an example. */
  most(): { count: number; example: Example } | null {
    let best: { count: number; example: Example } | null = null;
    for (const { count, example } of this.#counts.values())
      if (example && (!best || count > best.count)) best = { count, example };
    return best;
  }
}
