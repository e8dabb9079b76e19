import type { AgentDirectory } from "./capture-session.ts";

export interface PacketCaptureOptions {
  agents: AgentDirectory;
  /** Captures that may record at once in the region. */
  sessionCountMax: number;
  /** The blob's URL without a token, in Azure's layout; `blobEndpoint` ends with a slash. */
  makeStoragePath(options: { blobEndpoint: string; targetId: string; time: number }): string;
  /** Called after each change of what is wanted: wakes the reconciler. */
  onChanged(): void;
  newSessionId?(): string;
}
