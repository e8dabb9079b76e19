import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { backoffDelay } from "../common/backoff.ts";
import type { Clock } from "../common/clock.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { writeFileAtomic } from "../common/files.ts";
import { hashFile } from "./finish.ts";
import { placeLocalFile, prepareLocalFile } from "./local-file.ts";
import type { RequestFile } from "./ring-uploads.ts";
import { type SideFile, sideFileKind, type SideFileKind } from "./session.ts";

const extensions: Readonly<Record<SideFileKind, string>> = {
  coverage: ".coverage.json",
  owners: ".owners.jsonl",
};
const uploadAttemptCountMax = 5;
const retryBackoff = { minimumMilliseconds: 500, maximumMilliseconds: 30_000 };

/** What is put behind the capture's own name: `a.cap` has `a.cap.coverage.json` beside it. */
export const sideFileExtension = (kind: SideFileKind): string => extensions[kind];

/**
 * Where a session keeps what belongs beside its capture. Whoever has something writes it there before
 * the recording is finished; all that is there then is placed and uploaded with the capture.
 */
export const sideFilePath = (directory: string, kind: SideFileKind): string =>
  join(directory, `side${extensions[kind]}`);

/** True for a file of a session's own directory that is not needed once the session has ended. */
export const isSideFile = (name: string): boolean => name.startsWith("side.");

/** Writes a side file whole, or not at all. */
export async function writeSideFile(
  directory: string,
  kind: SideFileKind,
  content: string,
): Promise<void> {
  await writeFileAtomic(sideFilePath(directory, kind), content);
}

/** The side files that a session has, hashed; not placed and not uploaded yet. */
export async function listSideFiles(directory: string): Promise<SideFile[]> {
  const names = new Set(await readdir(directory));
  const files: SideFile[] = [];
  for (const kind of sideFileKind.options) {
    if (!names.has(`side${extensions[kind]}`)) continue;
    const path = sideFilePath(directory, kind);
    const [{ size }, sha256] = await Promise.all([stat(path), hashFile(path)]);
    files.push({ kind, sizeBytes: size, sha256, filePath: null, uploaded: false });
  }
  return files;
}

/** Leaves the side files beside the capture at `capturePath`; a name that is taken is passed over. */
export async function placeSideFiles(
  files: readonly SideFile[],
  place: { directory: string; capturePath: string; sessionId: string },
  roots: readonly string[],
): Promise<SideFile[]> {
  const { directory, capturePath, sessionId } = place;
  const placed: SideFile[] = [];
  for (const file of files) {
    const extension = extensions[file.kind];
    const filePath = `${capturePath}${extension}`;
    await prepareLocalFile({ filePath, sessionId }, roots);
    const source = sideFilePath(directory, file.kind);
    const { sha256 } = file;
    const at = await placeLocalFile({ source, sha256, filePath, sessionId, extension });
    placed.push({ ...file, filePath: at });
  }
  return placed;
}

export interface SideUploadOptions {
  directory: string;
  sessionId: string;
  requestFile: RequestFile;
  send: (path: string, uploadUrl: string, signal: AbortSignal) => Promise<{ sha256: string }>;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Uploads a side file to the URL that the control plane gives for it. A capture is not held back by what
 * lies beside it: after some attempts it is given up, and the reason is what comes back.
 */
export async function uploadSideFile(
  file: SideFile,
  options: SideUploadOptions,
): Promise<{ file: SideFile; failure: string | null }> {
  const { clock, signal } = options;
  let failure = "";
  for (let attempt = 0; attempt < uploadAttemptCountMax && !signal.aborted; attempt++) {
    try {
      await uploadOnce(file, options);
      return { file: { ...file, uploaded: true }, failure: null };
    } catch (error) {
      failure = describeError(error);
    }
    await clock.sleep(backoffDelay(retryBackoff, attempt), signal).catch(() => {});
  }
  return { file, failure: `side file ${file.kind} was not uploaded: ${failure}` };
}

async function uploadOnce(file: SideFile, options: SideUploadOptions): Promise<void> {
  const { directory, sessionId, requestFile, send, signal } = options;
  const uploadUrl = await requestFile({ sessionId, name: file.kind, overwritten: [] }, signal);
  if (uploadUrl === null) throw new NightcapError("UploadFailed", "no URL was given for it");
  const { sha256 } = await send(sideFilePath(directory, file.kind), uploadUrl, signal);
  if (sha256 === file.sha256) return;
  throw new NightcapError(
    "HashMismatch",
    `the uploaded file's SHA-256 is ${sha256}, the recorded one ${file.sha256}`,
  );
}
