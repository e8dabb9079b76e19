import { NightcapError } from "../common/errors.ts";
import { type HttpHandler, jsonResponse, readBody } from "../common/http.ts";
import { describeIssues } from "../common/settings.ts";
import { type CaptureSession, fileStoragePath } from "../provider/captures/capture-session.ts";
import { sideFileKind } from "../capture/session.ts";
import { sideFileExtension } from "../capture/side-files.ts";
import { sessionStore } from "../provider/captures/session-store.ts";
import type { State } from "../state/state.ts";
import { BlobError } from "../storage/blob-error.ts";
import type { BlobAddress, BlobStore } from "../storage/blob-store.ts";
import { fileRequest } from "../uplink/file-request.ts";
import type { EmbeddedStorage } from "./storage.ts";

const requestSizeBytesMax = 16 << 10;

/** `POST /agent/captureFiles`: a host that records into several files uploads one, or has overwritten some. */
export type CaptureFiles = (hostId: string | null) => HttpHandler;

export function createCaptureFiles(options: {
  state: State;
  storage: Pick<EmbeddedStorage, "makeUploadUrl" | "addressOf" | "store">;
  /** A host overwrote a file of its ring, whose blob goes now. Rejects to keep it. */
  onRemove?(session: CaptureSession, blob: string): Promise<void>;
}): CaptureFiles {
  const { state, storage } = options;
  const remove = async (session: CaptureSession, name: string): Promise<void> => {
    const address = storage.addressOf(fileStoragePath(session.storagePath, name));
    if (!address || (await isHeld(storage.store, address))) return;
    await options.onRemove?.(session, `${address.container}/${address.blob}`);
    await storage.store.deleteBlob(address).catch((error: unknown) => {
      if (!(error instanceof BlobError && settledCodes.has(error.code))) throw error;
    });
  };
  return (hostId) => async (request) => {
    try {
      const parsed = fileRequest.safeParse(await readJson(request));
      if (!parsed.success) throw new NightcapError("InvalidRequest", describeIssues(parsed.error));
      const { sessionId, name, overwritten } = parsed.data;
      const session = (await sessionStore(state).get(sessionId))?.body;
      const side = sideFileKind.safeParse(name);
      const uploads = side.success ? session?.storagePath !== "" : session?.spec.ring?.uploads;
      // One answer for every reason: a host learns nothing of the sessions of others.
      if (!session || !uploads || hostId === null || session.hostId !== hostId) {
        throw new NightcapError("CaptureNotFound", `no session ${sessionId} of this host uploads`);
      }
      for (const each of session.spec.ring ? overwritten : []) await remove(session, each);
      const path = side.success
        ? `${session.storagePath}${sideFileExtension(side.data)}`
        : name === null
          ? null
          : fileStoragePath(session.storagePath, name);
      return jsonResponse(200, { uploadUrl: path === null ? null : storage.makeUploadUrl(path) });
    } catch (error) {
      if (!(error instanceof NightcapError)) throw error;
      const { code, message, status } = error;
      return jsonResponse(status, { error: { code, message } });
    }
  };
}

/** Gone, or held meanwhile: the ring goes on, and the blob of what it overwrote stays. */
const settledCodes: ReadonlySet<string> = new Set(["BlobNotFound", "BlobImmutableDueToLegalHold"]);

const isHeld = async (store: BlobStore, address: BlobAddress): Promise<boolean> =>
  (await store.blob(address).catch(() => null))?.legalHold === true;

async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBody(request, requestSizeBytesMax);
  try {
    return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
