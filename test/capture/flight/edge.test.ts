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

const numbered = (time: number, number: number): EdgePacket => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return { time, originalLength: 60, bytes };
};
const numberOf = ({ bytes }: EdgePacket): number => new DataView(bytes.buffer).getUint32(0);

test("the recording's first packet is where the ring's part ends", () => {
  const ring = [1, 2, 3, 4, 5].map((number) => packet(number * 1_000, number));
  const recording = [packet(3_007, 3), packet(4_002, 4), packet(5_009, 5)];
  expect(sharedPackets(ring, recording)).toEqual({
    shared: [false, false, true, true, true],
    found: [true, true, true],
    firstIsFound: true,
    lacking: 0,
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
    found: [false],
    firstIsFound: false,
    lacking: 0,
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

test("what the recording lacks right after its first packet is the ring's to give", () => {
  const ring = Array.from({ length: 100 }, (_, at) => packet(at * 20_000, at));
  const recording = ring.filter((_, at) => at >= 40 && at !== 47 && at !== 48).slice(0, 50);
  const { shared, lacking } = sharedPackets(ring, recording);
  expect(lacking).toBe(2);
  expect(shared).toEqual(ring.map((_, at) => at >= 40 && at !== 47 && at !== 48));
});

test("made-up recordings with a hole, stamps out of order or equal: every packet is there once", () => {
  const bursts = fc.array(
    fc.record({ gap: fc.nat(3_000_000), count: fc.integer({ min: 1, max: 12 }) }),
    {
      minLength: 4,
      maxLength: 40,
    },
  );
  const jitter = fc.infiniteStream(fc.integer({ min: -5_000, max: 5_000 }));
  fc.assert(
    fc.property(
      bursts,
      fc.nat(),
      fc.nat(20),
      fc.nat(4),
      jitter,
      (sent, from, hole, count, late) => {
        let time = 0;
        let number = 0;
        const packets = sent.flatMap(({ gap, count: length }) => {
          time += gap;
          return Array.from({ length }, () => numbered(time, number++));
        });
        // A processor is late, its clock another: order and stamps differ by microseconds.
        const disordered = (all: EdgePacket[]): EdgePacket[] =>
          all
            .map((each) => ({ ...each, time: each.time + Number(late.next().value) }))
            .map((each) => ({ each, place: each.time + Number(late.next().value) }))
            .toSorted((one, other) => one.place - other.place)
            .map(({ each }) => each);
        const start = from % packets.length;
        const live = packets.filter(
          (_, at) =>
            at === start || at > start + hole + count || (at > start && at <= start + hole),
        );
        const recording = disordered(live);
        const origin = recording[0]?.time ?? 0;
        const since = (each: EdgePacket): EdgePacket => ({ ...each, time: each.time - origin });
        const ring = disordered(packets).map(since);
        // As many as are compared; the recording goes on after them.
        const compared = recording.map(since).filter((each) => each.time <= 30_000_000);
        const reach = Math.max(...compared.map((each) => each.time));
        const { shared, firstIsFound } = sharedPackets(ring, compared);
        const numbers = [...ring.filter((_, at) => !shared[at]), ...recording].map(numberOf);
        expect(firstIsFound).toBe(true);
        expect(new Set(numbers).size).toBe(numbers.length);
        const isCertain = (each: EdgePacket): boolean =>
          each.time - origin < reach - Math.min(edgeToleranceNanoseconds, reach / 2) - 10_000;
        const missing = packets.filter(
          (each) => isCertain(each) && !numbers.includes(numberOf(each)),
        );
        expect(missing).toEqual([]);
      },
    ),
  );
});

test("thousands of packets that are all the same are compared in no time, and counted", () => {
  const ring = Array.from({ length: 20_000 }, (_, at) => packet(at * 10_000, 7));
  const recording = ring.slice(5_000, 16_000).filter((_, at) => at < 20 || at >= 23);
  const begun = performance.now();
  const { shared, lacking } = sharedPackets(ring, recording);
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(lacking).toBe(3);
  expect(shared.filter((each) => !each).length).toBe(5_003);
});
