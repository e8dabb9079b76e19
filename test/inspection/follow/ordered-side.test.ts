import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newWaitingBudget, OrderedSide } from "../../../src/inspection/follow/ordered-side.ts";

interface Side {
  side: OrderedSide;
  text: () => string;
  bytes: () => Uint8Array;
  budget: ReturnType<typeof newWaitingBudget>;
}

function newSide(): Side {
  const parts: Uint8Array[] = [];
  const budget = newWaitingBudget();
  const side = new OrderedSide(budget, (bytes) => void parts.push(bytes.slice()));
  const bytes = (): Uint8Array => new Uint8Array(Buffer.concat(parts));
  return { side, bytes, budget, text: () => Buffer.concat(parts).toString("latin1") };
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("one direction of a stream", () => {
  test("drops what was there before, and keeps the new part of an overlap", () => {
    const { side, text } = newSide();
    side.add(100, 5, ascii("hello"));
    side.add(100, 5, ascii("HELLO"));
    side.add(103, 7, ascii("LO worl"));
    expect(text()).toBe("hello worl");
  });

  test("waits for what comes late, across the wrap of the numbers", () => {
    const { side, text, budget } = newSide();
    side.add(0xfffffffe, 2, ascii("ab"));
    side.add(3, 2, ascii("fg"));
    expect(text()).toBe("ab");
    side.add(0, 3, ascii("cde"));
    expect(text()).toBe("abcdefg");
    expect(budget).toEqual(newWaitingBudget());
  });

  test("gives a gap up when the other end has what lies behind it, as tshark words it", () => {
    const { side, text } = newSide();
    side.add(1, 2, ascii("ab"));
    side.add(8, 2, ascii("ij"));
    side.acknowledge(8);
    expect(text()).toBe("ab");
    side.acknowledge(10);
    expect(text()).toBe("ab[5 bytes missing in capture file]\0ij");
  });

  test("of a frame that was cut takes what is there and counts what was sent", () => {
    const { side, text } = newSide();
    side.add(1, 10, ascii("abc"));
    side.add(11, 2, ascii("kl"));
    expect(text()).toBe("abckl");
  });

  test("goes on from another SYN's number where one answers beside the server", () => {
    const { side, text } = newSide();
    side.synchronize(999);
    side.add(1_000, 0, ascii(""));
    side.synchronize(499);
    side.add(500, 2, ascii("ok"));
    expect(text()).toBe("ok");
  });

  test("frees what waits when it ends", () => {
    const { side, budget } = newSide();
    side.add(1, 1, ascii("a"));
    side.add(9, 4, ascii("late"));
    expect(budget.sizeBytes).toBe(4);
    side.end();
    expect(budget.sizeBytes).toBe(0);
  });

  test("gives the gap up when too many segments wait, and counts that", () => {
    const { side, text, budget } = newSide();
    side.add(0, 1, ascii("a"));
    for (let at = 0; at < 8_193; at++) side.add(2 + at, 1, ascii("b"));
    expect(budget).toEqual({ sizeBytes: 0, overflow: 1, lostBytes: 1, gapCount: 1 });
    expect(text()).toBe(`a[1 bytes missing in capture file]\0${"b".repeat(8_193)}`);
  });
});

interface Cut {
  from: number;
  size: number;
  order: number;
}

test("any segmentation and order of the same bytes gives the same bytes", () => {
  const cut = fc.record({
    from: fc.nat(400),
    size: fc.integer({ min: 1, max: 80 }),
    order: fc.nat(),
  });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      fc.array(cut, { maxLength: 60 }),
      fc.nat(0xffffffff),
      (content, extra: Cut[], start) => {
        const { side, bytes, budget } = newSide();
        // The whole in pieces, so that nothing is missing, and any further overlapping ones.
        const whole = Array.from({ length: Math.ceil(content.length / 7) }, (_, index) => ({
          from: index * 7,
          size: 7,
          order: Math.imul(start + index, 0x9e3779b1) >>> 0,
        }));
        const segments = [...whole, ...extra]
          .filter(({ from }) => from < content.length)
          .toSorted((one, other) => one.order - other.order);
        side.add(start, 0, new Uint8Array(0));
        for (const { from, size } of segments) {
          const payload = content.subarray(from, from + size);
          side.add((start + from) >>> 0, payload.length, payload);
        }
        // The first segment of all, without payload, said where the stream begins.
        expect(bytes()).toEqual(content);
        expect(budget).toEqual(newWaitingBudget());
      },
    ),
  );
});

test("random segments and acknowledgements never throw, and what waits is always counted right", () => {
  const segment = fc.record({
    sequence: fc.nat(0xffffffff),
    length: fc.nat(70_000),
    payload: fc.uint8Array({ maxLength: 64 }),
    isSyn: fc.boolean(),
    ack: fc.nat(0xffffffff),
  });
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 60 }), (segments) => {
      const { side, budget } = newSide();
      for (const { sequence, length, payload, isSyn, ack } of segments) {
        if (isSyn) side.synchronize(sequence);
        side.add(sequence, length, payload);
        side.acknowledge(ack);
        expect(budget.sizeBytes).toBeGreaterThanOrEqual(0);
      }
      side.end();
      expect(budget.sizeBytes).toBe(0);
    }),
  );
});
