import { z } from "zod";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf, time } from "../openapi/shapes.ts";
import type { Identity } from "./identity.ts";
import { servicePrincipalRoutes } from "./service-principals.ts";

const rotateRequest = z.strictObject({
  revokeEarlier: z
    .boolean()
    .default(false)
    .describe("Refuse all tokens that were signed before, for a key that others may have"),
});
const tokenKey = z.object({
  kid: z.string(),
  state: z.enum(["current", "next", "retired"]),
  activatedTime: time.nullable(),
  validUntilTime: time.nullable(),
});

/** Who may come in, and with which keys: `/nightcap/servicePrincipals` and `/nightcap/tokenKeys`. */
export const identityRoutes = (options: {
  identity: Identity;
  clock: Clock;
  log: Log;
  beforeDelete(clientId: string): Promise<void>;
}): ApiRoute[] => {
  const { clients, tenantId, keys } = options.identity;
  return [
    ...servicePrincipalRoutes({ ...options, clients, tenantId }),
    route(
      {
        method: "GET",
        path: "/nightcap/tokenKeys",
        summary: "The keys that tokens are signed with",
        answers: { 200: { description: "All that are good still", json: listOf(tokenKey) } },
      },
      () => ({ status: 200, body: { value: keys.list() } }),
    ),
    route(
      {
        method: "POST",
        path: "/nightcap/tokenKeys/rotate",
        summary: "The next key signs from now on",
        errors: ["Conflict"],
        body: rotateRequest,
        answers: { 200: { description: "The keys as they are then", json: listOf(tokenKey) } },
      },
      async ({ body }) => ({ status: 200, body: { value: await keys.rotate(body) } }),
    ),
  ];
};
