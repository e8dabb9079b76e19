/**
 * Every HTTP edge of Nightcap is one function over the web's own Request and Response, so that it is
 * tested without a socket and mounted in any server.
 */
export type HttpHandler = (request: Request) => Promise<Response>;

/** A JSON answer with the content type that Azure sends. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}

/**
 * The request's path and query without ambiguity: `new URL("//subscriptions/...", base)` would read
 * "subscriptions" as a host, and Azure's monitor clients send exactly that (double slash).
 */
export function requestUrl(request: Request): URL {
  const url = new URL(request.url);
  url.pathname = url.pathname.replaceAll(/\/{2,}/g, "/");
  return url;
}

/** Reads a body of at most `sizeBytesMax`; null when there is more, at once when its length says so. */
export async function readBody(request: Request, sizeBytesMax: number): Promise<Uint8Array | null> {
  if (Number(request.headers.get("content-length")) > sizeBytesMax) return null;
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The rest is left unread, not cancelled: that would cut the connection before the answer is read.
  for await (const chunk of request.body.values({ preventCancel: true })) {
    size += chunk.byteLength;
    if (size > sizeBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
