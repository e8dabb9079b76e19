import type { FileRequest } from "../capture/ring-uploads.ts";
import { fileAnswer } from "../uplink/file-request.ts";
import { type AgentIdentity, exchange } from "./identity.ts";

/** Asks the control plane where a finished file goes, and has the blobs of overwritten ones deleted. */
export async function requestFile(
  identity: AgentIdentity,
  request: FileRequest,
  signal: AbortSignal,
): Promise<string | null> {
  signal.throwIfAborted();
  const { server, caPem, certificatePem, keyPem } = identity;
  const trust = { ca: caPem, cert: certificatePem, key: keyPem };
  const url = new URL("/agent/captureFiles", server);
  const text = await exchange({ url, trust, code: "UploadFailed" }, JSON.stringify(request));
  return fileAnswer.parse(JSON.parse(text)).uploadUrl;
}
