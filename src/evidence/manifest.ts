import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "./canonical-json.ts";
import type { SigningKey } from "./key-ring.ts";
import { detachedSignature, signValue } from "./signature.ts";

export const manifestExtension = ".manifest.json";
export const manifestType = "nightcap-manifest+json";
export const manifestVersion = 1;
/** A manifest with all its block hashes is under 1 MiB; a larger file is none. */
export const manifestSizeBytesMax = 8 << 20;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.iso.datetime();
const text = z.string().max(8_192);

/** One file of a capture, as it was when the manifest was signed. */
export const manifestFile = z.strictObject({
  name: z.string().min(1).max(1_024),
  role: z.enum(["capture", "coverage", "owners", "report"]),
  sizeBytes: z.int().min(0),
  sha256,
  /** URL of its blob without a token; null: it was not uploaded. */
  uploadedPath: text.nullable(),
  /** SHA-256 of each block of `blockSizeBytes`, base64url; null: the file was not to be read from here. */
  blocks: z.array(z.string().regex(/^[A-Za-z0-9_-]{43}$/)).nullable(),
});

/** What is signed of a capture. Everything is a plain JSON value; `null` is what is not known. */
export const captureManifest = z.strictObject({
  version: z.literal(manifestVersion),
  /** 1 for the installation's first manifest, one more for each. */
  sequence: z.int().min(1),
  /** SHA-256 of the canonical JSON of the manifest before this one, of the same installation. */
  previousSha256: sha256.nullable(),
  keyId: z.string(),
  signedAt: instant,
  captureId: text,
  sessionId: z.uuid(),
  host: z.strictObject({
    id: text,
    resourceId: text,
    name: text,
    kernelRelease: text.nullable(),
    recorderVersion: text.nullable(),
  }),
  requestedBy: z.strictObject({ id: text, name: text }),
  /** The alert that asked for it; null: a person or a program did. */
  alert: z.strictObject({ rule: text, firedTime: text, severity: z.number() }).nullable(),
  /** The incident that the alert belongs to; null: none. */
  incidentId: text.nullable(),
  times: z.strictObject({ created: instant, started: text.nullable(), ended: text.nullable() }),
  stopReason: text.nullable(),
  interfaces: z.array(text),
  filter: text,
  limits: z.strictObject({
    bytesToCapturePerPacket: z.int(),
    totalBytesPerSession: z.int(),
    timeLimitInSeconds: z.int(),
  }),
  packets: z.int().min(0),
  packetsDropped: z.int().min(0),
  /** What was asked to be covered and what is, as the host says it. */
  coverage: z.json().nullable(),
  /** What was taken out on the host before the bytes left it, and what the files were made from; null: nothing was. */
  privacy: z.json().nullable(),
  /** True: the stored files have the hashes that the host gave; false: they have not; null: they are not here. */
  storedAsRecorded: z.boolean().nullable(),
  /** Files of a ring that were overwritten while it ran, which this does not list. */
  overwrittenFileCount: z.int().min(0),
  blockSizeBytes: z.int().min(1),
  files: z.array(manifestFile).max(200),
  /** Where the access log was: a log that is cut back to before this shows. Null: there is none. */
  accessLog: z.strictObject({ sequence: z.int().min(0), sha256 }).nullable(),
});

export type ManifestFile = z.infer<typeof manifestFile>;
export type CaptureManifest = z.infer<typeof captureManifest>;

/** The file beside a capture: what is said, and its signature. */
export const signedManifest = z.strictObject({ manifest: captureManifest, jws: detachedSignature });
export type SignedManifest = z.infer<typeof signedManifest>;

/** The next of the chain has this of the one before. */
export const manifestHash = (manifest: CaptureManifest): string =>
  createHash("sha256").update(canonicalJson(manifest)).digest("hex");

export function signManifest(
  manifest: Omit<CaptureManifest, "keyId">,
  key: SigningKey,
): SignedManifest {
  const whole = captureManifest.parse({ ...manifest, keyId: key.keyId });
  return { manifest: whole, jws: signValue(whole, manifestType, key) };
}

/** The text of the manifest's file: canonical too, so that no byte of it can change unseen. */
export const manifestText = (signed: SignedManifest): string => `${canonicalJson(signed)}\n`;
