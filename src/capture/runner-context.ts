import type { FlightRecorder } from "./flight/flight-recorder.ts";
import type { PrivacyPolicy } from "../inspection/tools/privacy/privacy-policy.ts";
import type { RequestFile } from "./ring-uploads.ts";
import type { JournalContext } from "./session-journal.ts";
import type { CaptureSpec } from "./session.ts";

/** What is known of a file that is to be sent, and what of it was sent while it was being made. */
export interface SentBefore {
  sha256: string;
  ahead: readonly string[];
}

/** Sends the finished file to `spec.uploadUrl`; called again after a failure, so it must be idempotent. */
export type Upload = (
  path: string,
  spec: CaptureSpec,
  signal: AbortSignal,
  sent?: SentBefore,
) => Promise<{ sha256: string; sizeBytes: number }>;

/** Sends the beginning of a file that is being made: a head start, on which nothing depends. */
export interface UploadAhead {
  /** So many bytes are in the file and stay as they are. */
  written(sizeBytes: number): void;
  /** Ends it, and gives what `Upload` is told as `ahead`. */
  close(): Promise<readonly string[]>;
}

/** What every session of a host works with. */
export interface RunnerContext extends JournalContext {
  networkNamespace: string | null;
  fileRoots: readonly string[];
  freeSpaceBytesMin: number;
  restartCountMax: number;
  privacyFloor: PrivacyPolicy | null;
  privacyKeyFile: string | null;
  upload: Upload;
  /** Null: nothing is to be sent. */
  uploadAhead?: (path: string, spec: CaptureSpec, signal: AbortSignal) => UploadAhead | null;
  /** Where a file of a recording into several goes. */
  requestFile: RequestFile;
  /** The ring that look-back comes out of; null: it is off. */
  flightRecorder: FlightRecorder | null;
  /** The host's clock minus the control plane's; null: not known. */
  clockOffsetMilliseconds: () => number | null;
  /** What the owners file of a time says, milliseconds since the epoch; null where nothing is known of it. */
  ownersOf?: (window: { from: number; to: number }) => Promise<string | null>;
}
