import { z } from "zod";

const interfaceCountMax = 1_024;
const recordedInterfaceCountMax = 64;
const reasonLengthMax = 1_000;
const pathLengthMax = 4_096;

const count = z.int().min(0);
const rate = z.number().min(0);
const interfaceName = z.string().min(1).max(15);

/** One interface's traffic lately, a second; loopback too. */
export const interfaceRates = z.object({
  name: interfaceName,
  bytesInPerSecond: rate,
  bytesOutPerSecond: rate,
  packetsInPerSecond: rate,
  packetsOutPerSecond: rate,
});

/** How the ring of one interface stands. Times are ages, because clocks differ. */
export const recordedInterface = z.object({
  name: interfaceName,
  isRecorded: z.boolean(),
  /** Why it is not recorded now; null: it is, or is about to be. */
  trouble: z.string().max(reasonLengthMax).nullable(),
  /** How far back its files begin; null: there are none. */
  reachMilliseconds: count.nullable(),
  /** Nothing that was recorded of it has been overwritten yet. */
  isWhole: z.boolean(),
  /** How much of that time was not recorded. */
  missingMilliseconds: count,
  sizeBytes: count,
  packets: count,
  packetsPerSecond: rate,
  bytesPerSecond: rate,
  /** Packets lost by recorders that have ended; null: it is not known before the present one ends. */
  drops: count.nullable(),
});

/** The flight recorder of a host. */
export const recorderState = z.object({
  directory: z.string().max(pathLengthMax),
  isInMemory: z.boolean(),
  /** Since when all that the recorder saw is there, as an age; null: nothing is there. */
  reachMilliseconds: count.nullable(),
  sizeBytes: count,
  sizeBytesMax: count,
  /** What captures hold besides the ring. */
  heldBytes: count,
  heldSizeBytesMax: count,
  kernelBufferBytes: count,
  /** 0: whole packets. */
  snapLengthBytes: count,
  filter: z.string().max(10_000),
  /** Processors that it may use; null: as much as it needs. */
  cpuShareMax: rate.nullable(),
  /** Processors that it used lately; null: not known yet. */
  cpuShare: rate.nullable(),
  interfaces: z.array(recordedInterface).max(recordedInterfaceCountMax),
  /** Interfaces that are up and not watched, because there are more than allowed. */
  unwatched: z.array(interfaceName).max(interfaceCountMax),
});

/** What a host says of itself while it is connected: all of it each time, so that the last word is enough. */
export const hostState = z.object({
  agent: z.object({
    runningMilliseconds: count,
    /** Processors that its own process used lately; null: not known yet. */
    cpuShare: rate.nullable(),
    memoryBytes: count,
    /** When its certificate ends, milliseconds since the epoch. */
    certificateEndsAt: z.number(),
    /** The host's clock minus the control plane's; null: not known yet. */
    clockOffsetMilliseconds: z.number().nullable(),
    /** Samples that wait on its disk, and that were dropped because it was full. */
    waitingCount: count,
    droppedCount: count,
  }),
  /** Null: there is none, and why is in `recorderOff`. */
  recorder: recorderState.nullable(),
  recorderOff: z
    .object({ code: z.enum(["turnedOff", "failed"]), message: z.string().max(reasonLengthMax) })
    .nullable(),
  interfaces: z.array(interfaceRates).max(interfaceCountMax),
});

export type InterfaceRates = z.infer<typeof interfaceRates>;
export type RecordedInterface = z.infer<typeof recordedInterface>;
export type RecorderState = z.infer<typeof recorderState>;
export type HostState = z.infer<typeof hostState>;

/** What people would act on: it is told as soon as it changes; the rest are figures. */
export function hostStateSignature({ recorder, recorderOff, interfaces }: HostState): string {
  return JSON.stringify([
    recorderOff,
    interfaces.map(({ name }) => name),
    recorder && [
      recorder.directory,
      recorder.unwatched,
      recorder.heldBytes > 0,
      recorder.interfaces.map(({ name, isRecorded, trouble, drops }) => [
        name,
        isRecorded,
        trouble,
        drops,
      ]),
    ],
  ]);
}
