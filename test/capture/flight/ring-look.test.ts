import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { everyPacket } from "../../../src/capture/flight/compiled-filter.ts";
import { lookIntoRing, type RingQuestion } from "../../../src/capture/flight/ring-look.ts";
import { ethernetFrame, pcapFile } from "../packets.ts";

const startedAt = Date.UTC(2026, 10, 21, 9, 30);
const { signal } = new AbortController();
const question: RingQuestion = {
  filterOf: () => everyPacket,
  from: 0,
  to: startedAt + 3_600_000,
  snapLengthBytes: 0,
  readBytesMax: 1 << 20,
  readMillisecondsMax: 10_000,
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-ring-"));
});
afterEach(() => rm(directory, { recursive: true }));

const look = (changes: Partial<RingQuestion>, oldestNumber = 1) =>
  lookIntoRing(
    { state: () => ({ directory, interfaces: [recorded(oldestNumber)] }) as never },
    { ...question, ...changes },
    signal,
  );
const recorded = (run: number) => ({ name: "eth0", recording: { run, startedAt } });

/** The ring's file `number`, begun so many minutes after its recorder, with a packet each second. */
async function ringFile(number: number, minute: number, packetCount: number): Promise<void> {
  const from = startedAt / 1_000 + minute * 60;
  const time = `2026112109${30 + minute}00`;
  const path = join(directory, `eth0~00001_${String(number).padStart(5, "0")}_${time}.pcapng`);
  const frames = Array.from({ length: packetCount }, (_, at) => frameTo(at % 2 === 0 ? 53 : 443));
  await writeFile(path, pcapFile(frames, from));
  await utimes(path, from + packetCount, from + packetCount);
}

const frameTo = (destinationPort: number): Buffer =>
  ethernetFrame({
    family: 4,
    source: "192.0.2.1",
    destination: "192.0.2.2",
    protocol: "udp",
    sourcePort: 5_353,
    destinationPort,
  });
/** The port of a frame made above. */
const isToPort53 = (bytes: Uint8Array, offset: number): boolean =>
  bytes[offset + 36] === 0 && bytes[offset + 37] === 53;

test("an empty ring reaches back to its recorder's start", async () => {
  expect(await look({})).toEqual({
    interfaces: [{ name: "eth0", reachesBackTo: startedAt }],
    packets: 0,
    bytes: 0,
    isPartial: false,
    readBytes: 0,
  });
});

test("packets of the filter are counted, with the bytes that the capture would keep", async () => {
  await ringFile(1, 0, 10);
  await ringFile(2, 1, 20);
  expect(await look({ snapLengthBytes: 40 })).toMatchObject({ packets: 30, bytes: 30 * 40 });
  const filtered = await look({ filterOf: () => isToPort53 });
  expect(filtered).toMatchObject({ packets: 15, bytes: 15 * 54, isPartial: false });
});

test("only the window is counted, and older files are not read", async () => {
  await ringFile(1, 0, 10);
  await ringFile(2, 1, 20);
  const from = startedAt + 60_000 + 5_000;
  const looked = await look({ from, to: from + 4_000 });
  expect(looked.packets).toBe(5);
  expect(looked.readBytes).toBeLessThan((await look({})).readBytes);
});

test("a ring that lost nothing reaches back to its recorder's start, another one to its oldest packet", async () => {
  await ringFile(2, 3, 10);
  const [lost] = (await look({})).interfaces;
  expect(lost?.reachesBackTo).toBe(startedAt + 180_000);
  await ringFile(1, 1, 10);
  const [whole] = (await look({})).interfaces;
  expect(whole?.reachesBackTo).toBe(startedAt);
});

test("what is not read is said: the newest files first, within bytes and time", async () => {
  await ringFile(1, 0, 10);
  await ringFile(2, 1, 20);
  expect(await look({ readBytesMax: 100 })).toMatchObject({ packets: 20, isPartial: true });
  const none = await look({ readMillisecondsMax: 0 });
  expect(none).toMatchObject({ packets: 0, isPartial: true, readBytes: 0 });
});

test("a file that is gone or has no header yet is passed over", async () => {
  await ringFile(1, 0, 10);
  await writeFile(join(directory, "eth0~00001_00002_20261121093100.pcapng"), "");
  await writeFile(join(directory, "eth0~00001_00003_20261121093200.pcapng"), "no capture");
  expect(await look({})).toMatchObject({ packets: 10, isPartial: false });
});
