import {
  AnonymousCredential,
  ContainerClient,
  newPipeline,
  RestError,
  StorageSharedKeyCredential,
  type StoragePipelineOptions,
} from "@azure/storage-blob";
import { NightcapError } from "../../common/errors.ts";
import { silentLog } from "../../common/log.ts";
import { redactSas } from "../access/sas.ts";
import { describeBlobFailure, isTransient, statusOf, withRetries } from "./blob-client.ts";
import { readResumed, type RemoteBlob, type RemoteContainer } from "./remote-blob.ts";

/** Blobs in one page of a listing, Azure's own limit. */
const pageSizeMax = 5_000;

export interface AzureContainerOptions {
  /** The container's URL, with a SAS unless there is a key; Azure's, Nightcap's or an emulator's. */
  readonly url: string;
  readonly prefix: string;
  readonly sharedKey?: { readonly account: string; readonly key: string };
  /** Trusted instead of the system's authorities. */
  readonly certificateAuthorityPem?: string;
}

/** A container that speaks Azure's Blob protocol, Nightcap's embedded store among them. */
export function openAzureContainer(options: AzureContainerOptions): RemoteContainer {
  const client = connectContainer(options);
  const told = <Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> =>
    work().catch((error: unknown) => {
      signal.throwIfAborted();
      throw explain(error, options);
    });
  const retried = <Result>(
    work: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> => told(() => withRetries(work, { signal, log: silentLog }), signal);
  return {
    async *list(signal) {
      let marker: string | undefined;
      do {
        const page = await retried((abortSignal) => nextPage(abortSignal, marker), signal);
        for (const { name, properties } of page.segment.blobItems)
          yield {
            name,
            sizeBytes: properties.contentLength ?? 0,
            etag: properties.etag,
            modifiedAt: properties.lastModified.getTime(),
          };
        marker = page.continuationToken || undefined;
      } while (marker !== undefined);
    },
    async *read(blob, range, signal) {
      const bytes = readResumed({
        range,
        signal,
        isTransient,
        open: async (start, abortSignal) => openStream(blob, start, range.end - start, abortSignal),
      });
      try {
        yield* bytes;
      } catch (error) {
        signal.throwIfAborted();
        throw explain(error, options);
      }
    },
    blocks: async ({ name }, signal) => {
      const { committedBlocks = [] } = await retried(
        (abortSignal) => client.getBlockBlobClient(name).getBlockList("committed", { abortSignal }),
        signal,
      );
      return committedBlocks.map(({ name: id, size }) => ({ id, sizeBytes: size }));
    },
  };

  async function nextPage(abortSignal: AbortSignal, marker: string | undefined) {
    const pages = client.listBlobsFlat({ prefix: options.prefix, abortSignal }).byPage({
      maxPageSize: pageSizeMax,
      ...(marker === undefined ? {} : { continuationToken: marker }),
    });
    const { value, done } = await pages.next();
    if (done === true) throw new Error("the listing has no page");
    return value;
  }

  async function openStream(
    { name, etag }: RemoteBlob,
    start: number,
    sizeBytes: number,
    abortSignal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { readableStreamBody } = await client.getBlobClient(name).download(start, sizeBytes, {
      abortSignal,
      maxRetryRequests: 0,
      conditions: { ifMatch: etag },
    });
    if (!readableStreamBody) throw new Error(`${name} has no body`);
    return readableStreamBody as AsyncIterable<Uint8Array> & NodeJS.ReadableStream;
  }
}

/** The client itself, which tries each request once. */
export function connectContainer(options: AzureContainerOptions): ContainerClient {
  const { url, sharedKey, certificateAuthorityPem: ca } = options;
  const pipeline: StoragePipelineOptions & { tlsOptions?: { ca: string } } = {
    retryOptions: { maxTries: 1 },
    ...(ca === undefined ? {} : { tlsOptions: { ca } }),
  };
  const credential = sharedKey
    ? new StorageSharedKeyCredential(sharedKey.account, sharedKey.key)
    : new AnonymousCredential();
  return new ContainerClient(url, newPipeline(credential, pipeline));
}

/** What people can do about each refusal. */
const cures: Readonly<Record<number, string>> = {
  401: "give a SAS in the URL, --account-key-file or --connection-string-file",
  403: "the SAS or key needs the permissions read and list (sp=rl, of the container: sr=c), must not have expired, and the account's firewall must let this host in",
  404: "is the container's name right, and does it exist?",
};

/** Without the SDK's error as cause: that carries the request, and with it the signature. */
function explain(error: unknown, { url, sharedKey }: AzureContainerOptions): Error {
  if (error instanceof NightcapError) return error;
  const status = statusOf(error);
  if (status === 412 || status === 416) {
    return new NightcapError("PreconditionFailed", "the blob has changed since it was listed");
  }
  const isOpen = sharedKey === undefined && !url.includes("sig=");
  const cure = cures[status === 409 || (isOpen && status === 404) ? 401 : (status ?? 0)];
  const reason = describeBlobFailure(error);
  const hint = cure === undefined || !(error instanceof RestError) ? "" : `; ${cure}`;
  return new NightcapError("StorageUnavailable", `cannot read ${redactSas(url)}: ${reason}${hint}`);
}
