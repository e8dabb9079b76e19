import { type ToldChange, type ToldFlow, writeToldFlows } from "./told-flow.ts";

/** Changes are given one after the other until they are so many more than twice the flows; then all is given anew. */
const changesGivenMin = 16_384;

export interface FollowedFlow extends ToldFlow {
  /** Waits to be given. */
  isChanged: boolean;
  /** Not followed any more. */
  isGone: boolean;
}

/** Which flows were told of since that was last given away. */
export class ToldChanges {
  readonly #changed: FollowedFlow[] = [];
  readonly #gone: FollowedFlow[] = [];
  readonly #goneCountMax: number;
  #givenCount = Infinity;

  constructor(goneCountMax: number) {
    this.#goneCountMax = goneCountMax;
  }

  change(flow: FollowedFlow): void {
    if (flow.isChanged) return;
    flow.isChanged = true;
    this.#changed.push(flow);
  }

  forget(flow: FollowedFlow): void {
    flow.isGone = true;
    this.#gone.push(flow);
    // Nobody takes them: the next that is given is all that there is then.
    if (this.#gone.length + this.#changed.length > this.#goneCountMax) this.#startAnew();
  }

  /** Null for nothing new. */
  take(flows: ReadonlyMap<string, FollowedFlow>): ToldChange | null {
    const count = this.#changed.length + this.#gone.length;
    const isWhole = this.#givenCount + count > 2 * flows.size + changesGivenMin;
    if (count === 0 && !isWhole) return null;
    // Gone first: the same key may be followed anew.
    const bytes = isWhole
      ? writeToldFlows([...flows.values()].map((flow) => [flow.keyBytes, flow]))
      : writeToldFlows([
          ...this.#gone.map(({ keyBytes }) => [keyBytes, null] as const),
          ...this.#changed
            .filter(({ isGone }) => !isGone)
            .map((flow) => [flow.keyBytes, flow] as const),
        ]);
    const givenCount = isWhole ? 0 : this.#givenCount + count;
    this.#startAnew();
    this.#givenCount = givenCount;
    return { isWhole, bytes };
  }

  #startAnew(): void {
    for (const flow of this.#changed) flow.isChanged = false;
    this.#changed.length = 0;
    this.#gone.length = 0;
    this.#givenCount = Infinity;
  }
}
