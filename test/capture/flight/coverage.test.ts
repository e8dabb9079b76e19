import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ClockSteps } from "../../../src/capture/flight/clock-steps.ts";
import { captureCoverage } from "../../../src/capture/flight/coverage.ts";
import { Gaps } from "../../../src/capture/flight/gaps.ts";
import type { LookBackResult } from "../../../src/capture/flight/look-back-result.ts";
import { coverageText, makeCoverage } from "../../../src/capture/flight/make-coverage.ts";
import { listRingFiles, ringBasePath } from "../../../src/capture/flight/ring-file.ts";
import { systemClock } from "../../../src/common/clock.ts";

const moment = Date.parse("2026-11-21T02:00:00Z");
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
  givenUp: [],
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
    neededFrom: moment - 61_000,
    newest: [],
    givenUp: [],
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
      recordingGaps: [],
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
  // Three of its four seconds lie in the other one already.
  const given = { ...gap, to: "2026-11-21T01:59:43.000Z", from: "2026-11-21T01:59:39.000Z" };
  const short = {
    ...eth0,
    coveredFrom: moment - 30_000,
    snapLengthBytes: 512,
    packetsCutShort: 3,
    drops: 7,
    edgeIsFound: false,
    isCutBySize: true,
    gaps: [gap],
    givenUp: [given],
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
    "HoldCutShort",
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
  // 30 s less the gap of 4 s, and the one second of what was given up that is not in it.
  expect(coverage.interfaces[0]?.gotBeforeSeconds).toBe(25);
  expect(coverage.got.beforeSeconds).toBe(0);
  expect(coverage.clock.steppedMilliseconds).toBe(-5_000);
  const off = lookBack({ facts: null, isRecorderOff: true, interfaces: [] });
  expect(coverageOf(off).warnings.map(({ code }) => code)).toEqual(["RecorderOff"]);
});

test("a recording that broke off has not got what it missed, and says when that was", () => {
  const gap = (interfaceName: string, from: number, to: number) => ({
    interfaceName,
    from: new Date(moment + from).toISOString(),
    to: new Date(moment + to).toISOString(),
    reason: "dumpcap ended by SIGKILL",
  });
  const gaps = [gap("eth0", 10_500, 12_500), gap("eth1", 11_500, 15_500)];
  const coverage = coverageOf(null, { recordingGaps: [...gaps, gap("eth0", 29_500, 40_000)] });
  expect(coverage.got.afterSeconds).toBe(26);
  expect(coverage.gaps.length).toBe(3);
  expect(coverage.warnings.map(({ code }) => code)).toEqual(
    Array.from({ length: 3 }, () => "RecordingBrokeOff"),
  );
});

test("a time that a clock jumped over was not got", () => {
  const clockSteps = [{ at: moment - 10_000, milliseconds: 20_000 }];
  const coverage = coverageOf(lookBack({ clockSteps }));
  expect(coverage.got.beforeSeconds).toBe(40);
  expect(coverage.warnings.map(({ code }) => code)).toEqual(["ClockStepped"]);
  const back = coverageOf(
    lookBack({ clockSteps: [{ at: moment - 10_000, milliseconds: -20_000 }] }),
  );
  expect(back.got.beforeSeconds).toBe(60);
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
