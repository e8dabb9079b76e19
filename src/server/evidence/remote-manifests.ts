import type { Clock } from "../../common/clock.ts";
import { describeError, NightcapError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";

/** All tries of one manifest, so that an account that answers nobody keeps the others waiting no longer. */
const putMilliseconds = 60_000;
/** After that its account is left alone for a time; the loop looks again each ten minutes. */
const restMilliseconds = 540_000;
/** Hosts of accounts that are left alone. Beyond, all are forgotten, and tried once more. */
const restingCountMax = 1_000;

/** Puts manifests beside captures that lie in storage accounts elsewhere. */
export interface RemoteManifests {
  /** Throws `UploadFailed` or `StorageUnavailable`; may be called again until it does not. */
  put(url: string, text: string): Promise<void>;
}

export function createRemoteManifests(options: {
  /** The URL with what opens it; throws `StorageUnavailable` where no registered account has it. */
  uploadUrlOf: (url: string) => string;
  /** Trusted instead of the system's authorities. */
  certificateAuthorityPem?: string;
  clock: Clock;
  log: Log;
}): RemoteManifests {
  const { uploadUrlOf, certificateAuthorityPem: ca, clock, log } = options;
  const restsUntil = new Map<string, number>();
  return {
    async put(url, text) {
      const { host } = new URL(url);
      if ((restsUntil.get(host) ?? 0) > clock.now())
        throw new NightcapError("StorageUnavailable", `${host} failed and is tried later`);
      const signed = openUrl(uploadUrlOf, url, log);
      if (signed === null) return;
      // Azure's SDK is half of what a control plane would load as it starts; most never come here.
      const { putNewBlob } = await import("../../storage/transfer/put-new-blob.ts");
      const bytes = Buffer.from(text, "utf8");
      const signal = AbortSignal.timeout(putMilliseconds);
      const trusted = ca === undefined ? {} : { certificateAuthorityPem: ca };
      const blob = { url: signed, bytes, contentType: "application/json", signal, log };
      try {
        await putNewBlob({ ...blob, ...trusted });
        restsUntil.delete(host);
      } catch (error) {
        if (restsUntil.size >= restingCountMax) restsUntil.clear();
        restsUntil.set(host, clock.now() + restMilliseconds);
        throw error;
      }
    },
  };
}

/** Null, and said, when the account is not registered any more: then the manifest stays in the state alone. */
function openUrl(uploadUrlOf: (url: string) => string, url: string, log: Log): string | null {
  try {
    return uploadUrlOf(url);
  } catch (error) {
    if (!(error instanceof NightcapError) || error.code !== "StorageUnavailable") throw error;
    log.warn({ reason: describeError(error) }, "manifest is not beside its capture");
    return null;
  }
}
