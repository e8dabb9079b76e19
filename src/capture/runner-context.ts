import type { FlightRecorder } from "./flight/flight-recorder.ts";
import type { PrivacyPolicy } from "../inspection/tools/privacy/privacy-policy.ts";
import type { RequestFile } from "./ring-uploads.ts";
import type { JournalContext } from "./session-journal.ts";
import type { CaptureSpec } from "./session.ts";

/** Sends the finished file to `spec.uploadUrl`; called again after a failure, so it must be idempotent. */
export type Upload = (
  path: string,
  spec: CaptureSpec,
  signal: AbortSignal,
  onProgress: (sentBytes: number, totalBytes: number) => void,
) => Promise<{ sha256: string; sizeBytes: number }>;

/** What every session of a host works with. */
export interface RunnerContext extends JournalContext {
  networkNamespace: string | null;
  fileRoots: readonly string[];
  freeSpaceBytesMin: number;
  restartCountMax: number;
  privacyFloor: PrivacyPolicy | null;
  privacyKeyFile: string | null;
  upload: Upload;
  /** Where a file of a recording into several goes. */
  requestFile: RequestFile;
  /** The ring that look-back comes out of; null: it is off. */
  flightRecorder: FlightRecorder | null;
  /** The host's clock minus the control plane's; null: not known. */
  clockOffsetMilliseconds: () => number | null;
  /** What the owners file of a time says, milliseconds since the epoch; null where nothing is known of it. */
  ownersOf?: (window: { from: number; to: number }) => Promise<string | null>;
}
