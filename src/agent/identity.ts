import { mkdir } from "node:fs/promises";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import type { Clock } from "../common/clock.ts";
import { type ErrorCode, NightcapError } from "../common/errors.ts";
import { readTextIfExists, secretDirectoryMode, writeFileAtomic } from "../common/files.ts";
import { certificateExpiry, clientCertificateDays } from "../pki/validity.ts";
import {
  certificateSha256,
  enrolmentAnswer,
  type EnrolmentRequest,
  parseJoinToken,
} from "../uplink/join-token.ts";

const requestTimeoutMilliseconds = 15_000;
const renewBeforeMilliseconds = (clientCertificateDays / 2) * 86_400_000;

/** Who this host is to its control plane, as kept on disk (mode 0600). */
const identityFile = z.strictObject({
  server: z.url({ protocol: /^https$/ }),
  name: z.string(),
  hostId: z.uuid(),
  resourceId: z.string(),
  caPem: z.string(),
  certificatePem: z.string(),
  keyPem: z.string(),
});

export type AgentIdentity = z.infer<typeof identityFile>;

const identityPath = (directory: string): string => join(directory, "identity.json");

/** The identity of an earlier enrolment, or null when this host was never enrolled. */
export async function loadIdentity(directory: string): Promise<AgentIdentity | null> {
  const text = await readTextIfExists(identityPath(directory));
  if (text === null) return null;
  try {
    return identityFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new NightcapError(
      "SettingsInvalid",
      `${identityPath(directory)} is damaged; remove it and join again with a new token`,
      { cause },
    );
  }
}

/** Joins a control plane: trusts only the authority that the token names, asks for a certificate, keeps it. */
export async function enrol(options: {
  directory: string;
  token: string;
  name: string;
}): Promise<AgentIdentity> {
  const { server, caSha256, secret } = parseJoinToken(options.token);
  await mkdir(options.directory, { recursive: true, mode: secretDirectoryMode });
  // The one request that trusts nobody: its answer must be the certificate whose hash the token has.
  const caPem = await exchange({
    url: new URL("/agent/ca.pem", server),
    trust: { rejectUnauthorized: false },
    code: "EnrolmentRefused",
  });
  if (certificateSha256(caPem) !== caSha256) {
    throw new NightcapError(
      "EnrolmentRefused",
      `${server} is not the control plane that the token was made by: its authority is another one`,
    );
  }
  const { keyPem, requestPem } = await makeRequest(options.name);
  const answer = await askForCertificate(
    server,
    { secret, requestPem, name: options.name },
    { ca: caPem },
  );
  const identity = { server, name: options.name, caPem, keyPem, ...answer };
  await writeFileAtomic(identityPath(options.directory), JSON.stringify(identity, null, 1));
  return identity;
}

/** A new certificate when half of the present one's life is over; the same identity otherwise. */
export async function renewIfDue(
  directory: string,
  identity: AgentIdentity,
  clock: Clock,
): Promise<AgentIdentity> {
  const leftMilliseconds = certificateExpiry(identity.certificatePem) - clock.now();
  if (leftMilliseconds > renewBeforeMilliseconds) return identity;
  const { keyPem, requestPem } = await makeRequest(identity.name);
  const request = { secret: null, requestPem, name: identity.name };
  const answer = await askForCertificate(identity.server, request, {
    ca: identity.caPem,
    key: identity.keyPem,
    cert: identity.certificatePem,
  });
  const renewed = { ...identity, keyPem, ...answer };
  await writeFileAtomic(identityPath(directory), JSON.stringify(renewed, null, 1));
  return renewed;
}

/** Loaded when it is needed, twice a year: an agent at rest shall be small. */
async function makeRequest(name: string): Promise<{ keyPem: string; requestPem: string }> {
  const { createCertificateRequest } = await import("../pki/certificate-request.ts");
  return createCertificateRequest(name);
}

async function askForCertificate(server: string, body: EnrolmentRequest, trust: RequestOptions) {
  const url = new URL("/agent/enrol", server);
  const asked = { url, trust, code: "EnrolmentRefused" } as const;
  return enrolmentAnswer.parse(JSON.parse(await exchange(asked, JSON.stringify(body))));
}

/** One HTTPS exchange; the answer's text, or an error of this code with what the control plane said. */
export async function exchange(
  { url, trust, code }: { url: URL; trust: RequestOptions; code: ErrorCode },
  body?: string,
): Promise<string> {
  const { status, text } = await new Promise<{ status: number; text: string }>(
    (resolve, reject) => {
      const request = httpsRequest(url, {
        ...trust,
        method: body === undefined ? "GET" : "POST",
        headers: body === undefined ? {} : { "content-type": "application/json" },
        signal: AbortSignal.timeout(requestTimeoutMilliseconds),
        agent: false,
      });
      request.on("error", reject);
      request.on("response", (response) => {
        buffer(response).then(
          (bytes) => resolve({ status: response.statusCode ?? 0, text: bytes.toString("utf8") }),
          reject,
        );
      });
      request.end(body);
    },
  );
  if (status === 200) return text;
  const said = text.slice(0, 500);
  throw new NightcapError(code, `${url.href} answered ${status}: ${said}`);
}
