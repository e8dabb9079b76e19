import { countsTraffic, seriesName } from "./names.ts";
import type { HostSample, InterfaceCounters } from "./sample.ts";

/** One second of one series. */
export interface Measurement {
  series: string;
  /** The second's beginning, since the epoch. */
  second: number;
  value: number;
}

/** Longest time between two samples over which their difference is spread; after a longer one it is unknown. */
export const gapSecondsMax = 120;

/** 100 Gbit/s. A new interface that shows more came with a history, from another namespace. */
const newInterfaceBytesPerSecondMax = 12.5e9;

/** A counter wraps from the last eighth of its range into the first; any other way down is a reset. */
const wrapShare = 1 / 8;
const ranges = [2 ** 32, 2 ** 64] as const;

/** How far a counter went. After a reset it counted from zero. Never negative. */
export function counterDelta(before: number, after: number, restarted: boolean): number {
  if (restarted) return after;
  if (after >= before) return after - before;
  const range = ranges.find((size) => before < size);
  if (range === undefined) return after;
  const wrapped = before >= range * (1 - wrapShare) && after < range * wrapShare;
  return wrapped ? range - before + after : after;
}

export interface Derived {
  measurements: Measurement[];
  /** The sample to compare the next one with. */
  base: HostSample;
}

/**
 * What happened between two samples, second by second. A sample taken at about second N ends second
 * N - 1. A replayed sample, or one within the same second, gives nothing and leaves the base; when the
 * clock was set back, measuring starts again from there.
 */
export function deriveMeasurements(base: HostSample | null, sample: HostSample): Derived {
  if (base === null) return { measurements: [], base: sample };
  const seconds = secondsBetween(base, sample);
  if (seconds.length === 0) {
    return { measurements: [], base: clockWasSetBack(base, sample) ? sample : base };
  }
  if (seconds.length > gapSecondsMax) return { measurements: [], base: sample };
  const measurements = differences(base, sample, seconds.length).flatMap((total) =>
    spread(total, seconds),
  );
  const last = seconds.at(-1) ?? 0;
  const memory = {
    series: "Available Memory Bytes",
    second: last,
    value: sample.memoryAvailableBytes,
  };
  return { measurements: [...measurements, memory], base: sample };
}

function secondsBetween(base: HostSample, sample: HostSample): number[] {
  const first = Math.round(base.time / 1000);
  const count = Math.round(sample.time / 1000) - first;
  // One more than the bound is enough to know that it is beyond.
  return Array.from(
    { length: Math.min(Math.max(0, count), gapSecondsMax + 1) },
    (_, i) => first + i,
  );
}

/** Ticks of all processors only grow in one boot, whatever the wall clock does: they tell a step back from a replay. */
function clockWasSetBack(base: HostSample, sample: HostSample): boolean {
  if (Math.round(sample.time / 1000) >= Math.round(base.time / 1000)) return false;
  return sample.bootId === base.bootId && sample.cpu.totalTicks > base.cpu.totalTicks;
}

interface Difference {
  series: string;
  value: number;
  /** A rate or a share: the same in each second. Otherwise an amount to be shared out. */
  level?: true;
}

function differences(base: HostSample, sample: HostSample, seconds: number): Difference[] {
  const restarted = base.bootId !== sample.bootId;
  return [
    ...cpuDifference(base, sample, restarted),
    ...diskDifferences(base, sample, { restarted, seconds }),
    ...networkDifferences(base, sample, { restarted, seconds }),
  ];
}

function cpuDifference(base: HostSample, sample: HostSample, restarted: boolean): Difference[] {
  const from = restarted ? { busyTicks: 0, totalTicks: 0 } : base.cpu;
  const total = sample.cpu.totalTicks - from.totalTicks;
  if (total <= 0) return [];
  const busy = Math.min(total, Math.max(0, sample.cpu.busyTicks - from.busyTicks));
  return [{ series: "Percentage CPU", value: (busy / total) * 100, level: true }];
}

interface Step {
  restarted: boolean;
  seconds: number;
}

function diskDifferences(base: HostSample, sample: HostSample, step: Step): Difference[] {
  // The sum over disks goes down when a disk is taken out; the others' history is no traffic.
  const delta = (before: number, after: number): number =>
    step.restarted ? after : Math.max(0, after - before);
  const { disk: from } = base;
  const { disk: to } = sample;
  const reads = delta(from.readOperations, to.readOperations);
  const writes = delta(from.writeOperations, to.writeOperations);
  return [
    { series: "Disk Read Bytes", value: delta(from.readBytes, to.readBytes) },
    { series: "Disk Write Bytes", value: delta(from.writtenBytes, to.writtenBytes) },
    { series: "Disk Read Operations/Sec", value: reads / step.seconds, level: true },
    { series: "Disk Write Operations/Sec", value: writes / step.seconds, level: true },
  ];
}

type Traffic = Omit<InterfaceCounters, "name">;

function networkDifferences(base: HostSample, sample: HostSample, step: Step): Difference[] {
  const before = new Map(base.interfaces.map((counters) => [counters.name, counters]));
  const moved = sample.interfaces
    .filter(({ name }) => countsTraffic(name))
    .map((now) => ({ name: now.name, traffic: traffic(before.get(now.name), now, step) }));
  const total = (key: keyof Traffic): number =>
    moved.reduce((sum, { traffic: one }) => sum + one[key], 0);
  return [
    { series: "Network In Total", value: total("bytesIn") },
    { series: "Network Out Total", value: total("bytesOut") },
    { series: "Packets In Total", value: total("packetsIn") },
    { series: "Packets Out Total", value: total("packetsOut") },
    ...moved.flatMap(({ name, traffic: one }) => [
      { series: seriesName("Interface Bytes In", name), value: one.bytesIn },
      { series: seriesName("Interface Bytes Out", name), value: one.bytesOut },
      { series: seriesName("Interface Packets In", name), value: one.packetsIn },
      { series: seriesName("Interface Packets Out", name), value: one.packetsOut },
    ]),
  ];
}

const noTraffic: Traffic = { bytesIn: 0, bytesOut: 0, packetsIn: 0, packetsOut: 0 };

function traffic(
  before: InterfaceCounters | undefined,
  now: InterfaceCounters,
  step: Step,
): Traffic {
  const bytesMax = newInterfaceBytesPerSecondMax * step.seconds;
  if (!before && !step.restarted && now.bytesIn + now.bytesOut > bytesMax) return noTraffic;
  const from = before ?? noTraffic;
  const delta = (key: keyof Traffic): number => counterDelta(from[key], now[key], step.restarted);
  return {
    bytesIn: delta("bytesIn"),
    bytesOut: delta("bytesOut"),
    packetsIn: delta("packetsIn"),
    packetsOut: delta("packetsOut"),
  };
}

/** Shares an amount out in whole numbers whose sum is the amount exactly. */
function spread({ series, value, level }: Difference, seconds: number[]): Measurement[] {
  const until = (index: number): number =>
    index === seconds.length ? value : Math.floor((value * index) / seconds.length);
  return seconds.map((second, index) => ({
    series,
    second,
    value: level ? value : until(index + 1) - until(index),
  }));
}
