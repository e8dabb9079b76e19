import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { changeAddress, findAddresses } from "../../../bench/inspection/addresses.ts";
import { captureKinds, generate } from "../../../bench/inspection/generate.ts";
import { RepeatedTraffic } from "../../../bench/inspection/repeated-traffic.ts";
import { TemplateBuilder } from "../../../bench/inspection/template.ts";
import { inspect } from "../../../src/inspection/inspect.ts";
import { chunksOf, fixture, fixtureNames, hex } from "../../inspection/captures.ts";

const work = mkdtempSync(join(tmpdir(), "nightcap-generate-"));
afterAll(() => rmSync(work, { recursive: true }));

/** One's complement sum of 16-bit words, as checksums have it. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2)
    total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return total % 0xffff;
}

describe.each(captureKinds)("the %s traffic", (kind) => {
  const make = (seed: number) =>
    generate({ kind, sizeBytes: 200_000, seed, work: join(work, String(seed)), captures: null });

  test("is the same as pcap and as pcapng, in order of time and without damage", async () => {
    const { pcap, pcapng, packets, sizeBytes } = make(1);
    const [one, other] = [readFileSync(pcap), readFileSync(pcapng)];
    const [first, second] = await Promise.all([one, other].map((file) => inspect(chunksOf(file))));
    expect(one.length).toBe(sizeBytes);
    expect(first?.file).toMatchObject({ packets, truncated: false });
    expect({ ...second, file: null }).toEqual({ ...first, file: null });
    expect(JSON.stringify(first?.protocolHierarchy)).not.toMatch(/malformed|short/);
  });

  test("is the same for the same seed and another for another", () => {
    const first = readFileSync(make(1).pcap);
    rmSync(join(work, "1"), { recursive: true });
    expect(readFileSync(make(1).pcap).equals(first)).toBe(true);
    expect(readFileSync(make(2).pcap).equals(first)).toBe(false);
  });
});

describe("changed addresses", () => {
  test("keep every checksum over them", () => {
    const addressOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
    const cases = fc.tuple(fc.boolean(), addressOf(16), fc.nat(65_535));
    fc.assert(
      fc.property(cases, ([isIpv6, bytes, change]) => {
        const changed = Uint8Array.from(bytes);
        changeAddress(changed, 0, isIpv6, change);
        expect(sum(changed)).toBe(sum(bytes));
      }),
    );
  });

  test("are found in ARP, behind tags and in what an ICMP error quotes", () => {
    const found = (packet: string): number[] => {
      const places: number[] = [];
      const bytes = hex(packet);
      findAddresses(bytes, 0, bytes.length, (at) => places.push(at));
      return places;
    };
    const ethernet = "020000000002 020000000001";
    const ip = (protocol: string) => `45000038000000004 0${protocol}0000 c0000201 c0000202`;
    expect(found(`${ethernet} 0806 0001080006040001 ${"00".repeat(20)}`)).toEqual([28, 38]);
    expect(found(`${ethernet} 8100 0001 0800 ${ip("11")}`)).toEqual([30, 34]);
    expect(found(`${ethernet} 0800 ${ip("01")} 0301000000000000 ${ip("06")}`)).toEqual([
      26, 30, 54, 58,
    ]);
  });

  test("make other flows of the same packets", () => {
    const builder = new TemplateBuilder();
    for (const name of fixtureNames) builder.addCapture(fixture(name));
    const template = builder.finish();
    const traffic = new RepeatedTraffic(template, 1);
    const seen = new Set<string>();
    let previous = 0;
    for (let count = 0; count < 4 * template.originalLengths.length; count++) {
      const { bytes, capturedLength, microseconds } = traffic.next();
      expect(microseconds).toBeGreaterThanOrEqual(previous);
      previous = microseconds;
      if (capturedLength >= 34) seen.add(bytes.toString("hex", 26, 34));
    }
    expect(seen.size).toBeGreaterThan(10);
  });
});
