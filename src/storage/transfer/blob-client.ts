import {
  AnonymousCredential,
  BlockBlobClient,
  newPipeline,
  RestError,
  type StoragePipelineOptions,
} from "@azure/storage-blob";
import { backoffDelay } from "../../common/backoff.ts";
import { systemClock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import { redactSas } from "../access/sas.ts";

/** Tries of one request before it counts as failed, and the pauses between them. */
const tryCountMax = 8;
const backoff = { minimumMilliseconds: 500, maximumMilliseconds: 30_000 };
/** A server that asks for more patience than this is treated as one that failed. */
const retryAfterMillisecondsMax = 120_000;
/** One try of one request; the largest block must pass a slow line in this time. */
const tryTimeoutMilliseconds = 5 * 60_000;

const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** Damage on the way, found by the other side: sending again is the cure. */
const transientCodes: ReadonlySet<string> = new Set(["Md5Mismatch", "Crc64Mismatch"]);

export interface BlobConnection {
  /** The blob's URL with its SAS. */
  readonly url: string;
  /** Trusted instead of the system's authorities, for a store of our own. */
  readonly certificateAuthorityPem?: string;
  readonly signal: AbortSignal;
}

/** A client of one blob that leaves retries to `withRetries`, which minds Retry-After. */
export function connectBlob({ url, certificateAuthorityPem }: BlobConnection): BlockBlobClient {
  const options: StoragePipelineOptions & { tlsOptions?: { ca: string } } = {
    retryOptions: { maxTries: 1 },
    ...(certificateAuthorityPem === undefined
      ? {}
      : { tlsOptions: { ca: certificateAuthorityPem } }),
  };
  return new BlockBlobClient(url, newPipeline(new AnonymousCredential(), options));
}

/** Runs one request until it succeeds, fails for good, or has been tried often enough. */
export async function withRetries<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(AbortSignal.any([signal, AbortSignal.timeout(tryTimeoutMilliseconds)]));
    } catch (error) {
      signal.throwIfAborted();
      const delay = retryDelay(error, attempt);
      if (delay === null) throw error;
      log.warn(
        { attempt, delay, reason: describeBlobFailure(error) },
        "blob request is tried again",
      );
      await systemClock.sleep(delay, signal);
    }
  }
}

function retryDelay(error: unknown, attempt: number): number | null {
  if (attempt + 1 >= tryCountMax || !isTransient(error)) return null;
  const asked = retryAfter(error);
  if (asked !== null && asked > retryAfterMillisecondsMax) return null;
  return Math.max(asked ?? 0, backoffDelay(backoff, attempt));
}

/** True for what another try may cure. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof RestError)) return isAbort(error);
  if (error.statusCode === undefined) return !isCertificateFailure(error);
  return transientStatuses.has(error.statusCode) || transientCodes.has(error.code ?? "");
}

/** With the caller's own signal ruled out before, an abort is our time limit. */
const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");

const isCertificateFailure = (error: RestError): boolean =>
  /CERT|SELF_SIGNED|ISSUER|ALTNAME/.test(error.code ?? "");

function retryAfter(error: unknown): number | null {
  if (!(error instanceof RestError)) return null;
  const text = error.response?.headers.get("retry-after");
  if (text === undefined) return null;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(milliseconds) ? null : Math.max(0, milliseconds);
}

export const statusOf = (error: unknown): number | null =>
  error instanceof RestError ? (error.statusCode ?? null) : null;

export const codeOf = (error: unknown): string | null =>
  error instanceof RestError ? (error.code ?? null) : null;

/** What happened in one line, without the SAS signature. */
export function describeBlobFailure(error: unknown): string {
  if (!(error instanceof RestError)) return redactSas(describeError(error));
  const status = error.statusCode === undefined ? "" : `HTTP ${error.statusCode} `;
  const code = error.code === undefined ? "" : `${error.code}: `;
  return redactSas(`${status}${code}${error.message}`).replaceAll(/\s+/g, " ").trim();
}
