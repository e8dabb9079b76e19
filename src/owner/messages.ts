// Between the watch and its worker.
import type { ErrorCode } from "../common/errors.ts";
import type { OwnerCounters } from "./counters.ts";
import type { OwnerSettings } from "./settings.ts";

export interface WatchStart {
  settings: OwnerSettings;
  networkNamespace: string | null;
}

export type ToWatch =
  /** Whether a capture runs. */
  | { kind: "busy"; isBusy: boolean }
  /** Say what was seen in a time; milliseconds since the epoch. */
  | { kind: "ask"; id: number; from: number; to: number; sizeBytesMax: number }
  | { kind: "close" };

export type FromWatch =
  | { kind: "ready" }
  | { kind: "answer"; id: number; lines: Uint8Array<ArrayBuffer> | null }
  | { kind: "report"; report: WatchReport }
  | { kind: "failed"; code: ErrorCode; reason: string }
  | { kind: "closed" };

/** What the worker says of itself. */
export interface WatchReport {
  /** Sockets that are there, and those that are remembered. */
  liveCount: number;
  endedCount: number;
  /** Processes whose descriptors may not be read. */
  refusedCount: number;
  /** Whether the kernel tells of ended sockets, and of new flows. */
  hearsEnds: boolean;
  hearsFlows: boolean;
  counters: OwnerCounters;
}
