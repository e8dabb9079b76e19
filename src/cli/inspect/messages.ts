import type { Wanted } from "./answer.ts";

/** What a worker is started with; a filter is text, because its functions cannot be sent. */
export interface WorkerSetup extends Omit<Wanted, "filter"> {
  filter: string | null;
}

/** A path begins a file, null asks for the next piece of its answer. Each gets one reply. */
export type WorkerRequest = string | null;

export type WorkerReply =
  | { kind: "piece"; to: "stdout" | "stderr"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "done"; isRead: boolean };
