import { z } from "zod";
import { findRole } from "../../provider/authorization/built-in-roles.ts";

const textLengthMax = 512;
const providerCountMax = 8;
const roleCountMax = 64;
const scopeCountMax = 16;

const text = z.string().min(1).max(textLengthMax);

const groupRole = z.strictObject({
  /** As the provider names the group; `*`: everybody whom the provider knows. */
  group: text,
  /** For example Reader; by name or id. */
  role: text.refine((role) => findRole(role) !== null, "a role that there is expected"),
  /** Id of what the role holds at; the whole subscription unless told. */
  scope: text.startsWith("/").nullable().default(null),
});

/** Somebody else who knows people: Keycloak, Entra ID, Google, ... by OpenID Connect. */
const providerSettings = z.strictObject({
  /** What the page calls it; also in the address that it sends people back to. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,30}$/),
  /** The issuer's address, below which `.well-known/openid-configuration` is. */
  issuer: z.url().max(textLengthMax).refine(isSafeIssuer, "an https address expected"),
  /** As the provider registered this control plane. */
  clientId: text,
  /** File with the client's secret; null: the provider asks for none, PKCE protects alone. */
  clientSecretFile: text.nullable().default(null),
  /** PEM file of the authority that signed the provider's certificate, besides those that Node knows. */
  certificateAuthorityFile: text.nullable().default(null),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/))
    .max(scopeCountMax)
    .refine((scopes) => scopes.includes("openid"), '"openid" expected among them')
    .default(["openid", "profile", "email"]),
  /** The claim that people are called by here. */
  usernameClaim: text.default("preferred_username"),
  /** The claim that lists the groups that they are in. */
  groupsClaim: text.default("groups"),
  /** Who may what. Whom none of these is for, and who has no other role, is not let in. */
  roles: z.array(groupRole).max(roleCountMax).default([]),
});

export type ProviderSettings = z.infer<typeof providerSettings>;

/** How people sign in, besides by name and password. */
export const signInSettings = z.strictObject({
  openIdConnect: z
    .array(providerSettings)
    .max(providerCountMax)
    .refine(
      (all) => new Set(all.map(({ name }) => name.toLowerCase())).size === all.length,
      "names that differ expected",
    )
    .default([]),
});

/** Without TLS everybody on the way could say who somebody is; on this very host nobody is on the way. */
function isSafeIssuer(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname, search, hash, username } = new URL(issuer);
  if (search !== "" || hash !== "" || username !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
