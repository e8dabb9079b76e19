import { createHash } from "node:crypto";
import { NightcapError } from "../common/errors.ts";
import { readPrivacyKey } from "../common/privacy-key.ts";
import {
  type PrivacyPolicy,
  privacyVersion,
  tighterPolicy,
} from "../inspection/tools/privacy/privacy-policy.ts";
import type { RunnerContext } from "./runner-context.ts";
import type { CaptureOrigin, CaptureSpec } from "./session.ts";

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
  if (!policy.pseudonymise) return { policy, key: null };
  if (host.privacyKeyFile === null) throw refused("pseudonyms need privacyKeyFile on the host");
  return { policy, key: await readPrivacyKey(host.privacyKeyFile) };
}

const keyIdLength = 16;

/** What is told of the recordings that files were made from. */
export function originOf(
  { key }: SessionPrivacy,
  counts: Omit<CaptureOrigin, "version" | "keyId">,
): CaptureOrigin {
  return { version: privacyVersion, keyId: key && keyIdOf(key), ...counts };
}

/** The key has 256 bits of chance, so that its hash is no way to it. */
const keyIdOf = (key: Uint8Array): string =>
  createHash("sha256")
    .update("nightcap-privacy-key")
    .update(key)
    .digest("hex")
    .slice(0, keyIdLength);

/** The same text for the same policy with the same key; empty: no policy. */
export function policyName(privacy: SessionPrivacy | null): string {
  if (!privacy) return "";
  const { kind, pseudonymise, httpRequestLines = false } = privacy.policy;
  return JSON.stringify([
    kind,
    pseudonymise,
    httpRequestLines,
    privacy.key && keyIdOf(privacy.key),
  ]);
}

const refused = (message: string): NightcapError => new NightcapError("InvalidParameter", message);
