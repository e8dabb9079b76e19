import { z } from "zod";

const interfaceCountMax = 64;
const gapCountMax = 64;
const warningCountMax = 64;
const time = z.iso.datetime();
const count = z.int().min(0);

/** What a reader must know before trusting that a capture holds all that he thinks it does. */
export const coverageWarningCode = z.enum([
  /** Look-back was asked for and the host has no flight recorder running. */
  "RecorderOff",
  /** An interface of the session is not one that the flight recorder watches. */
  "InterfaceNotWatched",
  /** The ring did not reach back as far as was asked. */
  "RingTooShort",
  /** The recorder was not there for a part of the window. */
  "RecorderWasDown",
  /** The recorder's own capture filter kept packets out of the ring. */
  "RecorderFiltered",
  /** The recorder keeps fewer bytes of each packet than the session asked for. */
  "PacketsCutShort",
  "PacketsDropped",
  "FilterMatchedNothing",
  /** The clock jumped within the window: times on both sides of it cannot be compared. */
  "ClockStepped",
  /** The session's size limit left no room for all of the window before. */
  "LookBackCutBySize",
  /** The ring could not be held or read. */
  "HoldFailed",
  /** Too much was held: packets of a part of the window, or between it and the recording, were given up. */
  "HoldCutShort",
  /** The session's own recording was interrupted: its recorder or the agent died. */
  "RecordingBrokeOff",
  /** Where ring and recording meet could not be found by content; a packet may be missing or double. */
  "BoundaryUncertain",
]);

/** A time of which packets of an interface may be missing. */
export const coverageGap = z.object({
  interfaceName: z.string().max(15),
  from: time,
  to: time,
  reason: z.string().max(500),
});

/** One interface of a session. */
export const coverageInterface = z.object({
  name: z.string().max(15),
  /** Oldest packet in the ring when its files were held; null: the ring was empty, or there is none. */
  oldestPacketTime: time.nullable(),
  /** From when on the interface is covered, packets or not; null: no part of it comes from the ring. */
  coveredFrom: time.nullable(),
  gotBeforeSeconds: z.number().min(0),
  /** Packets of the finished file that come from the ring. */
  packetsFromRing: count,
  /** Bytes kept of each packet in the ring; 0: whole packets. */
  ringSnapLengthBytes: count,
  /**
   * Lost by the kernel, or by the program that writes the ring; null: not known. The program says it
   * when it ends, so mostly it is not.
   */
  ringDrops: count.nullable(),
});

/**
 * What a capture was asked to cover and what it does: beside each capture as JSON, as a comment in it,
 * and in the status, the report and the notification.
 */
export const captureCoverage = z.object({
  /** The moment of the alert, or of the session's start where none was given. */
  moment: time,
  asked: z.object({ beforeSeconds: z.number().min(0), afterSeconds: z.number().min(0) }),
  /** Of the interface that has least. */
  got: z.object({ beforeSeconds: z.number().min(0), afterSeconds: z.number().min(0) }),
  /** Null: no look-back was asked for. */
  ring: z
    .object({
      /** When the host was asked. */
      heldAt: time,
      /** Milliseconds from then to the moment when every file of the ring was held. */
      holdMilliseconds: z.number().min(0),
      heldFiles: count,
      heldBytes: count,
      /** Milliseconds that cutting the window out took. */
      cutMilliseconds: z.number().min(0),
      /** The recorder's own capture filter; "": everything. */
      filter: z.string().max(10_000),
    })
    .nullable(),
  interfaces: z.array(coverageInterface).max(interfaceCountMax),
  gaps: z.array(coverageGap).max(gapCountMax),
  /** Of the session's own recording: lost by the kernel or by dumpcap. */
  packetsDropped: count,
  filter: z.object({
    /** As libpcap takes it, its beginning when it is long; "": everything. */
    text: z.string().max(2_000),
    /** Packets of the window before that were looked at; null: there was no look-back. */
    ringPacketsSeen: count.nullable(),
    /** Packets of the finished file. */
    packetsMatched: count,
  }),
  clock: z.object({
    /** The host's clock minus the control plane's; null: not known. */
    offsetMilliseconds: z.number().nullable(),
    /** Sum of the jumps of the host's clock within the window. */
    steppedMilliseconds: z.number(),
  }),
  warnings: z
    .array(z.object({ code: coverageWarningCode, message: z.string().max(1_000) }))
    .max(warningCountMax),
});

export type CoverageGap = z.infer<typeof coverageGap>;
export type CoverageInterface = z.infer<typeof coverageInterface>;
export type CaptureCoverage = z.infer<typeof captureCoverage>;
export type CoverageWarning = CaptureCoverage["warnings"][number];
