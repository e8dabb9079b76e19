import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";
import {
  mergeCaptures,
  type MergeOptions,
  type MergeResult,
} from "../../src/inspection/merge-captures.ts";
import { CaptureReader } from "../../src/inspection/file/capture-reader.ts";
import { toNanoseconds } from "../../src/inspection/file/time.ts";
import { chunksOf, fixture, hex, pcap } from "./captures.ts";

const hasTshark = spawnSync("capinfos", ["-v"]).status === 0;

async function merge(
  inputs: readonly Uint8Array[],
  options: MergeOptions = {},
): Promise<{ file: Uint8Array; result: MergeResult }> {
  const merging = mergeCaptures(
    inputs.map((input) => chunksOf(input, 1_000)),
    options,
  );
  const parts: Uint8Array[] = [];
  for (;;) {
    const next = await merging.next();
    if (next.done === true)
      return { file: new Uint8Array(Buffer.concat(parts)), result: next.value };
    parts.push(next.value);
  }
}

function times(file: Uint8Array): bigint[] {
  const reader = new CaptureReader();
  const found: bigint[] = [];
  reader.push(file);
  while (reader.next()) found.push(toNanoseconds(reader.packet));
  reader.end();
  expect(reader.problem).toBeNull();
  return found;
}

const one = hex("01".repeat(20));

describe("a merge", () => {
  test("orders the packets of all inputs by time and keeps their interfaces", async () => {
    const inputs = [fixture("http-dns.pcapng"), fixture("cooked.pcapng"), fixture("tls.pcap")];
    const { file, result } = await merge(inputs, { comments: ["two ends"], packetsDropped: 3 });
    const order = times(file);
    expect(order).toEqual(order.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    expect(result).toMatchObject({
      packets: order.length,
      sizeBytes: file.length,
      truncatedInputs: 0,
    });
    expect(result.firstTimeNanoseconds).toBe(order[0]);
    expect(result.lastTimeNanoseconds).toBe(order.at(-1));
    const { file: summary } = await inspect(chunksOf(file));
    expect(summary).toMatchObject({ format: "pcapng", packets: order.length, linkTypes: [1, 113] });
  });

  test.skipIf(!hasTshark)("opens in capinfos with names, counts and losses", async () => {
    const directory = await mkdtemp(join(tmpdir(), "nightcap-merge-"));
    try {
      const { file } = await merge([fixture("http-dns.pcapng"), fixture("cooked.pcapng")], {
        comments: ["two ends"],
        packetsDropped: 3,
      });
      const path = join(directory, "merged.pcapng");
      await writeFile(path, file);
      const told = execFileSync("capinfos", [path], { encoding: "utf8" });
      expect(told).toContain("Strict time order:   True");
      expect(told).toContain("Capture comment:     two ends");
      expect(told).toMatch(/Interface #0 info:\s+Name = eth0/);
      expect(told).toMatch(/Interface #1 info:\s+Name = any/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("takes what a torn input has, and counts it", async () => {
    const whole = pcap([one, one, one]);
    const { file, result } = await merge([whole.slice(0, -7), whole, new Uint8Array(0)]);
    expect(times(file)).toHaveLength(5);
    expect(result).toMatchObject({ packets: 5, truncatedInputs: 2, packetsLeftOut: 0 });
  });

  test("leaves out what is before the first and from the last moment on", async () => {
    const { result } = await merge([pcap([one, one, one])], {
      fromNanoseconds: 2_000_000_000n,
      untilNanoseconds: 3_000_007_000n,
    });
    expect(result).toMatchObject({
      packets: 1,
      packetsLeftOut: 2,
      firstTimeNanoseconds: 2_000_007_000n,
      stoppedBySize: false,
    });
  });

  test("of nothing is a valid file without packets", async () => {
    const { file, result } = await merge([]);
    expect(times(file)).toEqual([]);
    expect(result).toMatchObject({ packets: 0, firstTimeNanoseconds: null });
  });

  test("refuses an input that is no capture", async () => {
    await expect(merge([hex("00112233")])).rejects.toMatchObject({ code: "CaptureFormatUnknown" });
  });

  test("never exceeds its size, stays readable, and keeps the earliest packets", async () => {
    const inputs = [fixture("http-dns.pcapng"), fixture("cooked.pcapng")];
    const all = times((await merge(inputs)).file);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 300, max: 14_000 }), async (sizeBytesMax) => {
        const { file, result } = await merge(inputs, { sizeBytesMax });
        expect(file.length).toBeLessThanOrEqual(sizeBytesMax);
        expect(result.sizeBytes).toBe(file.length);
        expect(times(file)).toEqual(all.slice(0, result.packets));
        expect(result.stoppedBySize).toBe(result.packets < all.length);
      }),
      { numRuns: 40 },
    );
  });
});
