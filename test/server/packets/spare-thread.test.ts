import type { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createSpareThread } from "../../../src/server/packets/spare-thread.ts";
import { makeClock } from "../retention/retention-bed.ts";

test("one thread waits for a capture for as long as somebody had the page open lately", async () => {
  const clock = makeClock();
  const spare = createSpareThread(clock, 1_000);
  const taken: Worker[] = [];
  const take = (): number => {
    const worker = spare.take();
    taken.push(worker);
    return worker.threadId;
  };
  const first = take();
  spare.warm();
  spare.warm();
  await spare.sweep();
  // The one that waited, and then, as none does, a new one.
  expect([take(), take()]).toEqual([first + 1, first + 2]);
  spare.warm();
  clock.advance(2_000);
  await spare.sweep();
  // The one that waited has ended.
  expect(take()).toBe(first + 4);
  await Promise.all(taken.map((worker) => worker.terminate()));
  await spare.close();
});
