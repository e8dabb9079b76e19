import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Analyses } from "../../src/inspection/analysis/analyses.ts";
import { Frame } from "../../src/inspection/dissect/frame.ts";
import { reassemble } from "../../src/inspection/dissect/network/ip-reassembly.ts";

interface Piece {
  source: number;
  identification: number;
  offset: number;
  hasMore: boolean;
  bytes: Uint8Array;
}

const header = Uint8Array.from({ length: 20 }, () => 10);

/** The datagram that this piece completes, null while there is none. */
function add(frame: Frame, { source, bytes, ...fragment }: Piece): Uint8Array | null {
  frame.buffers.settle();
  header[15] = source;
  frame.ends.setIpv4(header, 0);
  frame.bytes = bytes;
  frame.capturedEnd = bytes.length;
  return reassemble(frame, { ...fragment, at: 0 });
}

/** Datagrams of two sources that number theirs alike, in pieces of eight bytes. */
const pieces = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 6 })
  .chain((payloads) => {
    const all = payloads.flatMap((payload, number) =>
      Array.from({ length: Math.ceil(payload.length / 8) }, (_, index): Piece => ({
        source: number % 2,
        identification: number >> 1,
        offset: index * 8,
        hasMore: index * 8 + 8 < payload.length,
        bytes: payload.slice(index * 8, index * 8 + 8),
      })),
    );
    const order = fc.shuffledSubarray(all, { minLength: all.length });
    return fc.tuple(fc.constant(payloads), order);
  });

test("fragments come together in any order, with those of others between them", () => {
  fc.assert(
    fc.property(pieces, ([payloads, order]) => {
      const frame = new Frame(new Analyses());
      const found = order.flatMap((piece) => {
        const whole = add(frame, piece);
        return whole ? [Buffer.from(whole).toString("hex")] : [];
      });
      const sent = payloads.map((payload) => Buffer.from(payload).toString("hex"));
      expect(found.toSorted()).toEqual(sent.toSorted());
    }),
  );
});

test("the oldest datagram gives way when too many wait for their rest", () => {
  const frame = new Frame(new Analyses());
  const piece = { source: 1, offset: 0, hasMore: true, bytes: new Uint8Array(8) };
  for (let identification = 0; identification < 257; identification++)
    expect(add(frame, { ...piece, identification })).toBeNull();
  const last = { ...piece, offset: 8, hasMore: false };
  expect(add(frame, { ...last, identification: 0 })).toBeNull();
  expect(add(frame, { ...last, identification: 256 })).toHaveLength(16);
});
