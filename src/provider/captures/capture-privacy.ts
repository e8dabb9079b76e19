import type { CaptureOrigin, CaptureSpec } from "../../capture/session.ts";
import type { CaptureSession } from "./capture-session.ts";

/** The policy that a capture's files were made by, and from what; also what its manifest says of it. */
export interface AppliedPrivacy {
  kind: "headersOnly" | "keepNames";
  pseudonymise: boolean;
  httpRequestLines?: boolean | undefined;
  /** Null while the files are not finished; without a hash, see `captureOrigin`. */
  derivedFrom: CaptureOrigin | null;
}

/** What the host says of it, or what it was asked for while it says nothing; null: nothing is taken out. */
export function appliedPrivacy({ spec, observed }: CaptureSession): AppliedPrivacy | null {
  const policy: CaptureSpec["privacy"] = observed?.privacy ?? spec.privacy;
  return policy ? { ...policy, derivedFrom: observed?.origin ?? null } : null;
}
