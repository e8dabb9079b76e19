import { AuthenticationError } from "../arm/authentication-error.ts";
import { NightcapError } from "../common/errors.ts";
import { openAccess } from "../provider/authorization/assignment-store.ts";
import type { BlobTokens } from "../storage/access/token-access.ts";
import { BlobError } from "../storage/blob-error.ts";
import { type ServerContext, storageAccountId } from "./context.ts";
import type { Identity } from "./identity/identity.ts";
import { readCookie, sessionCookie } from "./sign-in/cookies.ts";

/** Actions on blobs themselves are data actions; what is above them are actions. */
const dataActionPattern = /\/containers\/blobs\//;

/** Lets clients of the store in by their tokens: `az storage ... --auth-mode login`. */
export function createStorageTokens(
  context: Pick<ServerContext, "state" | "installation" | "settings" | "subscription">,
  identity: Pick<Identity, "authenticate">,
): BlobTokens {
  const { state, installation } = context;
  const { tenantId } = installation;
  const accountId = storageAccountId(context);
  const challenge = (url: URL): string =>
    `Bearer authorization_uri=${url.origin}/${tenantId}/oauth2/authorize resource_id=https://storage.azure.com`;
  return {
    tenantId,
    challenge,
    hasSession: (headers) => readCookie(headers, sessionCookie) !== null,
    async authenticate({ url, method, headers }) {
      try {
        return await identity.authenticate(new Request(url, { method, headers }), "storage");
      } catch (cause) {
        if (cause instanceof NightcapError && cause.code === "CsrfTokenInvalid") {
          throw new BlobError("AuthenticationFailed", cause.message, { cause });
        }
        if (!(cause instanceof AuthenticationError)) throw cause;
        const options = { cause, headers: { "www-authenticate": challenge(url) } };
        throw new BlobError("InvalidAuthenticationInfo", cause.message, options);
      }
    },
    async allows(principalId, actions, container) {
      const access = await openAccess(state, principalId);
      const service = `${accountId}/blobServices/default`;
      const scope = container === "" ? service : `${service}/containers/${container}`;
      return actions.some((action) =>
        dataActionPattern.test(action)
          ? access.allowsData(action, scope)
          : access.allows(action, scope),
      );
    },
  };
}
