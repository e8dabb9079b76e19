import { z } from "zod";

const mebibyte = 1 << 20;

/** The flight recorder of one host: what it may use, and what it keeps. */
export const flightRecorderSettings = z.strictObject({
  /** Whether the last of the host's traffic is kept at all. */
  enabled: z.boolean().default(true),
  /** Folder of the ring; null: one of its own in memory (tmpfs). On a disk it is written all the time. */
  directory: z.string().startsWith("/").nullable().default(null),
  /** Bytes of the ring, all interfaces together. */
  sizeBytesMax: z
    .int()
    .min(mebibyte)
    .max(2 ** 40)
    .default(64 * mebibyte),
  /** Bytes of ring files that sessions hold besides; at it the oldest hold is given up. */
  heldSizeBytesMax: z
    .int()
    .min(mebibyte)
    .max(2 ** 40)
    .default(64 * mebibyte),
  /** Bytes of one file of the ring; less where many interfaces share a small ring. */
  fileSizeBytes: z
    .int()
    .min(65_536)
    .max(2 ** 30)
    .default(4 * mebibyte),
  /** Seconds of traffic that are kept at most; null: as many as there is room for. */
  timeSecondsMax: z.int().min(4).max(86_400).nullable().default(null),
  /** Bytes kept of each packet; 0 keeps whole packets. Headers and the first of the content fit 512. */
  snapLengthBytes: z.int().min(0).max(262_144).default(512),
  /** What is kept, as libpcap's capture filters say it; "" is everything. */
  filter: z.string().max(10_000).default(""),
  /** Interfaces by name; none: every one that is up, but the loopback. */
  interfaces: z.array(z.string().min(1).max(15)).max(64).default([]),
  /** Interfaces watched at once; further ones are left out, and captures say so. */
  interfaceCountMax: z.int().min(1).max(64).default(8),
  /**
   * Processors that the recorders use together, as a mean of ten seconds; above it the busiest interface rests
   * for a minute, and captures say so. null: as much as they need.
   */
  cpuShareMax: z.number().min(0.01).max(64).nullable().default(null),
  /** Bytes in the kernel that take what comes while the recorder is not scheduled, of all interfaces. */
  kernelBufferBytes: z
    .int()
    .min(2 * mebibyte)
    .max(1024 * mebibyte)
    .default(16 * mebibyte),
});

export type FlightRecorderSettings = z.infer<typeof flightRecorderSettings>;
