import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { sideFileExtension } from "../../capture/side-files.ts";
import { blockSizeFor, hashBlocks } from "../../evidence/block-hashes.ts";
import type { ManifestFile } from "../../evidence/manifest.ts";
import { type CaptureSession, fileStoragePath } from "../../provider/captures/capture-session.ts";
import type { BlobAddress, BlobStore } from "../../storage/blob-store.ts";
import type { KeyRing } from "../../storage/vault/key-ring.ts";
import { readReportFile } from "../results/report-file.ts";
import { reportFiles } from "../results/report-task.ts";

export interface Places {
  store: BlobStore;
  /** Where in the store a capture's `storagePath` points; null when it is somewhere else. */
  addressOf(storagePath: string): BlobAddress | null;
  /** The folder of a session's report. */
  directoryOf(sessionId: string): string;
  /** What reports are encrypted with; null: nothing. */
  reportKeys: KeyRing | null;
}

interface Recorded {
  role: ManifestFile["role"];
  sizeBytes: number;
  sha256: string;
  uploadedPath: string | null;
  filePath: string | null;
}

/** The files of a capture, hashed in blocks wherever they can be read from here and are what the host made. */
export async function listManifestFiles(
  session: CaptureSession,
  places: Places,
): Promise<{ blockSizeBytes: number; files: ManifestFile[] }> {
  const recorded = [...captureFiles(session), ...sideFiles(session)];
  const sizeBytes = recorded.reduce((sum, file) => sum + file.sizeBytes, 0);
  const blockSizeBytes = blockSizeFor(sizeBytes);
  const files: ManifestFile[] = [];
  for (const file of recorded) {
    const { filePath, ...facts } = file;
    const blocks = await readBlocks(file, { blockSizeBytes, places });
    files.push({ ...facts, name: nameOf(file.uploadedPath ?? filePath ?? file.role), blocks });
  }
  files.push(...(await reports(session, { places, blockSizeBytes })));
  return { blockSizeBytes, files };
}

function captureFiles({ spec, observed, storagePath }: CaptureSession): Recorded[] {
  if (!observed) return [];
  if (spec.ring) {
    return (observed.files?.newest ?? []).map((file) => ({
      role: "capture",
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      uploadedPath: file.uploaded ? fileStoragePath(storagePath, file.name) : null,
      filePath: file.filePath,
    }));
  }
  const { sha256, sizeBytes, uploaded, filePath } = observed;
  if (sha256 === null) return [];
  const uploadedPath = uploaded ? storagePath : null;
  return [{ role: "capture", sizeBytes, sha256, uploadedPath, filePath }];
}

const sideFiles = ({ observed, storagePath }: CaptureSession): Recorded[] =>
  (observed?.sideFiles ?? []).map(({ kind, sizeBytes, sha256, uploaded, filePath }) => ({
    role: kind,
    sizeBytes,
    sha256,
    uploadedPath: uploaded ? `${storagePath}${sideFileExtension(kind)}` : null,
    filePath,
  }));

const nameOf = (place: string): string =>
  place.includes("://") ? decodeURIComponent(basename(new URL(place).pathname)) : basename(place);

/** Null when the file is not here, or not as the host made it: then there is nothing to vouch for. */
async function readBlocks(
  file: Recorded,
  { blockSizeBytes, places }: { blockSizeBytes: number; places: Places },
): Promise<string[] | null> {
  const address = file.uploadedPath === null ? null : places.addressOf(file.uploadedPath);
  try {
    const path = file.filePath;
    if (!address && path === null) return null;
    const stream = address
      ? (await places.store.read(address)).stream
      : createReadStream(path ?? "");
    const found = await hashBlocks(stream, blockSizeBytes);
    return found.sha256 === file.sha256 ? found.blocks : null;
  } catch {
    return null;
  }
}

/** The report as it was first made; it may be made again, and is then another. */
async function reports(
  { spec }: CaptureSession,
  { places, blockSizeBytes }: { places: Places; blockSizeBytes: number },
): Promise<ManifestFile[]> {
  const directory = places.directoryOf(spec.sessionId);
  const files: ManifestFile[] = [];
  for (const name of Object.values(reportFiles)) {
    const content = await readReportFile({ directory, name }, places.reportKeys).catch(() => null);
    if (!content) continue;
    const { sizeBytes, sha256 } = await hashBlocks(Readable.from([content]), blockSizeBytes);
    files.push({ name, role: "report", sizeBytes, sha256, uploadedPath: null, blocks: null });
  }
  return files;
}
