import { z } from "zod";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import type { Identity } from "./identity.ts";
import { createServicePrincipalApi } from "./service-principals.ts";

const rotateRequest = z.strictObject({ revokeEarlier: z.boolean().default(false) });

/** Who may come in, and with which keys: `/nightcap/servicePrincipals` and `/nightcap/tokenKeys`. */
export function createIdentityApi(options: {
  identity: Identity;
  clock: Clock;
  log: Log;
  /** Whether the caller may decide who else comes in. */
  isAdministrator(caller: Caller): Promise<boolean>;
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
    if (!(await options.isAdministrator(caller))) throw notAdministrator(caller, request);
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

const notAdministrator = (caller: Caller, request: Request): NightcapError =>
  new NightcapError(
    "AuthorizationFailed",
    `The client '${caller.name}' with object id '${caller.id}' does not have authorization to perform action '${request.method} ${requestUrl(request).pathname.slice(0, 200)}'.`,
  );
