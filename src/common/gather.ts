import { setTimeout as sleep } from "node:timers/promises";

interface Waiting<Key, Value> extends PromiseWithResolvers<Value> {
  readonly key: Key;
}

/** Where calls came together the last time, more are waited for. */
const pauseMilliseconds = 10;

/**
 * Lets calls that come at once, or while one is under way, go together: `work` gets their keys, and gives a value for
 * each in the same order. A call on its own waits for nobody.
 */
export function gather<Key, Value>(
  togetherMax: number,
  work: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  const waiting: Waiting<Key, Value>[] = [];
  let isRunning = false;
  let lastCount = 1;
  const runOnce = async (): Promise<void> => {
    await sleep(lastCount > 1 ? pauseMilliseconds : 0);
    const calls = waiting.splice(0, togetherMax);
    lastCount = calls.length;
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
