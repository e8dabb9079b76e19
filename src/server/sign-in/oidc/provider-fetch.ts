import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import type { CustomFetch } from "openid-client";
import { NightcapError } from "../../../common/errors.ts";

/** Of one answer of a provider; key sets and tokens have a few kB. */
const answerSizeBytesMax = 1 << 20;
const answerTimeoutMilliseconds = 10_000;

/**
 * Asks a provider: follows no redirect, and takes an answer of limited size within limited time.
 * `ca`: PEM of an authority to trust besides the usual ones.
 */
export function createProviderFetch(ca: string | null): CustomFetch {
  const trusted = ca === null ? {} : { ca: [...rootCertificates, ca] };
  return async (address, { method, headers, body }) => {
    const url = new URL(address);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const signal = AbortSignal.timeout(answerTimeoutMilliseconds);
    const request = send(url, {
      method,
      headers: { ...headers },
      signal,
      agent: false,
      ...trusted,
    });
    // Forms are all that a client of this kind sends.
    request.end(body instanceof URLSearchParams ? body.toString() : undefined);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const bytes = await readLimited(response, url);
    return new Response(hasBody(response) ? bytes : null, {
      status: response.statusCode ?? 502,
      headers: { "content-type": response.headers["content-type"] ?? "" },
    });
  };
}

/** A Response of these may have no body. */
const hasBody = ({ statusCode = 0 }: IncomingMessage): boolean =>
  ![101, 204, 205, 304].includes(statusCode);

async function readLimited(response: IncomingMessage, url: URL): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerSizeBytesMax) {
      response.destroy();
      const what = `answer of ${url.host} is over ${answerSizeBytesMax} bytes`;
      throw new NightcapError("SignInProviderFailed", what);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
