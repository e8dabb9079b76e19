import {
  AnonymousCredential,
  ContainerClient,
  newPipeline,
  RestError,
  type StoragePipelineOptions,
} from "@azure/storage-blob";
import { describeBlobFailure } from "./blob-client.ts";

const timeoutMilliseconds = 15_000;

/** The signature is good, and only does not allow to make containers. */
const mayNotCreate: ReadonlySet<string> = new Set([
  "AuthorizationPermissionMismatch",
  "AuthorizationResourceTypeMismatch",
]);

/**
 * Makes the container of `url`, which has a SAS, unless it is there. What kept it from being reached or
 * opened in one line without the signature; null when nothing did.
 */
export async function ensureContainer(options: {
  url: string;
  /** Trusted instead of the system's authorities. */
  certificateAuthorityPem?: string;
}): Promise<string | null> {
  const { url, certificateAuthorityPem: ca } = options;
  const pipeline: StoragePipelineOptions & { tlsOptions?: { ca: string } } = {
    retryOptions: { maxTries: 1 },
    ...(ca === undefined ? {} : { tlsOptions: { ca } }),
  };
  const client = new ContainerClient(url, newPipeline(new AnonymousCredential(), pipeline));
  try {
    await client.createIfNotExists({ abortSignal: AbortSignal.timeout(timeoutMilliseconds) });
    return null;
  } catch (error) {
    const known = error instanceof RestError && mayNotCreate.has(error.code ?? "");
    return known ? null : describeBlobFailure(error);
  }
}
