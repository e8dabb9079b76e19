import { BlobError } from "../blob-error.ts";
import { queryParameters } from "../access/shared-key.ts";

/** A request as the blob service sees it, before anybody looked at who sends it. */
export interface BlobRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  /** Query parameters, decoded, names in lower case. */
  readonly query: ReadonlyMap<string, string>;
  readonly account: string;
  /** Empty on the account's own level. */
  readonly container: string;
  /** Empty on the container's level. */
  readonly blob: string;
}

/** Takes a path-style request (`/account/container/blob`) apart. Throws `InvalidUri`. */
export function parseBlobRequest(request: Request): BlobRequest {
  const url = new URL(request.url);
  const [account = "", container = "", ...blob] = url.pathname.slice(1).split("/");
  return {
    method: request.method.toUpperCase(),
    url,
    headers: request.headers,
    body: request.body,
    query: new Map(queryParameters(url).map(([name, value]) => [name.toLowerCase(), value])),
    account: decode(account),
    container: decode(container),
    blob: decode(blob.join("/")),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new BlobError("InvalidUri", `"${text.slice(0, 200)}" is not percent-encoded UTF-8.`, {
      cause,
    });
  }
}
