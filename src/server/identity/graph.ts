import { NightcapError } from "../../common/errors.ts";
import { requestUrl } from "../../common/http.ts";

/** Microsoft Graph's versions, and the tenant that the older Azure AD Graph has in their place. */
const graphPath = /^\/(?:v1\.0|beta)(?:\/|$)/i;
const olderGraphPath =
  /^\/[^/]+\/(?:servicePrincipals|applications|users|groups|me|getObjectsByObjectIds)(?:\/|$)/i;

/**
 * True for what `az ad ...` asks of Microsoft Graph: az sends it here, because the cloud's metadata
 * names no other host.
 */
export function isGraphRequest(request: Request): boolean {
  const { pathname } = requestUrl(request);
  return graphPath.test(pathname) || olderGraphPath.test(pathname);
}

/** Says what is asked for in vain, and what there is in its place. */
export const graphNotSupported = (request: Request): NightcapError =>
  new NightcapError(
    "NotImplemented",
    `Microsoft Graph is not supported: ${request.method} ${requestUrl(request).pathname.slice(0, 200)}; service principals are managed with "nightcap service-principal" or below /nightcap/servicePrincipals`,
  );
