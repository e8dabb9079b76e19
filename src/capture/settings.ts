import { z } from "zod";
import { capturePrivacy } from "./session.ts";

/** Limits of capture sessions on one host. */
export const captureSettings = z.strictObject({
  /** Sessions that may run at once on one host. */
  sessionCountMax: z.int().min(1).max(10_000).default(100),
  /** Directories under which finished files may be left on the host. */
  fileRoots: z.array(z.string().startsWith("/")).min(1).max(64).default(["/var/captures"]),
  /** Bytes that a recording leaves free on the disk, besides the room to finish its own file. */
  freeSpaceBytesMin: z.int().min(0).default(67_108_864),
  /** Times that the recording of one interface is started again when dumpcap dies. */
  restartCountMax: z.int().min(0).max(100).default(5),
  /** What every capture loses before it leaves the host; a capture can ask for more, never for less. */
  privacyFloor: capturePrivacy.nullable().default(null),
  /** The key of pseudonyms, 64 hexadecimal digits in a file; it never leaves the host. */
  privacyKeyFile: z.string().startsWith("/").nullable().default(null),
});

export type CaptureSettings = z.infer<typeof captureSettings>;
