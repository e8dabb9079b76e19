import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type EdgePacket,
  edgeToleranceNanoseconds,
  sharedPackets,
} from "../../../src/capture/flight/edge.ts";

const packet = (time: number, content: number, size = 4): EdgePacket => ({
  time,
  originalLength: 60,
  bytes: new Uint8Array(size).fill(content),
});

test("the recording's first packet is where the ring's part ends", () => {
  const ring = [1, 2, 3, 4, 5].map((number) => packet(number * 1_000, number));
  const recording = [packet(3_007, 3), packet(4_002, 4), packet(5_009, 5)];
  expect(sharedPackets(ring, recording)).toEqual({
    shared: [false, false, true, true, true],
    firstIsFound: true,
  });
});

test("two processors may give packets to the two recorders in another order", () => {
  const ring = [packet(0, 1), packet(1_000, 3), packet(1_100, 2)];
  const recording = [packet(1_090, 2), packet(1_110, 3)];
  expect(sharedPackets(ring, recording).shared).toEqual([false, true, true]);
});

test("of equal packets the one is meant whose time is nearest", () => {
  const ring = [0, 1, 2, 3].map((at) => packet(at * 1_000_000, 7));
  const recording = [packet(2_000_300, 7), packet(3_000_200, 7)];
  expect(sharedPackets(ring, recording).shared).toEqual([false, false, true, true]);
});

test("a packet that was cut shorter is the same packet; another of that length is not", () => {
  const ring = [packet(0, 1, 4), packet(10, 2, 4)];
  expect(sharedPackets(ring, [packet(5, 2, 40)]).shared).toEqual([false, true]);
  expect(sharedPackets(ring, [packet(5, 9, 40)])).toEqual({
    shared: [false, false],
    firstIsFound: false,
  });
  const late = [packet(edgeToleranceNanoseconds + 11, 2)];
  expect(sharedPackets(ring, late).firstIsFound).toBe(false);
});

test("whatever repeats, every packet is in exactly one of the two", () => {
  const sent = fc.array(fc.record({ gap: fc.nat(2_000_000), content: fc.nat(2) }), {
    minLength: 1,
    maxLength: 60,
  });
  const jitter = fc.infiniteStream(fc.nat(900));
  fc.assert(
    fc.property(sent, fc.nat(59), jitter, (packets, from, late) => {
      let time = 0;
      // No two packets within the jitter of the stamps: then the nearest is the right one.
      const ring = packets.map(({ gap, content }) => packet((time += 1_000 + gap), content));
      const start = Math.min(from, ring.length - 1);
      const stamp = (each: EdgePacket): EdgePacket => ({
        ...each,
        time: each.time + Number(late.next().value) / 2,
      });
      const { shared } = sharedPackets(ring, ring.slice(start).map(stamp));
      expect(shared).toEqual(ring.map((_, at) => at >= start));
    }),
  );
});
