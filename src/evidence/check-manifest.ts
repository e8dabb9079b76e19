import { canonicalJson } from "./canonical-json.ts";
import { type CaptureManifest, manifestText, manifestType, signedManifest } from "./manifest.ts";
import type { PublicKey } from "./public-keys.ts";
import { checkSignature } from "./signature.ts";

/** What a manifest is worth. */
export type ManifestCheck =
  | { kind: "right"; manifest: CaptureManifest; key: PublicKey; rotatedSince: string | null }
  | { kind: "altered"; reason: string }
  | { kind: "unknownKey"; keyId: string }
  /** The signature is right, but its key was not in use at that time. */
  | { kind: "keyNotValid"; manifest: CaptureManifest; key: PublicKey };

/** Checks the text of a manifest's file against the public keys that are trusted; nothing in it is believed before. */
export function checkManifest(text: string, keys: readonly PublicKey[]): ManifestCheck {
  const parsed = parse(text);
  if (parsed === null)
    return { kind: "altered", reason: "it is not a manifest that Nightcap made" };
  const { manifest, jws } = parsed;
  if (manifestText(parsed) !== text) {
    return { kind: "altered", reason: "it is not written as it was signed" };
  }
  const checked = checkSignature(manifest, manifestType, { signature: jws, keys });
  if (checked.kind === "unknownKey") return checked;
  if (checked.kind === "wrong") return { kind: "altered", reason: "its signature is wrong" };
  const { key } = checked;
  if (key.kid !== manifest.keyId) {
    return { kind: "altered", reason: "it names another key than the one that signed it" };
  }
  const { signedAt } = manifest;
  if (isWithin(signedAt, key))
    return { kind: "right", manifest, key, rotatedSince: key.validUntil };
  return { kind: "keyNotValid", manifest, key };
}

function isWithin(time: string, { validFrom, validUntil }: PublicKey): boolean {
  const at = Date.parse(time);
  return Date.parse(validFrom) <= at && (validUntil === null || at <= Date.parse(validUntil));
}

function parse(text: string): ReturnType<typeof signedManifest.parse> | null {
  try {
    const value: unknown = JSON.parse(text);
    const { success, data } = signedManifest.safeParse(value);
    // The schema must not have mended anything: what is checked is what is there.
    return success && canonicalJson(value) === canonicalJson(data) ? data : null;
  } catch {
    return null;
  }
}
