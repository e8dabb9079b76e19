import type { HostState, RecordedInterface, RecorderState } from "../../src/common/host-state.ts";

export const recordedInterface = (over: Partial<RecordedInterface> = {}): RecordedInterface => ({
  name: "eth0",
  isRecorded: true,
  trouble: null,
  reachMilliseconds: 60_000,
  isWhole: false,
  missingMilliseconds: 0,
  sizeBytes: 5_000,
  packets: 100,
  packetsPerSecond: 10,
  bytesPerSecond: 1_000,
  drops: null,
  ...over,
});

export const recorder = (over: Partial<RecorderState> = {}): RecorderState => ({
  directory: "/dev/shm/ring",
  isInMemory: true,
  reachMilliseconds: 60_000,
  sizeBytes: 5_000,
  sizeBytesMax: 64 << 20,
  heldBytes: 0,
  heldSizeBytesMax: 64 << 20,
  kernelBufferBytes: 16 << 20,
  snapLengthBytes: 512,
  filter: "",
  cpuShareMax: null,
  cpuShare: 0.01,
  interfaces: [recordedInterface()],
  unwatched: [],
  ...over,
});

/** What a host with one recorded interface says. */
export const hostStateOf = (over: Partial<HostState> = {}): HostState => ({
  agent: {
    runningMilliseconds: 90_000,
    cpuShare: 0.02,
    memoryBytes: 80_000_000,
    certificateEndsAt: Date.UTC(2027, 0, 1),
    clockOffsetMilliseconds: 3,
    waitingCount: 0,
    droppedCount: 0,
  },
  recorder: recorder(),
  recorderOff: null,
  interfaces: [
    {
      name: "eth0",
      bytesInPerSecond: 1_000,
      bytesOutPerSecond: 2_000,
      packetsInPerSecond: 10,
      packetsOutPerSecond: 20,
    },
  ],
  ...over,
});
