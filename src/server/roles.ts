import { ownerAssignments } from "../provider/authorization/assignment-store.ts";
import { ownerRole, responderRole } from "../provider/authorization/built-in-roles.ts";
import { grantRole, grantRoleOnce } from "../provider/authorization/grants.ts";
import type { ServerContext } from "./context.ts";

type RoleContext = Pick<ServerContext, "state" | "subscription" | "clock" | "log">;

/**
 * Makes the client of the first credentials Owner of the subscription: once, also in a state from
 * before there were roles, and again whenever nobody else is.
 */
export async function ensureAdministrator(context: RoleContext, clientId: string): Promise<void> {
  const { state, subscription, clock, log } = context;
  const now = clock.now();
  const grant = { principalId: clientId, role: ownerRole, scope: subscription, now };
  await grantRoleOnce(state, grant);
  if ((await ownerAssignments(state)).length > 0) return;
  await grantRole(state, grant);
  log.warn({ clientId }, "nobody was owner of the subscription; its administrator is again");
}

/** What the responder's own client needs, and no more. */
export async function ensureResponder(context: RoleContext, clientId: string): Promise<void> {
  const { state, subscription, clock } = context;
  const role = responderRole;
  const grant = { principalId: clientId, role, scope: subscription, now: clock.now() };
  await grantRoleOnce(state, grant);
}
