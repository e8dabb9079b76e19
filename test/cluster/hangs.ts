// Servers that hang (SIGSTOP): they take connections, and say nothing. An insert ends in a bounded time, on the disk of the
// server that was asked, and no row is lost or counted twice. A part of `npm run test:soak`, as each takes half a minute.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { generateBatch } from "../flowstore/flow-rows.ts";
import { countAll, expectWhole } from "./counts.ts";
import type { SomeCluster } from "./some-cluster.ts";

const roundCount = Number(process.env["NIGHTCAP_KILL_ROUNDS"] ?? 10);
const hangMilliseconds = 15_000;
/** Ten seconds of silence, then the question which shard is missing, each once for every replica. */
const answerMillisecondsMax = 50_000;
const roundMillisecondsMax = 150_000;
const rowCount = 2_000;
const noon = Date.UTC(2026, 10, 21, 12);

interface Parts {
  readonly cluster: SomeCluster;
  readonly engine: FlowEngine;
}

export function describeHangs(parts: () => Parts): void {
  const hangs = [
    ["a replica", [3], null],
    ["a shard", [2, 3], "shard 2 is missing"],
  ] as const;
  test.each(hangs)(
    "while %s hangs, an insert is queued in a bounded time, and a query answers or names the shard",
    async (what, hanging, missing) => {
      for (let round = 0; round < roundCount; round++) {
        const total = await countAll(parts().engine);
        await whileHanging(parts(), hanging, async (engine) => {
          const token = `while ${what} hangs, ${round}`;
          const inserting = insertFlows(engine, generateBatch(rowCount, noon), null, { token });
          const asked = countAll(engine);
          if (missing === null) expect(await asked).toBeGreaterThanOrEqual(total);
          else await expect(asked).rejects.toThrow(missing);
          await inserting;
        });
        await expectWhole(parts().engine, total + rowCount);
      }
    },
    roundCount * roundMillisecondsMax,
  );
}

/** Resumes the servers only when the work is done, so that nothing but its own limits can have ended it. */
async function whileHanging(
  { cluster, engine }: Parts,
  hanging: readonly number[],
  work: (engine: FlowEngine) => Promise<void>,
): Promise<void> {
  const servers = cluster.servers.filter((_server, index) => hanging.includes(index));
  const startedMs = performance.now();
  for (const server of servers) server.hang();
  try {
    await Promise.all([work(engine), sleep(hangMilliseconds)]);
    expect(performance.now() - startedMs).toBeLessThan(answerMillisecondsMax);
  } finally {
    for (const server of servers) server.resume();
  }
}
