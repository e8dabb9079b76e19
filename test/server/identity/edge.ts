// The identity edge of a control plane that a test starts: who asks for tokens, and uses them.
import { expect } from "vitest";
import type { ControlPlane, RawAnswer } from "../../provider/control-plane.ts";

export interface Secret {
  clientId: string;
  secret: string;
}

/** Asks for a token as az does, with fields and headers that the test changes. */
export function askToken(
  plane: ControlPlane,
  client: Secret,
  options: {
    fields?: Record<string, string>;
    path?: string;
    headers?: Record<string, string>;
    without?: readonly string[];
  } = {},
): Promise<RawAnswer> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: client.clientId,
    client_secret: client.secret,
    scope: `${plane.base}//.default`,
    client_info: "1",
    claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}',
    ...options.fields,
  });
  for (const name of options.without ?? []) form.delete(name);
  return plane.raw("POST", options.path ?? "/adfs/oauth2/token", {
    headers: { "content-type": "application/x-www-form-urlencoded", ...options.headers },
    text: form.toString(),
  });
}

export async function takeToken(
  plane: ControlPlane,
  client: Secret,
  fields: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await askToken(plane, client, { fields });
  expect(status).toBe(200);
  return (body as { access_token: string }).access_token;
}

/** A read of ARM that every client may do. */
export const useToken = (plane: ControlPlane, token: string): Promise<RawAnswer> =>
  plane.raw("GET", "/subscriptions?api-version=2022-12-01", { token });

export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;

export const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string })
    .kid;
