import { z } from "zod";

/** Settings of the watch over sockets' owners; each field carries its unit and its bounds. */
export const ownerSettings = z.strictObject({
  /** Whether it is kept which process owned which socket. */
  enabled: z.boolean().default(true),
  /** Between two looks at all sockets while nothing happens. */
  restMilliseconds: z.int().min(100).max(60_000).default(1_000),
  /** The same while a capture runs. */
  busyMilliseconds: z.int().min(20).max(60_000).default(250),
  /** Shortest time between two looks when sockets come and go unseen. */
  burstMilliseconds: z.int().min(5).max(60_000).default(20),
  /** Of one processor, on average; looks are put off when they cost more. */
  cpuPercentMax: z.number().min(0.1).max(100).default(2),
  /** The same while a capture runs. */
  busyCpuPercentMax: z.number().min(0.1).max(100).default(10),
  /** How long it is remembered whose a socket was that is gone; as long as the flight recorder's ring reaches back. */
  keepSeconds: z.int().min(10).max(86_400).default(3_600),
  /** Memory for that, roughly; the oldest go first. */
  sizeBytesMax: z
    .int()
    .min(1 << 20)
    .max(1 << 30)
    .default(32 << 20),
  /** Of one file beside a capture; the newest observations are left out of what is larger, and counted. */
  fileSizeBytesMax: z
    .int()
    .min(1 << 16)
    .max(1 << 28)
    .default(16 << 20),
  /** Whether command lines are kept, with secrets in them masked; false: executables only. */
  commandLines: z.boolean().default(true),
  /** Characters kept of a command line. */
  commandLineLengthMax: z.int().min(16).max(4_096).default(512),
});

export type OwnerSettings = z.infer<typeof ownerSettings>;
