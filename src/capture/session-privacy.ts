import { NightcapError } from "../common/errors.ts";
import { readPrivacyKey } from "../common/privacy-key.ts";
import { type PrivacyPolicy, tighterPolicy } from "../inspection/tools/privacy/privacy-policy.ts";
import type { RunnerContext } from "./runner-context.ts";
import type { CaptureSpec } from "./session.ts";

/** The policy of one session, with the host's key where addresses are pseudonymised. */
export interface SessionPrivacy {
  policy: PrivacyPolicy;
  key: Uint8Array | null;
}

type Host = Pick<RunnerContext, "privacyFloor" | "privacyKeyFile">;

/** What a session asked for, made as tight as the host's administrator wants it; null: nothing. */
export const policyOf = (spec: CaptureSpec, { privacyFloor }: Host): PrivacyPolicy | null =>
  tighterPolicy(spec.privacy ?? null, privacyFloor);

/**
 * The same with the key, read from its file each time. Throws `InvalidParameter` for what cannot be
 * done: a policy is applied, or there is no capture.
 */
export async function sessionPrivacy(
  spec: CaptureSpec,
  host: Host,
): Promise<SessionPrivacy | null> {
  const policy = policyOf(spec, host);
  if (!policy) return null;
  if (spec.ring) throw refused("a privacy policy is applied to one file, not to several");
  if (!policy.pseudonymise) return { policy, key: null };
  if (host.privacyKeyFile === null) throw refused("pseudonyms need privacyKeyFile on the host");
  return { policy, key: await readPrivacyKey(host.privacyKeyFile) };
}

const refused = (message: string): NightcapError => new NightcapError("InvalidParameter", message);
