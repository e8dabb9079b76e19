import type { Caller } from "../kernel/arm-request.ts";
import type { AgentDirectory } from "./capture-session.ts";
import type { StoredCapture } from "./stored-captures.ts";

export interface PacketCaptureOptions {
  agents: AgentDirectory;
  /** Captures that may record at once in the region. */
  sessionCountMax: number;
  /** The blob's URL without a token, in Azure's layout; `blobEndpoint` ends with a slash. */
  makeStoragePath(options: { blobEndpoint: string; targetId: string; time: number }): string;
  /** Called after each change of what is wanted: wakes the reconciler. */
  onChanged(): void;
  newSessionId?(): string;
  /** Where a path is in the embedded store; null: somewhere else. Absent: nothing is stored here. */
  placeOf?(storagePath: string): StoredCapture["place"];
  /** Whether the caller makes captures for alerts, which are evidence unless it is said. */
  isAlertCaller?(caller: Caller): boolean;
  /** New recordings are recorded from now on. */
  onStored?(captures: readonly StoredCapture[]): void;
}
