import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { isoTime } from "../../../common/clock.ts";
import { describeError } from "../../../common/errors.ts";
import type { AccessLog } from "../../../evidence/access-log/access-log.ts";
import { verifyLog } from "../../../evidence/access-log/verify-log.ts";
import { hashBlocks } from "../../../evidence/block-hashes.ts";
import { checkFile } from "../../../evidence/check-file.ts";
import { checkManifest } from "../../../evidence/check-manifest.ts";
import type { KeyRing } from "../../../evidence/key-ring.ts";
import {
  type CaptureManifest,
  type ManifestFile,
  manifestHash,
  manifestText,
} from "../../../evidence/manifest.ts";
import { sessionStore } from "../../../provider/captures/session-store.ts";
import { storedCaptures } from "../../../provider/captures/stored-captures.ts";
import type { State } from "../../../state/state.ts";
import { BlobError } from "../../../storage/blob-error.ts";
import { readReportFile } from "../../results/report-file.ts";
import type { ManifestChain } from "../manifest-chain.ts";
import type { Places } from "../manifest-files.ts";
import { type Check, check, fileCheck } from "./check.ts";

const readSizeBytes = 1 << 20;

export interface VerifyOptions extends Places {
  state: State;
  chain: ManifestChain;
  keys: Pick<KeyRing, "publicKeys">;
  accessLog: Pick<AccessLog, "directory" | "sign">;
}

/** Told how far it is. */
export interface VerifyProgress {
  /** Bytes that will be read in all. */
  total(sizeBytes: number): void;
  read(sizeBytes: number): void;
  checked(check: Check): void;
}

export interface VerifyRequest {
  sessionId: string;
  /** The caller may ask about the access log. */
  withLog: boolean;
  signal: AbortSignal;
}

/** Holds all that is kept of one recording against what was signed; nothing in a manifest is believed before its signature. */
export async function verifySession(
  options: VerifyOptions,
  request: VerifyRequest,
  progress: VerifyProgress,
): Promise<void> {
  const { sessionId, withLog } = request;
  const kept = await options.chain.of(sessionId);
  if (!kept) {
    const detail = "none is signed yet: that is done when the capture has ended and was inspected";
    return progress.checked(check("manifest", "", "missing", { detail }));
  }
  const found = checkManifest(manifestText(kept.signed), options.keys.publicKeys());
  const { keyId } = kept.signed.manifest;
  if (found.kind === "altered" || found.kind === "unknownKey") {
    const detail = found.kind === "altered" ? found.reason : "its key is none of this installation";
    return progress.checked(check("manifest", keyId, "wrong", { detail }));
  }
  const { manifest } = found;
  const wrongTime = "its key was not in use when it was signed";
  progress.checked(
    found.kind === "right"
      ? check("manifest", keyId, "right", { detail: manifest.signedAt })
      : check("manifest", keyId, "wrong", { detail: wrongTime }),
  );
  progress.checked(await checkChain(options.chain, manifest));
  await checkFiles(options, manifest, request, progress);
  progress.checked(await checkLog(options, manifest, withLog));
}

/** The manifest before it must be the one whose hash it has. */
async function checkChain(
  chain: ManifestChain,
  { sequence, previousSha256 }: CaptureManifest,
): Promise<Check> {
  const name = String(sequence);
  if (sequence === 1) return check("chain", name, previousSha256 === null ? "right" : "wrong");
  const [before] = await chain.list(sequence - 2, 1);
  if (before?.manifest.sequence !== sequence - 1) {
    return check("chain", name, "wrong", { detail: `manifest ${sequence - 1} is not there` });
  }
  if (manifestHash(before.manifest) === previousSha256) return check("chain", name, "right");
  return check("chain", name, "wrong", { detail: `manifest ${sequence - 1} is another now` });
}

async function checkFiles(
  options: VerifyOptions,
  manifest: CaptureManifest,
  { sessionId, signal }: VerifyRequest,
  progress: VerifyProgress,
): Promise<void> {
  progress.total(manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const removal = (await storedCaptures(options.state).get(sessionId))?.removal ?? null;
  for (const file of manifest.files) {
    signal.throwIfAborted();
    const { name, role } = file;
    if (removal) {
      const detail = `${isoTime(removal.startedAt)}: ${removal.detail}`;
      progress.checked(check("file", name, "removed", { role, detail }));
      continue;
    }
    const count = counted(progress, signal);
    progress.checked(await checkOne(options, { file, manifest, sessionId, count }));
  }
}

interface OneFile {
  file: ManifestFile;
  manifest: CaptureManifest;
  sessionId: string;
  count: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

async function checkOne(
  options: VerifyOptions,
  { file, manifest, sessionId, count }: OneFile,
): Promise<Check> {
  const { name, role, blocks } = file;
  try {
    const chunks = await openFile(options, file, sessionId);
    if (chunks === "notHere") return check("file", name, "notHere", { role });
    if (chunks === null) return fileCheck(file, { kind: "missing" });
    const { blockSizeBytes } = manifest;
    const found = await hashBlocks(count(chunks), blocks === null ? null : blockSizeBytes);
    return fileCheck(file, checkFile(file, found, blockSizeBytes));
  } catch (error) {
    // What is encrypted and was altered cannot be opened at all.
    return check("file", name, "wrong", { role, detail: describeError(error) });
  }
}

/** The bytes as they lie here; null: they should, and do not. */
async function openFile(
  options: VerifyOptions,
  { role, name, uploadedPath }: ManifestFile,
  sessionId: string,
): Promise<AsyncIterable<Uint8Array> | null | "notHere"> {
  if (role === "report") {
    const directory = options.directoryOf(sessionId);
    const content = await readReportFile({ directory, name }, options.reportKeys);
    return content && Readable.from([content]);
  }
  const address = uploadedPath === null ? null : options.addressOf(uploadedPath);
  if (address) {
    return options.store.read(address).then(
      ({ stream }) => stream,
      (error: unknown) => {
        if (error instanceof BlobError && error.code.endsWith("NotFound")) return null;
        throw error;
      },
    );
  }
  return role === "capture" ? openLocal(options.state, sessionId) : "notHere";
}

/** A capture that was left on a host: read where that host is this one. */
async function openLocal(
  state: State,
  sessionId: string,
): Promise<AsyncIterable<Uint8Array> | "notHere"> {
  const path = (await sessionStore(state).get(sessionId))?.body.observed?.filePath ?? null;
  const isThere = path !== null && (await stat(path).catch(() => null))?.isFile() === true;
  return isThere ? createReadStream(path, { highWaterMark: readSizeBytes }) : "notHere";
}

const counted = (progress: VerifyProgress, signal: AbortSignal) =>
  async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      progress.read(chunk.byteLength);
      yield chunk;
    }
  };

/** Each manifest says where the access log was: a log that was cut back to before it shows. */
async function checkLog(
  { accessLog, keys }: VerifyOptions,
  { accessLog: anchor }: CaptureManifest,
  withLog: boolean,
): Promise<Check> {
  if (!withLog) {
    return check("log", "", "notChecked", { detail: "it takes the role Nightcap Auditor" });
  }
  await accessLog.sign();
  const anchors = anchor === null ? [] : [anchor];
  const { problems, entries } = await verifyLog(accessLog.directory, {
    keys: keys.publicKeys(),
    anchors,
  });
  const detail = problems.slice(0, 5).join("; ");
  if (problems.length > 0) return check("log", String(entries), "wrong", { detail });
  return check("log", String(entries), "right");
}
