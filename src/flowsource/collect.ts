import { setTimeout as sleep } from "node:timers/promises";

export interface CollectLimits {
  /** Keys that go together; with as many nobody waits any longer. */
  readonly countMax: number;
  /** When no other has come for so long, no more are waited for. */
  readonly quietMilliseconds: number;
  readonly longestMilliseconds: number;
}

/**
 * Lets calls go together that come one soon after another, and those that come while the ones before them are worked on:
 * `work` gets their keys, and gives a value for each in the same order.
 */
export function collect<Key, Value>(
  limits: CollectLimits,
  work: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  const waiting: ({ key: Key } & PromiseWithResolvers<Value>)[] = [];
  let isRunning = false;
  const gathered = async (): Promise<void> => {
    const { countMax, quietMilliseconds, longestMilliseconds } = limits;
    const until = performance.now() + longestMilliseconds;
    for (let before = 0; waiting.length > before && waiting.length < countMax;) {
      if (performance.now() >= until) return;
      before = waiting.length;
      await sleep(quietMilliseconds);
    }
  };
  const runOnce = async (): Promise<void> => {
    await gathered();
    const calls = waiting.splice(0, limits.countMax);
    try {
      const values = await work(calls.map(({ key }) => key));
      for (const [index, { resolve }] of calls.entries()) resolve(values[index] as Value);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) await runOnce();
    isRunning = false;
  };
  return (key) => {
    const call = { key, ...Promise.withResolvers<Value>() };
    waiting.push(call);
    if (!isRunning) void run();
    return call.promise;
  };
}
