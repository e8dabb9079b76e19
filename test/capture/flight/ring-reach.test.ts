import { expect, test } from "vitest";
import { RecorderLoadMeter } from "../../../src/capture/flight/recorder-load.ts";
import { recorderStateOf } from "../../../src/capture/flight/recorder-state.ts";
import type { RingFile } from "../../../src/capture/flight/ring-file.ts";
import { hostReach, ringReach } from "../../../src/capture/flight/ring-reach.ts";

const begun = Date.UTC(2026, 10, 22, 2, 0, 0);

const file = (over: Partial<RingFile>): RingFile => ({
  name: "eth0~00001_00001_20261122020000.pcapng",
  path: "/ring/eth0~00001_00001_20261122020000.pcapng",
  interfaceName: "eth0",
  run: 1,
  number: 1,
  sizeBytes: 1_000,
  modifiedAt: begun + 5_000,
  inode: 1,
  ...over,
});
const recording = { run: 1, startedAt: begun + 250 };

test("the first file of the run that goes on reaches to the run's own beginning", () => {
  const reach = ringReach([file({})], { recording, hadGaps: false });
  expect(reach).toEqual({ from: begun + 250, isWhole: true });
});

test("a later file reaches to the end of the second that it is named by, never further", () => {
  const reach = ringReach([file({ number: 7 })], { recording, hadGaps: false });
  expect(reach).toEqual({ from: begun + 1_000, isWhole: false });
});

test("an interface without files reaches nowhere, and one with a gap before has lost something", () => {
  expect(ringReach([], { recording, hadGaps: false })).toEqual({ from: null, isWhole: false });
  expect(ringReach([file({})], { recording, hadGaps: true }).isWhole).toBe(false);
});

test("what was overwritten bounds the host's reach; an interface that is new does not", () => {
  const isNew = { from: 900, isWhole: true };
  expect(hostReach([])).toBeNull();
  expect(hostReach([{ from: null, isWhole: false }])).toBeNull();
  expect(hostReach([{ from: 100, isWhole: true }, isNew])).toBe(100);
  expect(hostReach([{ from: 500, isWhole: false }, { from: 100, isWhole: false }, isNew])).toBe(
    500,
  );
});

test("rates are of the time since the last look: files that grew, and all of new ones", () => {
  const meter = new RecorderLoadMeter();
  const track = { interfaceName: "eth0", packets: 10, pid: null };
  expect(meter.measure([file({})], [track], 0)).toEqual({ rates: new Map(), cpuShare: null });
  const later = [file({ sizeBytes: 1_500 }), file({ inode: 2, sizeBytes: 400 })];
  const { rates } = meter.measure(later, [{ ...track, packets: 40 }], 3_000);
  expect(rates.get("eth0")).toEqual({ packetsPerSecond: 10, bytesPerSecond: 300 });
});

test("the time that was not recorded is told, and a clock that was set back makes no age below 0", () => {
  const parts = {
    track: { interfaceName: "eth0", recording, packets: 3, drops: null },
    files: [file({})],
    trouble: null,
    gaps: (from: number) =>
      from === 0
        ? []
        : [
            {
              interfaceName: "eth0",
              from: new Date(begun + 1_000).toISOString(),
              to: new Date(begun + 3_500).toISOString(),
              reason: "it rests",
            },
          ],
  };
  const load = { rates: new Map(), cpuShare: 0.5 };
  const state = recorderStateOf([parts], load, begun + 10_250);
  expect(state).toMatchObject({
    reachMilliseconds: 10_000,
    cpuShare: 0.5,
    interfaces: [{ reachMilliseconds: 10_000, missingMilliseconds: 2_500, isWhole: true }],
  });
  expect(recorderStateOf([parts], load, begun - 60_000).reachMilliseconds).toBe(0);
});
