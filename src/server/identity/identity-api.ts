import { z } from "zod";
import type { Clock } from "../../common/clock.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import type { Identity } from "./identity.ts";
import { createServicePrincipalApi } from "./service-principals.ts";

const rotateRequest = z.strictObject({ revokeEarlier: z.boolean().default(false) });

/**
 * Who may come in, and with which keys: `/nightcap/servicePrincipals` and `/nightcap/tokenKeys`. The
 * caller's roles were checked before.
 */
export function createIdentityApi(options: {
  identity: Identity;
  clock: Clock;
  log: Log;
  beforeDelete(clientId: string): Promise<void>;
}): (request: Request, caller: Caller) => Promise<Response | null> {
  const { identity } = options;
  const { clients, tenantId } = identity;
  const principals = createServicePrincipalApi({ ...options, clients, tenantId });
  return async (request, caller) => {
    const area = /^\/nightcap\/(servicePrincipals|tokenKeys)(?:\/|$)/.exec(
      requestUrl(request).pathname,
    )?.[1];
    if (area === undefined) return null;
    if (area === "servicePrincipals") return principals(request, caller);
    return tokenKeys(identity, request);
  };
}

async function tokenKeys({ keys }: Identity, request: Request): Promise<Response | null> {
  const route = `${request.method} ${requestUrl(request).pathname}`;
  if (route === "GET /nightcap/tokenKeys") return jsonResponse(200, { value: keys.list() });
  if (route !== "POST /nightcap/tokenKeys/rotate") return null;
  const wanted = parseContent(rotateRequest, await readJson(request));
  return jsonResponse(200, { value: await keys.rotate(wanted) });
}
