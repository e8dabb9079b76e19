// Datagrams by which networks are run, and where tshark 4.0 shows them.
import { describe, expect, test } from "vitest";
import { inEthernet, pathOf, udp } from "./packets.ts";

describe("datagrams on a port that others use too", () => {
  test.each([
    ["RADIUS", udp(1812, `01 01 0014 ${"00".repeat(16)}`), "radius"],
    ["a code that RADIUS has not", udp(1812, `00 01 0014 ${"00".repeat(16)}`), "data"],
    ["a length that RADIUS has not", udp(1812, `01 01 0013 ${"00".repeat(16)}`), "data"],
  ])("%s", async (_, packet, expected) => {
    expect(await pathOf(inEthernet(packet))).toBe(`eth/ip/udp/${expected}`);
  });
});
