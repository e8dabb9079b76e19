import type { SentBefore, UploadAhead } from "../capture/runner-context.ts";
import type { CaptureSpec } from "../capture/session.ts";
import { NightcapError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import type { StageAhead } from "../storage/transfer/stage-ahead.ts";
import type { UploadOptions, UploadResult } from "../storage/transfer/upload.ts";
import type { AgentIdentity } from "./identity.ts";

/** A file below it is sent when it is whole: it would not fill a block before. */
const aheadSizeBytesMin = 8 << 20;

export interface UploadTask {
  path: string;
  spec: CaptureSpec;
  signal: AbortSignal;
  identity: AgentIdentity;
  log: Log;
}

/** To our own store with our own authority's trust; to Azure with the system's. */
export async function uploadCapture(task: UploadTask, sent?: SentBefore): Promise<UploadResult> {
  const options = optionsOf(task);
  if (!options) throw new NightcapError("UploadFailed", "no upload was asked for");
  // Azure's SDK is loaded with the first upload: an agent that never uploads stays small.
  const { uploadFile } = await import("../storage/transfer/upload.ts");
  return uploadFile({ ...options, ...sent });
}

/** Sends the beginning of a file that is being written; null when it is not to be uploaded. */
export function uploadAhead(task: UploadTask): UploadAhead | null {
  const options = optionsOf(task);
  if (!options) return null;
  let ahead: Promise<StageAhead> | null = null;
  let writtenBytes = 0;
  return {
    written(sizeBytes) {
      writtenBytes = sizeBytes;
      if (sizeBytes < aheadSizeBytesMin) return;
      ahead ??= openAhead(options);
      void ahead.then((opened) => opened.written(writtenBytes));
    },
    close: async () => (await ahead)?.close() ?? [],
  };
}

async function openAhead(options: UploadOptions): Promise<StageAhead> {
  const { stageAhead } = await import("../storage/transfer/stage-ahead.ts");
  return stageAhead(options);
}

function optionsOf({ path, spec, signal, identity, log }: UploadTask): UploadOptions | null {
  const { uploadUrl } = spec;
  if (uploadUrl === null) return null;
  const isOurs = new URL(uploadUrl).origin === new URL(identity.server).origin;
  const ours = { certificateAuthorityPem: identity.caPem, isCompared: true };
  return { path, url: uploadUrl, ...(isOurs ? ours : {}), signal, log };
}
