import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { hashFile } from "../../capture/finish.ts";
import { writeFileAtomic } from "../../common/files.ts";
import { manifestExtension, manifestText, type SignedManifest } from "../../evidence/manifest.ts";
import type { CaptureSession } from "../../provider/captures/capture-session.ts";
import type { BlobAddress, BlobContentHeaders, BlobStore } from "../../storage/blob-store.ts";
import type { Places } from "./manifest-files.ts";
import type { RemoteManifests } from "./remote-manifests.ts";

const blobHeaders: BlobContentHeaders = {
  contentType: "application/json",
  contentEncoding: null,
  contentLanguage: null,
  contentDisposition: null,
  cacheControl: null,
  contentMd5: null,
};

/**
 * Leaves the manifest beside the capture: as a blob, here or in another storage account, and as a file where
 * the capture lies on this host.
 */
export async function placeManifest(
  signed: SignedManifest,
  { observed, storagePath, spec }: CaptureSession,
  { store, addressOf, remote }: Pick<Places, "store" | "addressOf"> & { remote: RemoteManifests },
): Promise<void> {
  const text = manifestText(signed);
  const path = spec.ring ? null : (observed?.filePath ?? null);
  const sha256 = observed?.sha256 ?? null;
  if (path !== null && sha256 !== null) await placeBeside({ path, sha256 }, text);
  if (storagePath !== "") {
    const url = `${storagePath}${manifestExtension}`;
    const address = addressOf(url);
    if (address) await placeBlob(store, address, Buffer.from(text, "utf8"));
    else await remote.put(url, text);
  }
}

/** One that is there, from before a crash, is left: it may be held by now. */
async function placeBlob(store: BlobStore, address: BlobAddress, bytes: Buffer): Promise<void> {
  const there = await store.blob(address).catch(() => null);
  if (there?.sha256 === createHash("sha256").update(bytes).digest("hex")) return;
  const body = { bytes: oneChunk(bytes), sizeBytes: bytes.byteLength };
  await store.putBlob(address, body, { headers: blobHeaders, metadata: {} });
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The path is the host's word: nothing is written unless the capture itself lies there, and nothing replaced. */
async function placeBeside(capture: { path: string; sha256: string }, text: string): Promise<void> {
  const found = await stat(capture.path).catch(() => null);
  if (!found?.isFile()) return;
  const sha256 = await hashFile(capture.path).catch(() => null);
  if (sha256 !== capture.sha256) return;
  const beside = `${capture.path}${manifestExtension}`;
  const there = await readFile(beside).catch(() => null);
  if (there === null) await writeFileAtomic(beside, text);
}
