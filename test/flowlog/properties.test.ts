import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFlowBatch, type FlowBatch } from "../../src/flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../src/flowlog/flow-log-reader.ts";
import { writeFlowRecords } from "../../src/flowlog/record-writer.ts";
import { readLog, type ReadRow } from "./read-log.ts";
import { nsgEmptyFlows, nsgV1Nested, nsgV2, vnetV4 } from "./samples.ts";

const texts = [nsgV1Nested, nsgV2, nsgEmptyFlows, vnetV4].flatMap((sample) => [
  JSON.stringify(sample),
  JSON.stringify(sample, null, 2),
]);
const chunkSizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });

describe("any cut of the bytes into chunks", () => {
  test("gives the same rows, batches and offsets", () => {
    const damaged = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.integer({ min: 0, max: 127 }));
    fc.assert(
      fc.property(damaged, chunkSizes, fc.integer({ min: 1, max: 9 }), (input, sizes, capacity) => {
        const [text, at, character] = input;
        const place = at % (text.length * 2);
        const changed =
          text.slice(0, place) + String.fromCharCode(character) + text.slice(place + 1);
        const whole = readLog(changed, { capacity });
        const cut = readLog(changed, { capacity, chunkSizes: sizes, swap: true });
        expect(withoutReceived(cut)).toEqual(withoutReceived(whole));
      }),
      { numRuns: 400 },
    );
  });

  test("of one byte each", () => {
    for (const text of texts) expect(readLog(text, { chunkSizes: [1] })).toEqual(readLog(text));
  });
});

describe("a reading that goes on", () => {
  test("from the bytes that were consumed gives each row once, wherever it was cut", () => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), (text, at) => {
        const first = readLog(text.slice(0, at % (text.length + 1)));
        const second = readLog(text.slice(first.summary.consumedBytes));
        expect(second.summary.failure).toBeNull();
        expect([...first.tuples, ...second.tuples]).toEqual(readLog(text).tuples);
      }),
      { numRuns: 300 },
    );
  });
});

describe("random bytes", () => {
  test("never throw or loop", () => {
    const json = fc.oneof(
      fc.constantFrom(...Array.from('{}[]",:\\ \n1-0eu')),
      fc.constantFrom('"records":[', '"flowTuples":["', "1,2,"),
    );
    const inputs = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(json, { maxLength: 200 }).map((parts) => Buffer.from(parts.join(""))),
      fc.json({ maxDepth: 8 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(inputs, chunkSizes, (bytes, sizes) => {
        const { summary } = readLog(bytes, { chunkSizes: sizes });
        expect(summary.consumedBytes).toBeLessThanOrEqual(bytes.length);
        expect(summary.isComplete).toBe(summary.isComplete && summary.failure === null);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("what is written", () => {
  test("is read as the same rows", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const batch = batchOf(rows);
        const records = writeFlowRecords(batch, () => ({ timeMilliseconds: 0, flowLogGuid: "g" }));
        const back: Row[] = [];
        const reader = createFlowLogReader(createFlowBatch(7), (full) => {
          back.push(...rowsOf(full));
          return full;
        });
        reader.write(Buffer.from(`{"records":[${records.join(",")}]}`));
        expect(reader.end()).toMatchObject({ failure: null, malformed: 0, isComplete: true });
        expect(sorted(back)).toEqual(sorted(rows));
      }),
      { numRuns: 200 },
    );
  });
});

const port = fc.integer({ min: 0, max: 65_535 });
const counter = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000 }), fc.maxSafeNat());
const word = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffffffff }));
const address = fc.tuple(word, word, word, word);
const name = fc.oneof(fc.constantFrom("DefaultRule", "PlatformRule"), fc.string({ maxLength: 12 }));
/** From where on times are milliseconds. */
const time = fc.integer({ min: 1e11, max: 4e12 });
const row = fc.record({
  time,
  source: address,
  destination: address,
  ports: fc.tuple(port, port),
  protocol: fc.integer({ min: 0, max: 255 }),
  direction: fc.integer({ min: 0, max: 1 }),
  state: fc.integer({ min: 0, max: 3 }),
  encryption: fc.integer({ min: 0, max: 8 }),
  counters: fc.tuple(counter, counter, counter, counter),
  origin: fc.record({
    version: fc.constant(4 as const),
    flowLogId: fc.constantFrom("/FLOWLOGS/A", "/FLOWLOGS/B"),
    targetId: name,
    macAddress: fc.constantFrom("00224871C205", "000D3AF8801A"),
    aclId: name,
    rule: name,
  }),
});
type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never;

function batchOf(rows: readonly Row[]): FlowBatch {
  const batch = createFlowBatch(Math.max(rows.length, 1));
  for (const [at, one] of rows.entries()) {
    batch.time[at] = one.time;
    batch.source.set(one.source, at * 4);
    batch.destination.set(one.destination, at * 4);
    [batch.sourcePort[at], batch.destinationPort[at]] = one.ports;
    batch.protocol[at] = one.protocol;
    batch.direction[at] = one.direction;
    batch.state[at] = one.state;
    batch.encryption[at] = one.encryption;
    [batch.packetsToDestination[at], batch.bytesToDestination[at]] = one.counters;
    [, , batch.packetsToSource[at], batch.bytesToSource[at]] = one.counters;
    batch.origin[at] = batch.origins.push(one.origin) - 1;
  }
  batch.length = rows.length;
  return batch;
}

function rowsOf(batch: FlowBatch): Row[] {
  const at = (column: ArrayLike<number>, index: number): number => column[index] ?? NaN;
  const words = (column: Uint32Array, index: number): [number, number, number, number] => {
    const [a = 0, b = 0, c = 0, d = 0] = column.subarray(index * 4);
    return [a, b, c, d];
  };
  return Array.from({ length: batch.length }, (_, index) => ({
    time: at(batch.time, index),
    source: words(batch.source, index),
    destination: words(batch.destination, index),
    ports: [at(batch.sourcePort, index), at(batch.destinationPort, index)],
    protocol: at(batch.protocol, index),
    direction: at(batch.direction, index),
    state: at(batch.state, index),
    encryption: at(batch.encryption, index),
    counters: [
      at(batch.packetsToDestination, index),
      at(batch.bytesToDestination, index),
      at(batch.packetsToSource, index),
      at(batch.bytesToSource, index),
    ],
    origin: batch.origins[at(batch.origin, index)] as Row["origin"],
  }));
}

/** Records group rows by origin, so their order is another. */
function sorted(rows: readonly Row[]): string[] {
  const text = ({ origin, ...rest }: Row): string =>
    JSON.stringify([
      origin.flowLogId,
      origin.targetId,
      origin.macAddress,
      origin.aclId,
      origin.rule,
      ...Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  return rows.map(text).toSorted();
}

/** How much was received before a failure depends on the chunks; nothing else does. */
function withoutReceived(log: { rows: readonly ReadRow[]; summary: object; batches: object }) {
  return { rows: log.rows, summary: { ...log.summary, receivedBytes: 0 }, batches: log.batches };
}
