import { createHash, X509Certificate } from "node:crypto";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";

const prefix = "nightcap1.";

/** What a host needs to join: where to, whom to trust, and a secret that works once. */
const joinToken = z.strictObject({
  /** The control plane's base URL. */
  server: z.url({ protocol: /^https$/ }),
  /** SHA-256 of the authority's certificate (DER), hex: the host trusts no other. */
  caSha256: z.string().regex(/^[0-9a-f]{64}$/),
  secret: z.string().min(20).max(200),
});

export type JoinToken = z.infer<typeof joinToken>;

export function formatJoinToken(token: JoinToken): string {
  return prefix + Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** Throws `EnrolmentRefused`, never with the token's text, which holds a secret. */
export function parseJoinToken(text: string): JoinToken {
  try {
    if (!text.startsWith(prefix)) throw new Error(`it does not start with "${prefix}"`);
    const json = Buffer.from(text.slice(prefix.length).trim(), "base64url").toString("utf8");
    return joinToken.parse(JSON.parse(json));
  } catch {
    throw new NightcapError(
      "EnrolmentRefused",
      `join token cannot be read: expected one line that starts with "${prefix}", as "nightcap token create" prints it`,
    );
  }
}

export function certificateSha256(certificatePem: string): string {
  return createHash("sha256").update(new X509Certificate(certificatePem).raw).digest("hex");
}

/** What a host sends to `POST /agent/enrol`: with a join token's secret, or with its certificate to renew it. */
export const enrolmentRequest = z.strictObject({
  secret: z.string().max(200).nullable(),
  requestPem: z.string().max(16_384),
  /** The virtual machine's name in ARM ids. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: "expected 1 to 64 letters, digits, dots, underscores or hyphens",
  }),
});

export const enrolmentAnswer = z.object({
  hostId: z.uuid(),
  resourceId: z.string(),
  certificatePem: z.string(),
});

export type EnrolmentRequest = z.infer<typeof enrolmentRequest>;
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswer>;
