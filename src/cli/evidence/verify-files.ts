import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hashBlocks } from "../../evidence/block-hashes.ts";
import { checkFile, type FileVerdict } from "../../evidence/check-file.ts";
import type { ManifestCheck } from "../../evidence/check-manifest.ts";
import type { CaptureManifest, ManifestFile } from "../../evidence/manifest.ts";

const readSizeBytes = 1 << 20;

export interface VerifiedFile {
  name: string;
  role: ManifestFile["role"];
  path: string;
  /** False: it was not asked about, and lies beside or does not. */
  wanted: boolean;
  verdict: FileVerdict | RemovedFile;
}

/** The control plane has deleted it, by the rules of retention: it says so itself. */
export interface RemovedFile {
  kind: "removed";
  time: string;
  why: string;
}

/** What the manifest names, when the control plane has deleted all that it kept of it. */
export function removedFiles(
  { files }: CaptureManifest,
  removed: Omit<RemovedFile, "kind">,
): VerifiedFile[] {
  return files.map(({ name, role, uploadedPath }) => {
    const wasHere = uploadedPath !== null || role === "report";
    const { time, why } = removed;
    const verdict = wasHere
      ? { kind: "removed" as const, time, why }
      : { kind: "missing" as const };
    return { name, role, path: name, wanted: false, verdict };
  });
}

/** The exit codes of `nightcap verify`; 0 is right, 1 could not be done, 2 was called wrongly. */
export const verifyExitCodes = {
  altered: 3,
  missing: 4,
  manifestAltered: 5,
  unknownKey: 6,
  keyNotValid: 7,
  notTheOriginal: 8,
} as const;

/** Looks at the file that was asked about, and at those that the manifest names beside it. */
export async function verifyFiles(
  path: string,
  manifest: CaptureManifest,
): Promise<VerifiedFile[]> {
  const wanted = manifest.files.find(({ name }) => name === basename(path));
  // A file may have been renamed: then it stands for the capture, when there is one.
  const captures = manifest.files.filter(({ role }) => role === "capture");
  const standsFor = wanted ?? (captures.length === 1 ? captures[0] : undefined);
  const files: VerifiedFile[] = [];
  for (const file of manifest.files) {
    const isWanted = file === standsFor;
    const at = isWanted ? resolve(path) : join(dirname(resolve(path)), file.name);
    const verdict = await verifyOne(at, file, manifest.blockSizeBytes);
    const { name, role } = file;
    files.push({ name, role, path: at, wanted: isWanted, verdict });
  }
  if (standsFor) return files;
  const what = "the manifest has no file of this name";
  const verdict: FileVerdict = { kind: "notTheOriginal", what };
  const name = basename(path);
  return [{ name, role: "capture", path: resolve(path), wanted: true, verdict }, ...files];
}

async function verifyOne(
  path: string,
  file: ManifestFile,
  blockSizeBytes: number,
): Promise<FileVerdict> {
  if (!(await stat(path).catch(() => null))?.isFile()) return { kind: "missing" };
  const stream = createReadStream(path, { highWaterMark: readSizeBytes });
  return checkFile(file, await hashBlocks(stream, blockSizeBytes), blockSizeBytes);
}

/** What is worst decides; a file beside that is not there does so only with `all`. */
export function exitCodeOf(
  check: ManifestCheck,
  files: readonly VerifiedFile[],
  all: boolean,
): number {
  if (check.kind === "altered") return verifyExitCodes.manifestAltered;
  if (check.kind === "unknownKey") return verifyExitCodes.unknownKey;
  const counted = files.filter(
    ({ wanted, verdict }) => wanted || all || verdict.kind !== "missing",
  );
  const kinds = new Set(counted.map(({ verdict }) => verdict.kind));
  const worst = (["altered", "notTheOriginal", "missing"] as const).find((kind) => kinds.has(kind));
  if (worst) return verifyExitCodes[worst];
  return check.kind === "keyNotValid" ? verifyExitCodes.keyNotValid : 0;
}
