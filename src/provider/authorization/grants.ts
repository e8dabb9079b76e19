import { randomUUID } from "node:crypto";
import type { State } from "../../state/state.ts";
import { normalScope } from "./access.ts";
import { listAssignments, type PrincipalType, putAssignment } from "./assignment-store.ts";
import type { RoleDefinition } from "./built-in-roles.ts";

export interface RoleGrant {
  principalId: string;
  principalType?: PrincipalType;
  role: RoleDefinition;
  scope: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Gives a role, unless the principal has it there already. */
export async function grantRole(state: State, grant: RoleGrant): Promise<void> {
  const { principalId, principalType = "ServicePrincipal", role, scope, now } = grant;
  const same = (await listAssignments(state, principalId)).some(
    (each) => each.role === role.name && normalScope(each.scope) === normalScope(scope),
  );
  if (same) return;
  await putAssignment(state, {
    name: randomUUID(),
    scope,
    role: role.name,
    principalId: principalId.toLowerCase(),
    principalType,
    description: null,
    createdAt: now,
    updatedAt: now,
    createdBy: "",
    updatedBy: "",
  });
}

/** Gives a role to a principal once in its life: what an administrator takes away later stays away. */
export async function grantRoleOnce(state: State, grant: RoleGrant): Promise<void> {
  await state.transact(async (inside) => {
    const given = inside.documents<{ givenAt: number }>("firstRoles");
    const key = grant.principalId.toLowerCase();
    if (await given.get(key)) return;
    await grantRole(inside, grant);
    await given.put(key, { givenAt: grant.now });
  });
}
