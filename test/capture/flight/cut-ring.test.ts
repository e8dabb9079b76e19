import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { everyPacket } from "../../../src/capture/flight/compiled-filter.ts";
import { cutRing } from "../../../src/capture/flight/cut-ring.ts";
import { readEdge } from "../../../src/capture/flight/recording-edge.ts";
import { listRingFiles, ringBasePath } from "../../../src/capture/flight/ring-file.ts";
import { PcapngWriter } from "../../../src/inspection/file/pcapng-writer.ts";
import { mergeCaptures } from "../../../src/inspection/merge-captures.ts";
import { PacketCursor } from "../../../src/inspection/tools/packet-cursor.ts";

interface Sent {
  number: number;
  /** Microseconds since the first. */
  time: number;
}

const began = 1_790_000_000;
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-cut-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What dumpcap writes: one interface, times in microseconds. */
function captureOf(packets: readonly Sent[]): Uint8Array {
  const writer = new PcapngWriter();
  writer.putSectionHeader([]);
  writer.putInterface({ linkType: 1, snapLength: 64, timeResolution: 6, options: [] });
  for (const { number, time } of packets) {
    const data = new Uint8Array(60);
    new DataView(data.buffer).setUint32(30, number);
    const ticks = BigInt(began) * 1_000_000n + BigInt(time);
    const options = new Uint8Array(0);
    writer.putPacket({ interfaceId: 0, ticks, originalLength: 60, data, options });
  }
  return writer.take();
}

async function numbersOf(path: string): Promise<number[]> {
  const cursor = new PacketCursor(createReadStream(path));
  const numbers: number[] = [];
  while (cursor.next() || (await cursor.fill())) {
    const { bytes, offset } = cursor.packet;
    numbers.push(new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(30));
  }
  return numbers;
}

async function writeRing(packets: readonly Sent[], fileLength: number): Promise<void> {
  for (let at = 0, number = 1; at < packets.length; at += fileLength, number++) {
    const name = `_${String(number).padStart(5, "0")}_20261121093000.pcapng`;
    const path = ringBasePath(directory, "eth0", 1).replace(".pcapng", name);
    await writeFile(path, captureOf(packets.slice(at, at + fileLength)));
  }
}

async function cut(drops: number | null) {
  const filePath = join(directory, "part.pcapng");
  const edge = await readEdge(join(directory, "live.pcapng"));
  const result = await cutRing({
    files: () => listRingFiles(directory),
    fromNanoseconds: BigInt(began) * 1_000_000_000n,
    edge,
    endMilliseconds: 0,
    filter: everyPacket,
    snapLengthBytes: 0,
    filePath,
    sizeBytesMax: 0,
    roomBytes: () => Promise.resolve(0),
    drops,
    isClockStepped: false,
    now: () => Date.now(),
    signal: new AbortController().signal,
  });
  return { filePath, result };
}

const steady = (count: number): Sent[] =>
  Array.from({ length: count }, (_, number) => ({ number, time: number * 20 }));

test("a recording that misses packets while its filter is set gets them from the ring", async () => {
  const sent = steady(20_000);
  await writeRing(sent, 3_000);
  const live = sent.filter(({ number }) => number >= 5_000 && number !== 5_013 && number !== 5_014);
  await writeFile(join(directory, "live.pcapng"), captureOf(live));
  const { filePath, result } = await cut(0);
  expect(result).toMatchObject({ edgeIsFound: true, packetsFilledIn: 2, packetsLacking: 0 });
  const expected = sent.filter((each) => !live.includes(each)).map(({ number }) => number);
  expect(await numbersOf(filePath)).toEqual(expected);
});

test("what the ring itself lost beside the recording is counted", async () => {
  const sent = steady(20_000);
  await writeRing(
    sent.filter(({ number }) => number < 6_000 || number > 6_009),
    3_000,
  );
  await writeFile(join(directory, "live.pcapng"), captureOf(sent.slice(5_000)));
  const { filePath, result } = await cut(null);
  expect(result).toMatchObject({ edgeIsFound: true, packetsFilledIn: 0, packetsLacking: 10 });
  expect((await numbersOf(filePath)).length).toBe(5_000);
});

test("drops that nobody knows are not said to be none", async () => {
  await writeRing(steady(100), 50);
  await writeFile(join(directory, "live.pcapng"), captureOf(steady(100).slice(60)));
  for (const drops of [null, 0, 3]) {
    const { filePath } = await cut(drops);
    const inputs = [filePath, join(directory, "live.pcapng")].map((path) => createReadStream(path));
    const merged = mergeCaptures(inputs, { packetsDropped: 5, countedInputCount: 1 });
    const chunks: Uint8Array[] = [];
    for await (const chunk of merged) chunks.push(chunk);
    const cursor = new PacketCursor(Readable.from(chunks));
    while (cursor.next() || (await cursor.fill()));
    expect(cursor.reader.interfaces.map(({ dropped }) => dropped)).toEqual([drops, 5]);
  }
});

test("bursts, files that change within them, stamps out of order: every packet is there once", async () => {
  const bursts = fc.array(
    fc.record({ gap: fc.nat(9_000), count: fc.integer({ min: 1, max: 40 }) }),
    {
      minLength: 60,
      maxLength: 80,
    },
  );
  const jitter = fc.infiniteStream(fc.nat(9));
  const shape = fc.record({ start: fc.nat(400), before: fc.nat(20), hole: fc.nat(6) });
  await fc.assert(
    fc.asyncProperty(bursts, jitter, shape, fc.integer({ min: 50, max: 700 }), async (...made) => {
      const [sizes, late, { start, before, hole }, fileLength] = made;
      await rm(directory, { recursive: true });
      directory = await mkdtemp(join(tmpdir(), "nightcap-cut-"));
      const sent = burstsOf(sizes);
      const recorded = (packets: readonly Sent[]): Sent[] =>
        packets
          .map((each) => ({ ...each, time: each.time + Number(late.next().value) }))
          .map((each) => ({ each, place: each.time + Number(late.next().value) }))
          .toSorted((one, other) => one.place - other.place)
          .map(({ each }) => each);
      const from = start % (sent.length >> 1);
      const isLive = (at: number) =>
        at >= from && (at <= from + before || at > from + before + hole);
      await writeRing(recorded(sent), fileLength);
      const live = recorded(sent.filter((_, at) => isLive(at)));
      await writeFile(join(directory, "live.pcapng"), captureOf(live));
      const { filePath, result } = await cut(0);
      expect(result.edgeIsFound).toBe(true);
      const fromRing = result.packets > 0 ? await numbersOf(filePath) : [];
      const numbers = [...fromRing, ...live.map(({ number }) => number)];
      expect(numbers.toSorted((one, other) => one - other)).toEqual(
        sent.map(({ number }) => number),
      );
    }),
    { numRuns: 10 },
  );
});

function burstsOf(sizes: readonly { gap: number; count: number }[]): Sent[] {
  let time = 100;
  let number = 0;
  return sizes.flatMap(({ gap, count }) => {
    time += gap;
    return Array.from({ length: count }, () => ({ number: number++, time }));
  });
}
