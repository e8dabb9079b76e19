import type { Inspection } from "../inspection/inspection.ts";

/** Everything a report is made from. All of its texts are hostile: names from packets, alerts, hosts. */
export interface ReportInput {
  inspection: Inspection;
  capture: ReportedCapture;
  /** Null when no alert asked for the capture. */
  alert: FiredAlert | null;
  /** ISO 8601, UTC: when the report was made. */
  createdAt: string;
}

/** What is known of the recording; null wherever only the file itself is at hand. */
export interface ReportedCapture {
  name: string;
  host: string | null;
  sessionId: string | null;
  resourceId: string | null;
  /** The capture filter in words or BPF; empty when everything was asked for, null when not known. */
  filter: string | null;
  /** Empty when not known. */
  interfaces: readonly string[];
  /** ISO 8601, UTC. */
  startTime: string | null;
  endTime: string | null;
  /** `TimeExceeded`, `Manual`, ... as the capture session says it. */
  stopReason: string | null;
  /** What was asked for; 0 is no limit, as in `CaptureSpec`. */
  limits: CaptureLimits | null;
  /** Packets that the kernel or dumpcap dropped. */
  packetsDropped: number | null;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string | null;
  /** URL or path. The query of a URL is never shown: it may be a SAS token. */
  storedAt: string | null;
  /** What the host says of how far the capture reaches; absent where it says nothing. */
  coverage?: ReportedCoverage;
  /** What was taken out before the file left its host; absent: nothing that is known of. */
  privacy?: string;
}

/** What was asked to be covered and what is, around one moment. */
export interface ReportedCoverage {
  /** ISO 8601, UTC: of the alert, or of the start. */
  moment: string;
  asked: { beforeSeconds: number; afterSeconds: number };
  got: { beforeSeconds: number; afterSeconds: number };
  warnings: readonly { code: string; message: string }[];
}

/** A capture of which only the file is at hand. */
export function fileAlone(name: string): ReportedCapture {
  return {
    name,
    host: null,
    sessionId: null,
    resourceId: null,
    filter: null,
    interfaces: [],
    startTime: null,
    endTime: null,
    stopReason: null,
    limits: null,
    packetsDropped: null,
    sizeBytes: 0,
    sha256: null,
    storedAt: null,
  };
}

export interface CaptureLimits {
  bytesToCapturePerPacket: number;
  totalBytesPerSession: number;
  timeLimitInSeconds: number;
}

/** The range that a dynamic threshold expected, and what it was learned from. */
export interface ExpectedValues {
  low: number;
  high: number;
  /** `None`, `Hourly`, `Daily` or `Weekly`. */
  seasonality: string;
  sampleCount: number;
}

/** The alert that asked for the capture, in Azure's words. */
export interface FiredAlert {
  rule: string;
  description: string;
  /** 0 (critical) to 4 (verbose). */
  severity: number;
  /** ISO 8601, UTC. */
  firedTime: string;
  metricName: string;
  /** `GreaterThan`, ... */
  operator: string;
  threshold: number | null;
  /** `Average`, ... */
  timeAggregation: string;
  /** ISO 8601 duration: `PT5M`. */
  windowSize: string;
  metricValue: number | null;
  /** Of a dynamic threshold only. */
  expected?: ExpectedValues;
  /** Names that say what the rule measures, the surest first; the metric's alone where there are none. */
  measures?: readonly string[];
}
