import { join } from "node:path";
import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import { readTextIfExists, writeFileAtomic } from "../../common/files.ts";
import type { CoverageGap } from "./coverage.ts";

const gapCountMax = 256;
const reasonTextMax = 500;

const gap = z.object({
  interfaceName: z.string(),
  /** Milliseconds since the epoch. */
  from: z.number(),
  to: z.number(),
  reason: z.string(),
});
type Gap = z.infer<typeof gap>;

/** The times in which interfaces were not recorded, kept beside the ring as long as the ring is. */
export class Gaps {
  readonly #path: string;
  #gaps: Gap[];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, gaps: Gap[]) {
    this.#path = path;
    this.#gaps = gaps;
  }

  static async open(directory: string): Promise<Gaps> {
    const path = join(directory, "gaps.json");
    return new Gaps(path, parseGaps(await readTextIfExists(path)));
  }

  add(interfaceName: string, from: number, to: number, reason: string): void {
    this.#gaps.push({ interfaceName, from, to, reason: reason.slice(0, reasonTextMax) });
    this.#gaps = this.#gaps.slice(-gapCountMax);
    // A full folder must not stop the recorder: the gap is in memory all the same.
    const write = (): Promise<void> => writeFileAtomic(this.#path, JSON.stringify(this.#gaps));
    this.#writing = this.#writing.then(write).catch(() => {});
  }

  /** Those of an interface that reach into the time from `from` to `to`. */
  within(interfaceName: string, from: number, to: number): CoverageGap[] {
    return this.#gaps
      .filter((each) => each.interfaceName === interfaceName && each.to > from && each.from < to)
      .map((each) => ({
        interfaceName,
        from: isoTime(Math.max(each.from, from)),
        to: isoTime(Math.min(each.to, to)),
        reason: each.reason,
      }));
  }

  async close(): Promise<void> {
    await this.#writing;
  }
}

/** What cannot be read is forgotten: the ring is worth more than the list of what it lacks. */
function parseGaps(text: string | null): Gap[] {
  try {
    return z.array(gap).parse(JSON.parse(text ?? "[]"));
  } catch {
    return [];
  }
}
