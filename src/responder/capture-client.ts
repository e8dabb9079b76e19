import type { LookBack } from "./look-back-policy.ts";

/** A host, as much of it as a capture needs. */
export interface Machine {
  id: string;
  name: string;
  location: string;
}

export interface Watcher {
  id: string;
  subscriptionId: string;
  resourceGroupName: string;
  name: string;
}

/** A packet capture as ARM knows it; whether it is running is another question (`getStatus`). */
export interface ExistingCapture {
  id: string;
  name: string;
  /** Id of the machine, in the case in which it was created. */
  target: string;
  provisioningState: string;
  /** URL in the storage account, else the path on the host; null when ARM names neither. */
  link: string | null;
  filters: readonly CaptureRequestFilter[];
  timeLimitInSeconds: number;
}

export interface CaptureStatusAnswer {
  status: "NotStarted" | "Running" | "Stopped" | "Error" | "Unknown";
  stopReason: string | null;
  errors: readonly string[];
  /** When it began, milliseconds since the epoch; null while it has not. */
  startTime: number | null;
}

/** What a capture shall record; Azure's own property names, limits and defaults. */
export interface CaptureRequest {
  target: string;
  bytesToCapturePerPacket: number;
  totalBytesPerSession: number;
  timeLimitInSeconds: number;
  storageLocation: { storageId?: string; filePath?: string };
  filters: CaptureRequestFilter[];
  /** Nightcap's own; absent towards Azure, which has none. */
  lookBack?: LookBack;
}

export interface CaptureRequestFilter {
  protocol?: "TCP" | "UDP" | "Any";
  localIPAddress?: string;
  remoteIPAddress?: string;
  localPort?: string;
  remotePort?: string;
}

/**
 * The part of Azure Resource Manager that the responder uses. Failures are NightcapErrors:
 * `ServiceUnavailable` and `TooManyRequests` are worth another try, all others are final.
 */
export interface CaptureClient {
  /** Throws `ResourceNotFound` when there is no such machine. */
  findMachine(resourceId: string, signal: AbortSignal): Promise<Machine>;
  /** The network watcher of the machine's subscription and region; throws `ResourceNotFound`. */
  findWatcher(machine: Machine, signal: AbortSignal): Promise<Watcher>;
  listCaptures(watcher: Watcher, signal: AbortSignal): Promise<ExistingCapture[]>;
  /** Resolves when ARM has confirmed the capture. */
  createCapture(
    watcher: Watcher,
    name: string,
    request: CaptureRequest,
    signal: AbortSignal,
  ): Promise<ExistingCapture>;
  /** Null when there is none. */
  getCapture(watcher: Watcher, name: string, signal: AbortSignal): Promise<ExistingCapture | null>;
  /** Null when there is no such capture. */
  getStatus(
    watcher: Watcher,
    name: string,
    signal: AbortSignal,
  ): Promise<CaptureStatusAnswer | null>;
  /** Resolves when ARM has taken the order; one that is not there is no error. Its file stays. */
  deleteCapture(watcher: Watcher, name: string, signal: AbortSignal): Promise<void>;
}

/** True when no more packets will come and the file is where it was asked to be. */
export const isFinished = ({ status }: CaptureStatusAnswer): boolean =>
  status === "Stopped" || status === "Error";
