import { AwsClient } from "aws4fetch";
import { backoffDelay } from "../../common/backoff.ts";
import { systemClock } from "../../common/clock.ts";
import { describeError, NightcapError } from "../../common/errors.ts";
import { readResumed, type RemoteBlob, type RemoteContainer } from "./remote-blob.ts";
import { parseS3Error, parseS3Listing, type S3Page } from "./s3-listing.ts";

const tryCountMax = 6;
const backoff = { minimumMilliseconds: 200, maximumMilliseconds: 10_000 };
const tryTimeoutMilliseconds = 60_000;
/** An answer of 1,000 keys of 1,024 bytes each, percent-encoded, fits. */
const listingSizeCharactersMax = 16 << 20;

export interface S3BucketOptions {
  readonly bucket: string;
  readonly prefix: string;
  readonly region: string;
  /** Of a compatible service; Amazon's own unless told. */
  readonly endpoint?: string;
  readonly credentials: S3Credentials;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An S3 bucket, or one of a compatible service, addressed in path style. */
export function openS3Bucket(options: S3BucketOptions): RemoteContainer {
  const { bucket, prefix, region, credentials } = options;
  const endpoint = options.endpoint ?? `https://s3.${region}.amazonaws.com`;
  const root = `${endpoint.replace(/\/+$/, "")}/${encodeURIComponent(bucket)}`;
  const client = new AwsClient({ ...credentials, service: "s3", region, retries: 0 });

  const send = async (url: string, headers: Record<string, string>, signal: AbortSignal) => {
    const answer = await fetch(await client.sign(url, { headers }), { signal, redirect: "manual" });
    if (answer.status === 200 || answer.status === 206) return answer;
    throw await refusal(answer, `s3://${bucket}`);
  };
  const page = async (token: string | null, signal: AbortSignal): Promise<S3Page> => {
    const query = new URLSearchParams({ "list-type": "2", "encoding-type": "url", prefix });
    if (token !== null) query.set("continuation-token", token);
    const answer = await send(`${root}?${query.toString()}`, {}, signal);
    const text = await answer.text();
    if (text.length > listingSizeCharactersMax) throw new Error("the listing is too long");
    return parseS3Listing(text);
  };
  const open = async (blob: RemoteBlob, start: number, end: number, signal: AbortSignal) => {
    const path = blob.name.split("/").map(encodeURIComponent).join("/");
    const headers = { range: `bytes=${start}-${end - 1}`, "if-match": blob.etag };
    const { body, status } = await send(`${root}/${path}`, headers, signal);
    if (!body) throw new Error(`${blob.name} has no body`);
    if (status !== 206 && start > 0) throw new Error("the service ignores the range of a request");
    return body;
  };
  return {
    blocks: null,
    async *list(signal) {
      let token: string | null = null;
      do {
        const found: S3Page = await withTries((limited) => page(token, limited), signal);
        yield* found.blobs;
        token = found.continuationToken;
      } while (token !== null);
    },
    async *read(blob, range, signal) {
      yield* explained(
        readResumed({
          range,
          signal,
          isTransient,
          open: (start, limited) => open(blob, start, range.end, limited),
        }),
        signal,
      );
    },
  };
}

class S3Refusal extends NightcapError {
  readonly isTransient: boolean;

  constructor(status: number, message: string) {
    super(status === 412 ? "PreconditionFailed" : "StorageUnavailable", message);
    this.isTransient = status === 408 || status === 429 || status >= 500;
  }
}

/** Codes of S3 and what people can do about them. */
const cures: Readonly<Record<string, string>> = {
  AccessDenied: "the key needs s3:ListBucket on the bucket and s3:GetObject on its objects",
  InvalidAccessKeyId: "is AWS_ACCESS_KEY_ID right?",
  SignatureDoesNotMatch: "is AWS_SECRET_ACCESS_KEY right?",
  ExpiredToken: "get a new AWS_SESSION_TOKEN",
  NoSuchBucket: "is the bucket's name right, and --s3-endpoint?",
  PermanentRedirect: "the bucket is in another region: give --s3-region",
  AuthorizationHeaderMalformed: "the bucket is in another region: give --s3-region",
  RequestTimeTooSkewed: "this host's clock is wrong",
};

async function refusal(answer: Response, where: string): Promise<S3Refusal> {
  const text = await answer.text().catch(() => "");
  const { code, message } = parseS3Error(text) ?? { code: "", message: "" };
  const cure = cures[code] === undefined ? "" : `; ${cures[code]}`;
  const reason = [`HTTP ${answer.status}`, code, message].filter((part) => part !== "").join(" ");
  return new S3Refusal(answer.status, `cannot read ${where}: ${reason.slice(0, 500)}${cure}`);
}

/** What `fetch` throws is a TypeError: no connection, or one that was cut. */
function isTransient(error: unknown): boolean {
  if (error instanceof S3Refusal) return error.isTransient;
  if (error instanceof NightcapError || !(error instanceof Error)) return false;
  return error instanceof TypeError || error.name === "TimeoutError" || "code" in error;
}

async function withTries<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(AbortSignal.any([signal, AbortSignal.timeout(tryTimeoutMilliseconds)]));
    } catch (error) {
      signal.throwIfAborted();
      if (attempt + 1 >= tryCountMax || !isTransient(error)) throw told(error);
      await systemClock.sleep(backoffDelay(backoff, attempt), signal);
    }
  }
}

async function* explained(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    signal.throwIfAborted();
    throw told(error);
  }
}

const told = (error: unknown): NightcapError =>
  error instanceof NightcapError
    ? error
    : new NightcapError("StorageUnavailable", `the S3 service failed: ${describeError(error)}`);
