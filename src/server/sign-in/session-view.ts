import { isoTime } from "../../common/clock.ts";
import { actionMatches } from "../../provider/authorization/access.ts";
import { listAssignments } from "../../provider/authorization/assignment-store.ts";
import { findRole, type RolePermission } from "../../provider/authorization/built-in-roles.ts";
import { workspaceType } from "../../provider/operational-insights/workspaces.ts";
import type { ServerContext } from "../context.ts";
import { csrfTokenOf } from "./csrf.ts";
import { sessionEnd } from "./sessions.ts";
import type { SignedIn } from "./cookie-callers.ts";

export type ViewContext = Pick<ServerContext, "state" | "settings" | "installation">;

/** What a page is told of who uses it. `csrf` and `expires` are null for who came with a token. */
export async function viewSession(context: ViewContext, signedIn: SignedIn): Promise<object> {
  const { key, session, user } = signedIn;
  return {
    signedIn: true,
    csrf: csrfTokenOf(key),
    user: { id: user.id, name: user.name, kind: user.provider ? "oidc" : "user" },
    ...(await viewRoles(context, user.id)),
    expires: isoTime(sessionEnd(session.body)),
  };
}

/** Roles with all that they allow, and where this control plane's things are. */
export async function viewRoles(context: ViewContext, principalId: string): Promise<object> {
  const { state, settings, installation } = context;
  const granted = (await listAssignments(state, principalId)).flatMap(({ role, scope }) => {
    const found = findRole(role);
    return found ? [{ role: found, scope }] : [];
  });
  return {
    roles: granted.map(({ role, scope }) => ({ name: role.roleName, scope })),
    ...mergePermissions(granted.map(({ role }) => role.permission)),
    subscriptionId: installation.subscriptionId,
    resourceGroup: settings.resourceGroup,
    workspaceId: await firstWorkspace(context),
  };
}

/**
 * What several roles allow together, as one list: what one role leaves out is left out only where no
 * other has it. A page that goes by it shows no more than somewhere is allowed; each request is checked anyway.
 */
export function mergePermissions(permissions: readonly RolePermission[]): RolePermission {
  const all = (pick: (permission: RolePermission) => readonly string[]): string[] => [
    ...new Set(permissions.flatMap(pick)),
  ];
  const left = (
    allowed: (permission: RolePermission) => readonly string[],
    denied: (permission: RolePermission) => readonly string[],
  ): string[] => {
    const has = (permission: RolePermission, action: string): boolean =>
      allowed(permission).some((pattern) => actionMatches(pattern, action)) &&
      !denied(permission).some((pattern) => actionMatches(pattern, action));
    return all(denied).filter((action) => !permissions.some((each) => has(each, action)));
  };
  return {
    actions: all(({ actions }) => actions),
    notActions: left(
      ({ actions }) => actions,
      ({ notActions }) => notActions,
    ),
    dataActions: all(({ dataActions }) => dataActions),
    notDataActions: left(
      ({ dataActions }) => dataActions,
      ({ notDataActions }) => notDataActions,
    ),
  };
}

/** The id by which logs are asked for; null while there is no workspace. */
async function firstWorkspace({ state, installation }: ViewContext): Promise<string | null> {
  const scope = `/subscriptions/${installation.subscriptionId}`;
  const [found] = await state.resources.list({ scope, type: workspaceType, limit: 1 });
  const properties = found?.body["properties"] as { customerId?: string } | undefined;
  return properties?.customerId ?? null;
}
