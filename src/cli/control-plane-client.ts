import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import type { Credentials } from "./credentials.ts";

const requestTimeoutMilliseconds = 30_000;
const apiVersions: readonly (readonly [RegExp, string])[] = [
  [/\/microsoft\.network\//i, "2024-05-01"],
  [/\/microsoft\.compute\//i, "2024-11-01"],
  [/\/microsoft\.insights\/actiongroups/i, "2022-06-01"],
  [/\/microsoft\.insights\/metricalerts/i, "2018-03-01"],
  [/\/microsoft\.storage\//i, "2024-01-01"],
  [/\/microsoft\.authorization\//i, "2022-04-01"],
];
const resourcesApiVersion = "2021-04-01";

const errorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const tokenAnswer = z.object({ access_token: z.string(), expires_in: z.number() });

/** What the control plane refused, in its own words. */
export class RefusedError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${message} (${code})`);
    this.name = "RefusedError";
    this.status = status;
    this.code = code;
  }
}

/** The REST API as the command line uses it: Azure's own paths, one token, our own authority. */
export interface ControlPlaneClient {
  readonly credentials: Credentials;
  readonly certificateAuthorityPem: string;
  /** `/subscriptions/{id}` of this control plane. */
  readonly subscription: string;
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The answer, or null for 404. */
  find(path: string): Promise<unknown>;
}

export async function openControlPlaneClient(
  credentials: Credentials,
): Promise<ControlPlaneClient> {
  const certificateAuthorityPem = await readFile(credentials.certificateAuthorityFile, "utf8");
  let token: { text: string; expiresAt: number } | undefined;

  const authorize = async (): Promise<string> => {
    if (token && token.expiresAt > Date.now()) return token.text;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      scope: `${credentials.endpoint}/.default`,
    });
    const answer = await exchange(
      `/${credentials.tenantId}/oauth2/v2.0/token`,
      "POST",
      form.toString(),
      {
        "content-type": "application/x-www-form-urlencoded",
      },
    );
    const { access_token, expires_in } = tokenAnswer.parse(answer);
    token = { text: access_token, expiresAt: Date.now() + (expires_in - 60) * 1_000 };
    return token.text;
  };
  const exchange = async (
    path: string,
    method: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<unknown> => {
    const url = new URL(path, credentials.endpoint);
    const answer = await send(url, { method, body, headers, ca: certificateAuthorityPem });
    const content = parseJson(answer.text);
    if (answer.status < 400) return content;
    const refusal = errorAnswer.safeParse(content);
    const { code, message } = refusal.data?.error ?? {
      code: `HTTP ${answer.status}`,
      message: answer.text,
    };
    throw new RefusedError(answer.status, code, message.slice(0, 1_000));
  };
  const request = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return exchange(withApiVersion(path), method, text, {
      authorization: `Bearer ${await authorize()}`,
      ...(text === undefined ? {} : { "content-type": "application/json" }),
    });
  };
  return {
    credentials,
    certificateAuthorityPem,
    subscription: `/subscriptions/${credentials.subscriptionId}`,
    request,
    find: (path) =>
      request("GET", path).catch((error: unknown) => {
        if (error instanceof RefusedError && error.status === 404) return null;
        throw error;
      }),
  };
}

function withApiVersion(path: string): string {
  if (path.includes("api-version=") || !path.startsWith("/subscriptions")) return path;
  const version = apiVersions.find(([pattern]) => pattern.test(path))?.[1] ?? resourcesApiVersion;
  return `${path}${path.includes("?") ? "&" : "?"}api-version=${version}`;
}

interface SendOptions {
  method: string;
  body: string | undefined;
  headers: Record<string, string>;
  ca: string;
}

async function send(
  url: URL,
  { method, body, headers, ca }: SendOptions,
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, {
      method,
      ca,
      headers: { accept: "application/json", ...headers },
      signal: AbortSignal.timeout(requestTimeoutMilliseconds),
    });
    request.on("error", (cause) => {
      const message = `control plane at ${url.origin} does not answer; is it running? ("npm start" or "nightcap up" starts it)`;
      reject(new NightcapError("ServiceUnavailable", message, { cause }));
    });
    request.on("response", (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      buffer(response).then(
        (bytes) => resolve({ status, headers: answered, text: bytes.toString("utf8") }),
        reject,
      );
    });
    request.end(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
