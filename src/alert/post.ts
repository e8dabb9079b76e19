import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";

export interface PostOptions {
  url: string;
  body: string;
  /** PEM of a CA to trust beside Node's own list, for receivers of a private one. */
  certificateAuthorityPem?: readonly string[];
  /** Ends the call; its reason is the error. */
  signal: AbortSignal;
}

/**
 * POSTs JSON and returns the status; the answer's body is thrown away, redirects are not followed. Throws when
 * there is no answer: no connection, untrusted certificate, aborted.
 */
export function postJson({
  url,
  body,
  certificateAuthorityPem,
  signal,
}: PostOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
    };
    const onAnswer = (response: IncomingMessage): void => {
      response.on("error", () => {});
      resolve(response.statusCode ?? 0);
      response.resume(); // until its end, or the signal
    };
    const target = new URL(url);
    const options = { method: "POST", headers, signal, agent: false } as const;
    const call =
      target.protocol === "https:"
        ? requestHttps(
            target,
            {
              ...options,
              ...(certificateAuthorityPem ? { ca: [...certificateAuthorityPem] } : {}),
            },
            onAnswer,
          )
        : requestHttp(target, options, onAnswer);
    call.on("error", reject);
    call.end(body);
  });
}
