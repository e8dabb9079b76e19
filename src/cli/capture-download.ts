import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { NightcapError } from "../common/errors.ts";
import { writeFileAtomic } from "../common/files.ts";
import { manifestExtension } from "../evidence/manifest.ts";
import { signBlobUrl } from "../storage/access/sas.ts";
import { downloadFile } from "../storage/transfer/upload.ts";
import { ownersExtension } from "./read-owners.ts";
import {
  isRegistered,
  type PacketCapture,
  removalOf,
  storageAccountOf,
  storageKey,
} from "./capture-resources.ts";
import { type ControlPlaneClient, RefusedError } from "./control-plane-client.ts";
import { fetchManifest } from "./evidence/manifest-source.ts";

const downloadLinkLifeMilliseconds = 3_600_000;

export interface DownloadedFile {
  path: string;
  sizeBytes: number;
  sha256: string;
  /** What says whose the sockets were, which lies beside it. */
  owners?: DownloadedFile;
}

/** Fetches the stored file of a capture, or each of several; those of a scale set get their host's name. */
export async function downloadCapture(
  client: ControlPlaneClient,
  capture: PacketCapture,
  output: string | undefined,
): Promise<DownloadedFile[]> {
  const removed = removalOf(capture, capture.properties.nightcap?.sessionId ?? "");
  if (removed) {
    const message = `the files of ${capture.name} were deleted at ${removed.time}: ${removed.detail}`;
    throw new NightcapError("CaptureNotFound", message);
  }
  const stored = storedFiles(capture);
  const { filePath, localPath } = capture.properties.storageLocation;
  if (stored === null) {
    const place = filePath ?? localPath ?? "(nowhere)";
    throw new NightcapError(
      "CaptureNotFound",
      `${capture.name} was not uploaded; on its host it is ${place}`,
    );
  }
  const [only] = stored;
  if (only && stored.length === 1 && !only.several) {
    const path = resolve(output ?? only.name);
    const file = await fetchBlob(client, only.url, path);
    const owners = await fetchOwners(client, capture, path);
    await saveManifest(client, capture, path);
    return [{ ...file, ...(owners && { owners }) }];
  }
  const folder = resolve(output ?? ".");
  await mkdir(folder, { recursive: true });
  const files: DownloadedFile[] = [];
  for (const { url, name } of stored) files.push(await fetchBlob(client, url, join(folder, name)));
  return files;
}

/** Whose the sockets were, beside the capture, where `nightcap inspect` finds it. */
async function fetchOwners(
  client: ControlPlaneClient,
  { properties }: PacketCapture,
  capturePath: string,
): Promise<DownloadedFile | null> {
  const owners = properties.nightcap?.sideFiles?.find(({ kind }) => kind === "owners");
  if (!owners?.storagePath) return null;
  return fetchBlob(client, owners.storagePath, `${capturePath}${ownersExtension}`);
}

/** What `nightcap verify` needs, beside the capture; a capture without one, or who may not read it, does without. */
async function saveManifest(
  client: ControlPlaneClient,
  { properties }: PacketCapture,
  capturePath: string,
): Promise<void> {
  const sessionId = properties.nightcap?.sessionId;
  if (sessionId === undefined) return;
  const text = await fetchManifest(client, sessionId).catch((error: unknown) => {
    if (error instanceof RefusedError) return null;
    throw error;
  });
  if (text !== null) await writeFileAtomic(`${capturePath}${manifestExtension}`, text);
}

interface StoredFile {
  url: string;
  name: string;
  several: boolean;
}

/** Null when nothing was to be uploaded. */
function storedFiles({ properties }: PacketCapture): StoredFile[] | null {
  const { nightcap, storageLocation } = properties;
  if (!storageLocation.storagePath) return null;
  const sources = nightcap?.members ?? [
    { ...nightcap, instanceId: "", storagePath: storageLocation.storagePath },
  ];
  return sources.flatMap(({ instanceId, storagePath, files }) => {
    const prefix = instanceId === "" ? "" : `${instanceId}-`;
    const several = prefix !== "" || files != null;
    const urls = files ? files.newest.map((file) => file.storagePath) : [storagePath];
    return urls.flatMap((url) =>
      url ? [{ url, name: prefix + basename(new URL(url).pathname), several }] : [],
    );
  });
}

/** What fetches a blob of one of the control plane's accounts, for an hour. */
export async function linkToBlob(
  client: ControlPlaneClient,
  blobUrl: string,
): Promise<{ url: string; certificateAuthorityPem?: string }> {
  const account = await storageAccountOf(client, blobUrl);
  const url = signBlobUrl({
    blobUrl,
    account: account.name,
    key: await storageKey(client, account.id),
    permissions: "r",
    expiresAt: Date.now() + downloadLinkLifeMilliseconds,
  });
  // An account in Azure shows a certificate that the system knows.
  if (isRegistered(account)) return { url };
  return { url, certificateAuthorityPem: client.certificateAuthorityPem };
}

async function fetchBlob(
  client: ControlPlaneClient,
  blobUrl: string,
  path: string,
): Promise<DownloadedFile> {
  const { sizeBytes, sha256 } = await downloadFile({
    ...(await linkToBlob(client, blobUrl)),
    path,
    signal: AbortSignal.timeout(downloadLinkLifeMilliseconds),
  });
  return { path, sizeBytes, sha256 };
}
