import { describe, expect, test } from "vitest";
import { checkInput } from "./check-input.ts";
import { loadCorpus, packetsOf } from "./corpus.ts";
import { makeInput } from "./input.ts";
import { writeCapture } from "./write-capture.ts";

const inputCount = 40;

describe("mutated captures", () => {
  const corpus = loadCorpus(null);

  test("are inspected without an error, and no packet is lost", { timeout: 60_000 }, async () => {
    let packets = 0;
    for (let seed = 1; seed <= inputCount; seed++)
      packets += await checkInput(makeInput(corpus, seed));
    expect(packets).toBeGreaterThan(10_000);
  });

  test("are the same for the same seed, and do not touch what they are made from", () => {
    const before = JSON.stringify(corpus.map((packets) => packets.slice(0, 20)));
    const first = makeInput(corpus, 7).file;
    expect(makeInput(corpus, 7).file.equals(first)).toBe(true);
    expect(makeInput(corpus, 8).file.equals(first)).toBe(false);
    expect(JSON.stringify(corpus.map((packets) => packets.slice(0, 20)))).toBe(before);
  });

  test.each([false, true])("can be read back (pcapng: %s)", (asPcapng) => {
    const packets = corpus[0]?.slice(0, 50) ?? [];
    expect(packetsOf(writeCapture(packets, asPcapng))).toEqual(packets);
  });
});
