import { describe, expect, test } from "vitest";
import type { ChangeAnswer } from "../../../src/inspection/change/change-answer.ts";
import { explainChange } from "../../../src/inspection/change/explain-change.ts";
import { chunksOf } from "../captures.ts";
import { background, connection, Talk } from "./conversations.ts";
import { host, moment, Traffic, type End } from "./traffic.ts";

const span = 12_000;
const database = { address: "10.0.0.30", port: 5_432 };
const cache = { address: "10.0.0.40", port: 6_379 };

const ask = (traffic: Traffic): Promise<ChangeAnswer> =>
  explainChange(chunksOf(traffic.pcap()), { moment, metric: "latency" });

/** Asks a server again and again; `took` has the milliseconds of each answer. */
function questions(
  traffic: Traffic,
  server: End,
  { every, took }: { every: number; took: (time: number, index: number) => number },
): void {
  for (let [time, index] = [-span, 0]; time < span - 1_000; time += every, index++)
    connection(traffic, time, { client: { address: host, port: traffic.port() }, server }, [
      { from: "client", bytes: 200, after: 1 },
      { from: "server", bytes: 700, after: took(time, index) },
    ]);
}

function quiet(): Traffic {
  const traffic = new Traffic();
  background(traffic, -span, span);
  return traffic;
}

describe("what is a slow backend", () => {
  test("one whose answers are slow by half, when there are many of them", async () => {
    const traffic = quiet();
    const took = (time: number, index: number): number => (time > 0 && index % 2 === 0 ? 400 : 3);
    questions(traffic, database, { every: 200, took });
    const answer = await ask(traffic);
    expect([answer.kind, answer.confidence.level]).toEqual(["slowBackend", "likely"]);
  });

  test("one that was not asked before is so only perhaps", async () => {
    const traffic = quiet();
    for (let time = 100; time < span - 1_000; time += 200)
      connection(
        traffic,
        time,
        { client: { address: host, port: traffic.port() }, server: database },
        [
          { from: "client", bytes: 200, after: 1 },
          { from: "server", bytes: 700, after: 300 },
        ],
      );
    const answer = await ask(traffic);
    expect([answer.kind, answer.confidence]).toEqual([
      "slowBackend",
      { level: "possible", reason: "it was not asked before: it may always take so long" },
    ]);
  });
});

describe("what is none", () => {
  test("a server of which a few answers were late", async () => {
    const traffic = quiet();
    const took = (time: number, index: number): number => (time > 0 && index % 16 === 0 ? 400 : 3);
    questions(traffic, database, { every: 250, took });
    expect((await ask(traffic)).kind).toBe("singleDestination");
  });

  test("a server that gave only some answers, however late", async () => {
    const traffic = quiet();
    questions(traffic, database, { every: 3_000, took: (time) => (time > 0 ? 400 : 3) });
    expect((await ask(traffic)).kind).toBe("singleDestination");
  });

  test("all servers at once: then it is this host or its network", async () => {
    const traffic = new Traffic();
    for (const server of [database, cache])
      questions(traffic, server, { every: 250, took: (time) => (time > 0 ? 200 : 3) });
    const answer = await ask(traffic);
    expect(answer.kind).toBe("singleDestination");
    expect(answer.sentence).toContain(
      "All 2 machines that it asks often enough to tell answer slowly at once: what they have in common is this host and its network.",
    );
  });

  test("a server that waits until the host has room for its answer", async () => {
    const traffic = quiet();
    for (let time = -span; time < span - 2_000; time += 250) {
      const talk = new Talk(traffic, { address: host, port: traffic.port() }, database);
      const asked = talk.send(talk.open(time), { from: "client", bytes: 200 });
      const isBusy = time > 0;
      if (isBusy) talk.offer(asked + 1, 0);
      if (isBusy) talk.offer(asked + 400, 60_000);
      talk.close(talk.send(asked + (isBusy ? 401 : 3), { from: "server", bytes: 700 }));
    }
    expect((await ask(traffic)).kind).toBe("none");
  });

  test("answers of this host itself, where there were none before: others' are the measure", async () => {
    const traffic = quiet();
    const server = { address: host, port: 8_000 };
    for (let time = 100; time < span - 1_000; time += 200)
      connection(
        traffic,
        time,
        { client: { address: "192.0.2.55", port: traffic.port() }, server },
        [
          { from: "client", bytes: 200, after: 900 },
          { from: "server", bytes: 700, after: 2 },
        ],
      );
    const answer = await ask(traffic);
    expect(answer.kind).toBe("none");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"The time that answers take is no longer than that of others before: 2.55 ms after the alert at 01:58:16 UTC."`,
    );
  });
});
