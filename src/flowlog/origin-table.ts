import type { FlowOrigin } from "./flow-batch.ts";

type Level = Map<number | string, Level | number>;

/** Gives each distinct origin of a batch its index. Maps in maps, because strings that are joined can be alike. */
export class OriginTable {
  #root: Level = new Map();
  #last = -1;

  clear(): void {
    this.#root = new Map();
    this.#last = -1;
  }

  /** The origin's index in `origins`, to which it is added when it is new. */
  indexOf(origin: FlowOrigin, origins: FlowOrigin[]): number {
    const last = origins[this.#last];
    if (last && isSame(last, origin)) return this.#last;
    const { version, flowLogId, targetId, macAddress, aclId, rule } = origin;
    let level = below(this.#root, version);
    for (const part of [flowLogId, targetId, macAddress, aclId]) level = below(level, part);
    let index = level.get(rule) as number | undefined;
    if (index === undefined) {
      index = origins.push(origin) - 1;
      level.set(rule, index);
    }
    this.#last = index;
    return index;
  }
}

function below(level: Level, part: number | string): Level {
  let next = level.get(part) as Level | undefined;
  if (!next) level.set(part, (next = new Map()));
  return next;
}

function isSame(one: FlowOrigin, other: FlowOrigin): boolean {
  return (
    one.rule === other.rule &&
    one.aclId === other.aclId &&
    one.macAddress === other.macAddress &&
    one.flowLogId === other.flowLogId &&
    one.targetId === other.targetId &&
    one.version === other.version
  );
}
