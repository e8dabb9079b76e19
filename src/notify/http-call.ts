import type { LookupAddress } from "node:dns";
import { type IncomingMessage, request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { describeError, NightcapError } from "../common/errors.ts";
import { findAddresses } from "./addresses.ts";
import { failed, type SendResult } from "./target.ts";
import type { HttpTarget } from "./target-settings.ts";
import { cleanLine } from "./text.ts";

const timeoutMillisecondsDefault = 15_000;
const answerSizeBytesMax = 4_096;
const answerShownMax = 200;
const retryAfterMillisecondsMax = 3_600_000;
/** Statuses that may pass: a wait, a conflict in time, or a fault of the receiver's own. */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/** A POST of JSON as one kind of target wants it. */
export interface HttpCall {
  url: string;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

export interface HttpCallOptions {
  settings: Pick<HttpTarget, "allowPrivateAddresses" | "caPem">;
  /** Never shown, also when the receiver says them back. */
  secrets: readonly string[];
  signal: AbortSignal;
  now: number;
  timeoutMilliseconds?: number | undefined;
}

/** Makes the call once: 2xx is taken, redirections are not followed. Throws only when `signal` fires. */
export async function callOnce(call: HttpCall, options: HttpCallOptions): Promise<SendResult> {
  const limit = options.timeoutMilliseconds ?? timeoutMillisecondsDefault;
  const timeout = AbortSignal.timeout(limit);
  const { host } = new URL(call.url);
  try {
    const answer = await post(call, options, AbortSignal.any([timeout, options.signal]));
    return judge(host, answer, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted) return failed(`${host} gave no answer in ${limit} ms`, true);
    const mayPass = !(error instanceof NightcapError && error.code === "InvalidRequest");
    return failed(hide(`${host}: ${describeError(error)}`, options.secrets), mayPass);
  }
}

interface Answer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

function judge(host: string, { status, retryAfter, text }: Answer, options: HttpCallOptions) {
  if (status >= 200 && status < 300) return { ok: true } as const;
  const said = text === "" ? "" : `: ${cleanLine(hide(text, options.secrets), answerShownMax)}`;
  const mayPass = passingStatuses.has(status) || status >= 500;
  return failed(
    `${host} answered ${status}${said}`,
    mayPass,
    readRetryAfter(retryAfter, options.now),
  );
}

/** RFC 9110, 10.2.3: seconds or a date; bounded. */
export function readRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const milliseconds = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  if (Number.isNaN(milliseconds) || milliseconds < 0) return null;
  return Math.min(milliseconds, retryAfterMillisecondsMax);
}

function hide(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length >= 4);
  return known.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
}

async function post(
  { url, headers, body }: HttpCall,
  { settings }: HttpCallOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const target = new URL(url);
  const isClear = target.protocol === "http:";
  const { allowPrivateAddresses, caPem } = settings;
  const addresses = await findAddresses(target.hostname, {
    allowPrivateAddresses,
    onlyPrivate: isClear,
  });
  const options: RequestOptions = {
    method: "POST",
    agent: false,
    signal,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "user-agent": "nightcap",
      ...headers,
    },
    lookup: answerWith(addresses),
  };
  const tls = caPem === null ? {} : { ca: [...getCACertificates("default"), caPem] };
  return new Promise((resolve, reject) => {
    const onAnswer = (response: IncomingMessage): void => {
      readAnswer(response).then(resolve, reject);
    };
    const sent = isClear
      ? requestHttp(target, options, onAnswer)
      : requestHttps(target, { ...options, ...tls }, onAnswer);
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Name resolution that has happened already: nobody can answer otherwise after the check. */
const answerWith =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, { all }, done) => {
    const [first] = addresses;
    if (all) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family ?? 4);
  };

/** The beginning of what the receiver says; the rest is of no interest, however long it is. */
async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const { statusCode: status = 0 } = response;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= answerSizeBytesMax) break;
    }
  } catch (error) {
    // A receiver that took it and then broke off has taken it.
    if (status < 200 || status >= 300) throw error;
  }
  const text = Buffer.concat(chunks).subarray(0, answerSizeBytesMax).toString("utf8");
  return { status, retryAfter: response.headers["retry-after"], text };
}
