// The engine ends when whoever brought flows in is done with it; who asks at that moment is answered by the next one.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { openSomeEngine, type SomeEngine } from "./some-engine.ts";

let some: SomeEngine;
beforeAll(async () => {
  some = await openSomeEngine();
});
afterAll(() => some.remove());

const ask = async (engine: FlowEngine): Promise<number | undefined> =>
  (await engine.rows<{ one: number }>({ sql: "SELECT 1 AS one" }))[0]?.one;

test("a question that meets an engine that ends is answered nevertheless", async () => {
  const { engine } = some;
  for (let round = 0; round < 2; round++) {
    await Promise.all([ask(engine), ask(engine), ask(engine)]);
    const stopped = engine.stop();
    const asked: ReturnType<typeof ask>[] = [];
    for (let at = 0; at < 10; at++) {
      asked.push(ask(engine));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stopped;
    expect(new Set(await Promise.all(asked))).toEqual(new Set([1]));
  }
}, 60_000);
