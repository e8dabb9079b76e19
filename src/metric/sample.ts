import { z } from "zod";

const interfaceCountMax = 1_024;
const counter = z.number().min(0);

/** One interface's counters since it came up: link-layer bytes, as /proc/net/dev counts them. */
export const interfaceCounters = z.object({
  name: z.string().min(1).max(15),
  bytesIn: counter,
  bytesOut: counter,
  packetsIn: counter,
  packetsOut: counter,
});

/** A host's raw counters at one instant. Differences and rates are made later, from these. */
export const hostSample = z.object({
  /** Milliseconds since the epoch, host's clock. */
  time: z.number(),
  /** Changes with every boot, so that counters that start again at 0 are known as such. */
  bootId: z.string().max(64),
  /** Clock ticks of all processors since boot. */
  cpu: z.object({ busyTicks: counter, totalTicks: counter }),
  memoryAvailableBytes: counter,
  /** All physical disks together, since boot. */
  disk: z.object({
    readBytes: counter,
    writtenBytes: counter,
    readOperations: counter,
    writeOperations: counter,
  }),
  interfaces: z.array(interfaceCounters).max(interfaceCountMax),
});

export type InterfaceCounters = z.infer<typeof interfaceCounters>;
export type HostSample = z.infer<typeof hostSample>;
