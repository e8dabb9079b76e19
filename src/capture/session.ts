import { z } from "zod";

/** Azure's limits (azure-rest-api-specs, PacketCaptureParameters). */
export const bytesToCapturePerPacketMax = 4_294_967_295;
export const totalBytesPerSessionMax = 4_294_967_295;
export const timeLimitInSecondsMax = 18_000;
const filterCountMax = 100;
export const interfaceCountMax = 64;

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
  timeLimitInSeconds: z.int().min(0).max(timeLimitInSecondsMax),
  /** Where the finished file is left on the host; null: not kept there once uploaded. */
  filePath: z.string().max(4_096).nullable(),
  /** Where it is uploaded: a blob URL with a SAS token; null: not uploaded. A secret: never logged. */
  uploadUrl: z.string().max(8_192).nullable(),
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
});

export type CaptureFilter = z.infer<typeof captureFilter>;
export type CaptureSpec = z.infer<typeof captureSpec>;
export type CaptureStatus = z.infer<typeof captureStatus>;
export type CaptureErrorCode = z.infer<typeof captureErrorCode>;
export type CaptureStopReason = z.infer<typeof captureStopReason>;
export type CaptureObservation = z.infer<typeof captureObservation>;
