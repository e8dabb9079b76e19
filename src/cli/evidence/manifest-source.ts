import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NightcapError } from "../../common/errors.ts";
import { readTextIfExists } from "../../common/files.ts";
import { canonicalJson } from "../../evidence/canonical-json.ts";
import { manifestExtension, manifestSizeBytesMax } from "../../evidence/manifest.ts";
import { type PublicKey, publicKeySet, readPublicKeys } from "../../evidence/public-keys.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { readCredentials } from "../credentials.ts";

const evidencePath = "/nightcap/v1/evidence";

/** The file of a ring is in the manifest of its capture: `a_00001_20261121093000.cap` in that of `a.cap`. */
const ringNamePattern = /_\d{5,10}_\d{14}\.cap$/;
/** So are the files beside a capture. */
const sidePattern = /\.(?:coverage\.json|owners\.jsonl)$/;

/** Of which files the manifest may be that names this one: its own, or that of its capture. */
export const manifestNames = (name: string): ReadonlySet<string> =>
  new Set([name, name.replace(ringNamePattern, ".cap"), name.replace(sidePattern, "")]);

/** Where the manifest of a file lies unless told; null: nowhere. */
export async function manifestBeside(path: string): Promise<string | null> {
  for (const each of manifestNames(basename(path))) {
    const beside = join(dirname(path), `${each}${manifestExtension}`);
    if ((await stat(beside).catch(() => null))?.isFile()) return beside;
  }
  return null;
}

/** Throws `ManifestUnreadable`. */
export async function readManifestText(path: string): Promise<string> {
  const sizeBytes = (await stat(path).catch(() => null))?.size ?? null;
  if (sizeBytes !== null && sizeBytes <= manifestSizeBytesMax) return readFile(path, "utf8");
  const why = sizeBytes === null ? "is not there" : `has ${sizeBytes} bytes: no manifest has`;
  throw new NightcapError("ManifestUnreadable", `manifest ${path} ${why}`);
}

/** The keys that are trusted: of a file, so that nothing else is needed, or of the control plane. */
export async function trustedKeys(options: { key?: string; state: string }): Promise<PublicKey[]> {
  if (options.key === undefined) {
    return fetchKeys(await openControlPlaneClient(await readCredentials(options.state)));
  }
  const text = await readTextIfExists(options.key);
  if (text === null) {
    throw new NightcapError("ManifestUnreadable", `key file ${options.key} is not there`);
  }
  return readPublicKeys(text, options.key);
}

export async function fetchKeys(client: ControlPlaneClient): Promise<PublicKey[]> {
  return publicKeySet.parse(await client.request("GET", `${evidencePath}/keys`)).keys;
}

/** The manifest of a session as the control plane keeps it; null: it has none. */
export async function fetchManifest(
  client: ControlPlaneClient,
  sessionId: string,
): Promise<string | null> {
  const path = `${evidencePath}/manifests/${encodeURIComponent(sessionId)}`;
  const found = await client.find(path);
  // It is kept in its canonical form, and that can be written again.
  return found === null ? null : `${canonicalJson(found)}\n`;
}
