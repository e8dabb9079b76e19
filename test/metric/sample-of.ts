import type { HostSample } from "../../src/metric/sample.ts";

/** A sample at `second` whose every counter is what the test says, else 0. */
export function sampleOf(
  second: number,
  values: Partial<Omit<HostSample, "time" | "interfaces">> & {
    interfaces?: Record<string, [bytesIn: number, bytesOut: number]>;
  } = {},
): HostSample {
  const { interfaces = {}, ...rest } = values;
  return {
    time: second * 1_000,
    bootId: "boot-1",
    cpu: { busyTicks: 0, totalTicks: second * 100 },
    memoryAvailableBytes: 0,
    disk: { readBytes: 0, writtenBytes: 0, readOperations: 0, writeOperations: 0 },
    ...rest,
    interfaces: Object.entries(interfaces).map(([name, [bytesIn, bytesOut]]) => ({
      name,
      bytesIn,
      bytesOut,
      packetsIn: 0,
      packetsOut: 0,
    })),
  };
}
