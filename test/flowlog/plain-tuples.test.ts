import { expect, test } from "vitest";
import { createFlowBatch } from "../../src/flowlog/flow-batch.ts";
import { readPlainTuple } from "../../src/flowlog/plain-tuples.ts";

/** As Azure writes a tuple, told in another way than the reader tells it. */
const plain =
  /^([1-9]\d{12}),([\d.]+|[\da-f:.]+),([\d.]+|[\da-f:.]+),(\d{1,9}),(\d{1,9}),(\d{1,9}),([IO]),([BCED]),(N?X),(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})$/i;
const octets = /^(?:(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.|$)){4}$/;
const isSmall = (text = "", max: number) => Number(text) <= max;

const samples = [
  "1767225600123,10.0.0.4,20.253.107.9,49152,443,6,O,B,NX,0,0,0,0",
  "1767225600999,203.0.113.255,10.0.0.5,1,65535,17,I,E,X,12,345678,9,100200300",
  "1767225600000,2603:1030:40c:5::1,10.1.2.3,65535,53,17,I,D,NX,0,0,0,0",
  "1767225659999,10.1.2.3,::ffff:1.2.3.4,1024,80,6,O,C,NX,999999999,1,22,333",
];
const letters = "0123456789.,:abcfxNIOBCEDX\\ ";

/** The same numbers each time. */
function createRandom(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

function read(text: string) {
  const batch = createFlowBatch(1);
  // Bytes of an earlier tuple may stand behind the end, which is a 0.
  const bytes = Buffer.from(`${text}"\0${samples[1]}"`, "latin1");
  const end = readPlainTuple(bytes, 0, batch, 0);
  return end === 0 ? null : { end, batch };
}

function expectRow(text: string, fields: readonly string[]): void {
  const found = read(text);
  expect(found?.end, text).toBe(text.length + 1);
  const { batch } = found ?? { batch: createFlowBatch(1) };
  const [time, source, , sourcePort, destinationPort, protocol, direction, state, encryption] =
    fields;
  expect([batch.time[0], batch.sourcePort[0], batch.destinationPort[0], batch.protocol[0]]).toEqual(
    [time, sourcePort, destinationPort, protocol].map(Number),
  );
  expect(batch.direction[0]).toBe("IO".indexOf(direction ?? ""));
  expect(batch.state[0]).toBe("BCED".indexOf(state ?? ""));
  expect(batch.encryption[0]).toBe(encryption === "NX" ? 2 : 1);
  const counters = [
    batch.packetsToDestination[0],
    batch.bytesToDestination[0],
    batch.packetsToSource[0],
    batch.bytesToSource[0],
  ];
  expect(counters).toEqual(fields.slice(9).map(Number));
  if (source?.includes(":") === false) {
    const bytes = source.split(".").map(Number);
    const word = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    expect([...batch.source]).toEqual([0, 0, 0xffff, word]);
  }
}

test("tuples as Azure writes them are read at once", () => {
  for (const text of samples) expectRow(text, text.split(","));
});

test("whatever else stands there is left to the other reader, or read as it is", () => {
  const random = createRandom();
  let readCount = 0;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from(samples[random(samples.length)] ?? "");
    for (let change = 0; change <= random(2); change++) {
      const letter = letters[random(letters.length)] ?? "";
      text.splice(random(text.length), random(2), ...(random(3) === 0 ? [] : [letter]));
    }
    const changed = text.join("");
    if (read(changed) === null) continue;
    readCount++;
    const fields = (plain.exec(changed) ?? []).slice(1);
    expect(fields.length, changed).toBe(13);
    for (const address of fields.slice(1, 3))
      expect(address.includes(":") || octets.test(address), changed).toBe(true);
    expect(isSmall(fields[3], 65_535) && isSmall(fields[4], 65_535), changed).toBe(true);
    expect(isSmall(fields[5], 255), changed).toBe(true);
    expectRow(changed, fields);
  }
  expect(readCount).toBeGreaterThan(1_000);
});
