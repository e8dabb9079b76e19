import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ClockSteps } from "../../../src/capture/flight/clock-steps.ts";
import { captureCoverage } from "../../../src/capture/flight/coverage.ts";
import { Gaps } from "../../../src/capture/flight/gaps.ts";
import { Holds } from "../../../src/capture/flight/holds.ts";
import type { LookBackResult } from "../../../src/capture/flight/look-back-result.ts";
import { coverageText, makeCoverage } from "../../../src/capture/flight/make-coverage.ts";
import { listRingFiles, ringBasePath } from "../../../src/capture/flight/ring-file.ts";
import { systemClock } from "../../../src/common/clock.ts";

const moment = Date.parse("2026-11-21T02:00:00Z");
const sessionId = "0b1c2d3e-0000-4000-8000-000000000001";
const otherId = "0b1c2d3e-0000-4000-8000-000000000002";
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-ring-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const eth0: LookBackResult["interfaces"][number] = {
  name: "eth0",
  isWatched: true,
  oldestPacketTime: moment - 70_000,
  coveredFrom: moment - 60_000,
  packetsSeen: 500,
  packets: 20,
  packetsCutShort: 0,
  snapLengthBytes: 0,
  drops: 0,
  edgeIsFound: true,
  packetsLacking: 0,
  packetsFilledIn: 0,
  isCutBySize: false,
  gaps: [],
  problem: null,
};
const lookBack = (change: Partial<LookBackResult> = {}): LookBackResult => ({
  facts: {
    heldAt: moment + 400,
    holdMilliseconds: 0.4,
    heldFiles: 16,
    heldBytes: 64 << 20,
    filter: "",
    interfaces: [],
  },
  problem: null,
  isRecorderOff: false,
  windowFrom: moment - 60_000,
  moment,
  cutMilliseconds: 120,
  interfaces: [eth0],
  clockSteps: [],
  ...change,
});
const coverageOf = (result: LookBackResult | null, change: object = {}) =>
  captureCoverage.parse(
    makeCoverage({
      lookBack: result,
      lookBackSeconds: result === null ? 0 : 60,
      interfaces: ["eth0"],
      filter: "tcp",
      afterSeconds: 30,
      startedAt: moment + 500,
      endedAt: moment + 30_500,
      packets: 30,
      packetsDropped: 0,
      clockOffsetMilliseconds: -3.5,
      ...change,
    }),
  );

test("what was asked for is there: nothing is warned of", () => {
  const coverage = coverageOf(lookBack());
  expect(coverage).toMatchObject({
    asked: { beforeSeconds: 60, afterSeconds: 30 },
    got: { beforeSeconds: 60, afterSeconds: 30 },
    filter: { text: "tcp", ringPacketsSeen: 500, packetsMatched: 30 },
    clock: { offsetMilliseconds: -3.5, steppedMilliseconds: 0 },
    warnings: [],
  });
  expect(coverageText(coverage)).toBe(
    "look-back of 60 s before 2026-11-21T02:00:00.000Z: got 60 s",
  );
  expect(coverageOf(null)).toMatchObject({ ring: null, warnings: [], got: { beforeSeconds: 0 } });
});

test("everything that is less than was asked is warned of, each by its name", () => {
  const gap = {
    interfaceName: "eth0",
    from: "2026-11-21T01:59:40.000Z",
    to: "2026-11-21T01:59:44.000Z",
    reason: "dumpcap ended by SIGKILL",
  };
  const short = {
    ...eth0,
    coveredFrom: moment - 30_000,
    snapLengthBytes: 512,
    packetsCutShort: 3,
    drops: 7,
    edgeIsFound: false,
    isCutBySize: true,
    gaps: [gap],
  };
  const unwatched = { ...eth0, name: "eth1", isWatched: false, oldestPacketTime: null };
  const unread = { ...eth0, name: "eth2", problem: "cannot compile" };
  const coverage = coverageOf(
    lookBack({
      facts: {
        ...(lookBack().facts as NonNullable<LookBackResult["facts"]>),
        filter: "not port 22",
      },
      interfaces: [short, unwatched, unread],
      clockSteps: [{ at: moment, milliseconds: -5_000 }],
      problem: "it was the oldest",
    }),
    { packets: 0, packetsDropped: 3 },
  );
  expect(coverage.warnings.map(({ code }) => code)).toEqual([
    "HoldFailed",
    "RecorderFiltered",
    "RingTooShort",
    "RecorderWasDown",
    "PacketsCutShort",
    "LookBackCutBySize",
    "BoundaryUncertain",
    "PacketsDropped",
    "InterfaceNotWatched",
    "HoldFailed",
    "ClockStepped",
    "PacketsDropped",
    "FilterMatchedNothing",
  ]);
  // 30 s less the gap of 4 s.
  expect(coverage.interfaces[0]?.gotBeforeSeconds).toBe(26);
  expect(coverage.got.beforeSeconds).toBe(0);
  expect(coverage.clock.steppedMilliseconds).toBe(-5_000);
  const off = lookBack({ facts: null, isRecorderOff: true, interfaces: [] });
  expect(coverageOf(off).warnings.map(({ code }) => code)).toEqual(["RecorderOff"]);
});

test("a clock that jumps is noticed, one that is slewed is not", () => {
  let ahead = 0;
  const steps = new ClockSteps({ ...systemClock, now: () => performance.now() + 1e12 + ahead });
  ahead = 100;
  expect(steps.look()).toBeNull();
  ahead = -60_000;
  expect(steps.look()?.milliseconds).toBe(-60_100);
  expect(steps.since(performance.now() + 1e12 - 60_000).length).toBe(1);
  expect(steps.since(performance.now() + 1e12 + 10_000)).toEqual([]);
});

test("gaps are kept beside the ring, cut to the window, and a damaged list is an empty one", async () => {
  const gaps = await Gaps.open(directory);
  gaps.add("eth0", 1_000, 5_000, "x".repeat(1_000));
  gaps.add("eth1", 1_000, 5_000, "other");
  await gaps.close();
  const [gap, ...others] = (await Gaps.open(directory)).within("eth0", 2_000, 3_000);
  expect(gap).toMatchObject({ from: "1970-01-01T00:00:02.000Z", to: "1970-01-01T00:00:03.000Z" });
  expect(gap?.reason.length).toBe(500);
  expect(others).toEqual([]);
  await writeFile(join(directory, "gaps.json"), "{");
  expect((await Gaps.open(directory)).within("eth0", 0, 10_000)).toEqual([]);
});

test("any name of an interface is a file's name and comes back from it", async () => {
  const names = ["eth0", "eth0.100", "wg_a-b", "a~b%c", "déjà"];
  for (const name of names) {
    const path = ringBasePath(directory, name, 7).replace(
      ".pcapng",
      "_00002_20261121093000.pcapng",
    );
    await writeFile(path, name);
  }
  await writeFile(join(directory, "eth0~x.pcapng"), "");
  const files = listRingFiles(directory);
  expect(files.map(({ interfaceName }) => interfaceName).toSorted()).toEqual(names.toSorted());
  expect(new Set(files.map(({ run, number }) => `${run} ${number}`))).toEqual(new Set(["7 2"]));
  expect(listRingFiles(join(directory, "gone"))).toEqual([]);
});

test("a hold keeps what the ring lets go of, up to its limit: then the oldest is given up and says so", async () => {
  const ring = join(directory, "ring");
  await mkdir(ring);
  const write = async (number: number) => {
    const name = `eth0~00001_0000${number}_20261121093000.pcapng`;
    await writeFile(join(ring, name), Buffer.alloc(1_000));
    return join(ring, name);
  };
  const holds = new Holds(ring);
  const facts = { filter: "", interfaces: [] };
  const first = await write(1);
  expect(holds.take(sessionId, { ...facts, heldAt: 1 })).toMatchObject({
    heldFiles: 1,
    heldBytes: 1_000,
  });
  const second = await write(2);
  holds.takeNew();
  holds.take(otherId, { ...facts, heldAt: 2 });
  await rm(first);
  await rm(second);
  await write(3);
  expect(holds.filesOf(sessionId).length).toBe(2);
  expect(holds.heldBytes()).toBe(2_000);
  expect(holds.enforce(2_000)).toBe(0);
  expect(holds.enforce(1_999)).toBe(2);
  expect(holds.refusalOf(sessionId)).toMatch(/2000 bytes besides the ring, 1999 are allowed/);
  expect(holds.filesOf(sessionId)).toEqual([]);
  // Another process finds the facts beside the files; once sealed a hold takes in no more.
  holds.take(sessionId, { ...facts, heldAt: 3 });
  holds.seal(sessionId);
  await write(4);
  holds.takeNew();
  const later = new Holds(ring);
  expect(later.factsOf(sessionId)).toMatchObject({ heldAt: 3 });
  expect(later.filesOf(sessionId).length).toBe(1);
  later.reopen(sessionId);
  expect(later.filesOf(sessionId).length).toBe(2);
  later.release(sessionId);
  expect(later.sessionIds).toEqual([]);
});
