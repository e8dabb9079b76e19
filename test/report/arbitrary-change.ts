import * as fc from "fast-check";
import type { ChangeAnswer } from "../../src/inspection/change/change-answer.ts";

/** An answer of texts and numbers that nobody would expect. */
export function arbitraryChange(
  hostile: fc.Arbitrary<string>,
  count: fc.Arbitrary<number>,
): fc.Arbitrary<ChangeAnswer> {
  const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const amount = fc.double({ min: 0, max: 1e15, noNaN: true });
  const period = fc.record({
    from: count,
    to: count,
    seconds: amount,
    total: count,
    value: amount,
  });
  const row = fc.record({
    name: hostile,
    address: nullable(hostile),
    detail: hostile,
    before: amount,
    after: amount,
    share,
    firstSeen: nullable(count),
    process: nullable(hostile),
    threat: nullable(hostile),
    country: nullable(hostile),
    asn: nullable(hostile),
    seenBefore: nullable(fc.record({ since: count, lastSeen: nullable(count) })),
  });
  const part = fc.record({
    by: fc.constantFrom("destination", "port", "protocol", "process", "country", "source"),
    rows: fc.array(row, { maxLength: 12 }),
    count,
    otherShare: share,
  });
  return fc.record({
    kind: fc.constantFrom("exfiltration", "dnsTunnel", "backup", "spread", "none"),
    confidence: fc.record({
      level: fc.constantFrom("certain", "likely", "possible"),
      reason: hostile,
    }),
    sentence: hostile,
    metric: fc.constantFrom("bytesOut", "latency", "denied"),
    unit: fc.constantFrom("bytes/s", "milliseconds", "attempts/s"),
    moment: count,
    onset: nullable(count),
    before: nullable(period),
    after: period,
    increase: nullable(amount),
    explained: share,
    parts: fc.array(part, { maxLength: 4 }),
    timeLine: fc.record({
      from: count,
      columnMilliseconds: fc.integer({ min: 1, max: 1e9 }),
      values: fc.array(amount, { maxLength: 40 }),
    }),
    comparisons: fc.array(
      fc.record({
        when: fc.constantFrom("hourEarlier", "dayEarlier", "weekEarlier"),
        value: nullable(amount),
        destinations: fc.array(
          fc.record({ address: hostile, bytesOutPerSecond: count, bytesInPerSecond: count }),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 3 },
    ),
    evidence: fc.record({
      facts: fc.dictionary(hostile, hostile),
      displayFilter: nullable(hostile),
      frames: fc.array(count),
      streams: fc.array(count),
      addresses: fc.array(hostile),
    }),
    caveats: fc.array(hostile, { maxLength: 3 }),
  });
}
