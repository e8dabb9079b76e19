import { z } from "zod";
import { captureCoverage } from "./flight/coverage.ts";

/** Azure's limits (azure-rest-api-specs, PacketCaptureParameters). */
export const bytesToCapturePerPacketMax = 4_294_967_295;
export const totalBytesPerSessionMax = 4_294_967_295;
export const timeLimitInSecondsMax = 18_000;
/** Of a recording into several files: a week (PacketCaptureSettings.sessionTimeLimitInSeconds). */
export const sessionTimeLimitInSecondsMax = 604_800;
export const fileCountMax = 10_000;
export const fileSizeBytesMax = 4_294_967_295;
/** Files that an observation lists; of more, the newest. */
export const filesListedMax = 100;
const filterCountMax = 100;
export const interfaceCountMax = 64;
/** Seconds before a moment that a session may ask of the flight recorder. */
export const lookBackSecondsMax = 3_600;

/**
 * One of Azure's five-field filters; the fields are joined by AND, several filters by OR. Each text is
 * Azure's grammar: one value "a", one range "a-b", or a list "a;b;"; no mixing. Empty or absent: any.
 */
export const captureFilter = z.strictObject({
  protocol: z.enum(["TCP", "UDP", "Any"]).default("Any"),
  localIPAddress: z.string().max(4_096).optional(),
  remoteIPAddress: z.string().max(4_096).optional(),
  localPort: z.string().max(4_096).optional(),
  remotePort: z.string().max(4_096).optional(),
});

/**
 * Several files, one after the other, instead of one: Azure's `continuousCapture` true or false with its
 * `captureSettings` ("Continuous packet capture" in Microsoft's Packet capture overview).
 */
export const captureRing = z.strictObject({
  /** True: the oldest file gives way to the next when there are `fileCount`. False: the recording ends. */
  overwrites: z.boolean(),
  /** The one being written included. */
  fileCount: z.int().min(1).max(fileCountMax),
  /** A file is closed before it is larger, unless it is so small that one packet fills a tenth of it. */
  fileSizeInBytes: z.int().min(1).max(fileSizeBytesMax),
  /** Each finished file is uploaded, to the URL that the control plane gives for it. */
  uploads: z.boolean(),
});

/** What stays of the packets when they leave the host: see PrivacyPolicy. */
export const capturePrivacy = z
  .strictObject({
    kind: z.enum(["headersOnly", "keepNames"]),
    pseudonymise: z.boolean().default(false),
    httpRequestLines: z.boolean().optional(),
  })
  .refine(({ kind, httpRequestLines }) => kind === "keepNames" || !httpRequestLines, {
    path: ["httpRequestLines"],
    message: "only of keepNames",
  });

/**
 * What files with a policy were made from, once that is gone. Its hash is not told: who knows the rest
 * of a packet could try what was taken out of it, or which address a pseudonym stands for, until it fits.
 */
export const captureOrigin = z.object({
  /** See `privacyVersion`. */
  version: z.int().min(1),
  /** Tells keys of pseudonyms apart, and tells nothing of them; null: there are no pseudonyms. */
  keyId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .nullable(),
  packets: z.int().min(0),
  /** Of the packets as they were recorded. */
  packetBytes: z.int().min(0),
  /** Of link types that are not known: nothing of them stayed. */
  packetsEmptied: z.int().min(0),
});

/** What one host is asked to record: the desired state of a session. */
export const captureSpec = z.strictObject({
  /** Names this recording for ever; starting it a second time is a no-op. */
  sessionId: z.uuid(),
  /** The packet capture's name, for people. */
  name: z.string().min(1).max(260),
  /** Interfaces by name; empty means every one that is up, but the loopback. */
  interfaces: z.array(z.string().min(1).max(15)).max(interfaceCountMax),
  filters: z.array(captureFilter).max(filterCountMax),
  /** Bytes kept of each packet; 0 keeps whole packets. */
  bytesToCapturePerPacket: z.int().min(0).max(bytesToCapturePerPacketMax),
  /** Size of the finished file that is not exceeded, bytes; 0 is no limit but the host's own. */
  totalBytesPerSession: z.int().min(0).max(totalBytesPerSessionMax),
  /** Seconds from the first moment of recording; 0 is Azure's greatest. */
  timeLimitInSeconds: z.int().min(0).max(sessionTimeLimitInSecondsMax),
  /** Where the finished file is left on the host; null: not kept there once uploaded. */
  filePath: z.string().max(4_096).nullable(),
  /** Where it is uploaded: a blob URL with a SAS token; null: not uploaded. A secret: never logged. */
  uploadUrl: z.string().max(8_192).nullable(),
  /** Packets from before: out of the flight recorder's ring. Absent: none. */
  lookBack: z
    .strictObject({
      seconds: z.int().min(1).max(lookBackSecondsMax),
      /** They are counted back from here, milliseconds since the epoch; null: from the host's start. */
      from: z.int().min(0).nullable(),
    })
    .optional(),
  /** Absent: the host's own floor alone. */
  privacy: capturePrivacy.optional(),
  /** Absent: one file. Otherwise `filePath` is what each file's name begins with, and `uploadUrl` is null. */
  ring: captureRing.optional(),
});

/** Azure's `packetCaptureStatus`. */
export const captureStatus = z.enum(["NotStarted", "Running", "Stopped", "Error", "Unknown"]);

/** Azure's `packetCaptureError` values. */
export const captureErrorCode = z.enum([
  "InternalError",
  "AgentStopped",
  "CaptureFailed",
  "LocalFileFailed",
  "StorageFailed",
]);

/**
 * Why a session ended. Azure shows `Manual` and `TimeExceeded`; the others are Nightcap's own words
 * where Azure's documents name none.
 */
export const captureStopReason = z.enum([
  "Manual",
  "TimeExceeded",
  "SizeExceeded",
  "InterfaceGone",
  "DiskFull",
  "AgentStopped",
  "Failed",
]);

/** One of the files that a recording into several has finished. */
export const captureFile = z.object({
  /** What tells it from the others, in its name and in its blob's: `00003_20261121093000`. */
  name: z.string().regex(/^\d{5,10}_\d{14}$/),
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where it lies on the host, when it was asked to stay there. */
  filePath: z.string().nullable(),
  uploaded: z.boolean(),
});

/** The files of a recording into several. */
export const captureFiles = z.object({
  /** Finished and kept. */
  count: z.int().min(0),
  /** Finished, and overwritten since. */
  overwrittenCount: z.int().min(0),
  /** The newest of those that are kept, oldest first. */
  newest: z.array(captureFile).max(filesListedMax),
});

/** What lies beside a capture: how far it reaches, and which processes owned the sockets in it. */
export const sideFileKind = z.enum(["coverage", "owners"]);

/** One of them; its name is the capture's own with an extension. */
export const sideFile = z.object({
  kind: sideFileKind,
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where it lies on the host, when the capture was asked to stay there. */
  filePath: z.string().nullable(),
  uploaded: z.boolean(),
});

/** What a host says of a session: its observed state. Each one replaces the one before it. */
export const captureObservation = z.object({
  sessionId: z.uuid(),
  /** Grows with each change of this session on this host; an older one never replaces a newer one. */
  revision: z.int().min(1),
  status: captureStatus,
  stopReason: captureStopReason.nullable(),
  errors: z.array(z.object({ code: captureErrorCode, message: z.string().max(2_000) })).max(32),
  /** ISO 8601, UTC, from the host's clock: dumpcap was ready. */
  captureStartTime: z.string().nullable(),
  captureEndTime: z.string().nullable(),
  packets: z.int().min(0),
  /** Packets that the kernel or dumpcap dropped. */
  packetsDropped: z.int().min(0),
  /** Size of the recording so far; of the finished file once it is there. */
  sizeBytes: z.int().min(0),
  /** Of the finished file, lower-case hex; null until it is finished or when there is none. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** `finished` only when every copy that was asked for is where it was asked to be. */
  phase: z.enum(["waiting", "recording", "finishing", "uploading", "finished"]),
  /** Where the finished file lies on the host, when it was asked to stay there. */
  filePath: z.string().nullable(),
  uploaded: z.boolean(),
  /** Only of a recording that was made longer while it went on: how long it is now. */
  timeLimitInSeconds: z.int().min(1).optional(),
  /** Only of a recording into several files. */
  files: captureFiles.optional(),
  /** What was asked to be covered and what is; known when the file is finished. */
  coverage: captureCoverage.optional(),
  /** The policy that the finished file was made by: what was asked for, or the host's tighter floor. */
  privacy: capturePrivacy.optional(),
  /** Beside `privacy`, when the files are finished. */
  origin: captureOrigin.optional(),
  sideFiles: z.array(sideFile).max(sideFileKind.options.length).optional(),
});

export type CaptureOrigin = z.infer<typeof captureOrigin>;
export type SideFile = z.infer<typeof sideFile>;
export type SideFileKind = z.infer<typeof sideFileKind>;
export type CaptureRing = z.infer<typeof captureRing>;
export type CaptureFiles = z.infer<typeof captureFiles>;
export type CaptureFilter = z.infer<typeof captureFilter>;
export type CaptureSpec = z.infer<typeof captureSpec>;
export type CaptureStatus = z.infer<typeof captureStatus>;
export type CaptureErrorCode = z.infer<typeof captureErrorCode>;
export type CaptureStopReason = z.infer<typeof captureStopReason>;
export type CaptureObservation = z.infer<typeof captureObservation>;
