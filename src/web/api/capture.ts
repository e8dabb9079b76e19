import type { PacketCaptureFilter } from "../../arm/packet-capture.ts";

export type CapturePhase = "waiting" | "recording" | "finishing" | "uploading" | "finished";

/** A file of several, or one beside the capture. */
export interface StoredFile {
  sizeBytes: number;
  sha256: string;
  filePath: string | null;
  storagePath: string | null;
}

export interface CaptureHold {
  reason: string;
  by: string;
  time: string;
}

/** What was asked to be covered, and what is. */
export interface CaptureCoverage {
  moment: string;
  asked: { beforeSeconds: number; afterSeconds: number };
  got: { beforeSeconds: number; afterSeconds: number };
  gaps: { interfaceName: string; from: string; to: string; reason: string }[];
  packetsDropped: number;
  warnings: { code: string; message: string }[];
}

/** What Nightcap says of a recording on one host. */
export interface Recording {
  sessionId: string;
  phase: CapturePhase;
  createdTime?: string;
  captureStartTime?: string | null;
  captureEndTime?: string | null;
  stopReason?: string | null;
  packets?: number | null;
  packetsDropped?: number | null;
  sizeBytes?: number | null;
  sha256?: string | null;
  sha256Verified?: boolean | null;
  class?: "evidence" | "bulk";
  hold?: CaptureHold | null;
  removed?: { time: string; why: string; detail: string } | null;
  errors?: { code: string; message: string }[];
  problem?: string | null;
  report?: { link: string } | null;
  groupReports?: { title: string; link: string }[];
  coverage?: CaptureCoverage | null;
  privacy?: { kind: string; pseudonymise: boolean; httpRequestLines?: boolean } | null;
  sideFiles?: (StoredFile & { kind: string })[];
  files?: { count: number; overwrittenCount: number; newest: (StoredFile & { name: string })[] };
}

/** One host of a scale set's capture. */
export interface CaptureMember extends Recording {
  instanceId: string;
  storagePath: string;
}

/** A packet capture as ARM has it, and what Nightcap says of it besides. */
export interface Capture {
  id: string;
  name: string;
  properties: {
    target: string;
    targetType?: "AzureVM" | "AzureVMSS";
    provisioningState: string;
    bytesToCapturePerPacket?: number;
    totalBytesPerSession?: number;
    timeLimitInSeconds?: number;
    continuousCapture?: boolean;
    captureSettings?: {
      fileCount: number;
      fileSizeInBytes: number;
      sessionTimeLimitInSeconds: number;
    };
    lookBackInSeconds?: number;
    nightcapGroup?: string;
    filters?: PacketCaptureFilter[];
    storageLocation?: { storageId?: string; storagePath?: string; filePath?: string };
    nightcap?: Recording & { members?: CaptureMember[] };
  };
}

export const isUnderWay = ({ properties }: Capture): boolean =>
  properties.nightcap !== undefined && properties.nightcap.phase !== "finished";

/** Name of the machine that is captured. */
export const hostOf = ({ properties }: Capture): string =>
  properties.target.split("/").at(-1) ?? properties.target;
