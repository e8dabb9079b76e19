import { randomUUID } from "node:crypto";
import { normalScope } from "../../../provider/authorization/access.ts";
import {
  dropAssignments,
  listAssignments,
  putAssignment,
} from "../../../provider/authorization/assignment-store.ts";
import { findRole } from "../../../provider/authorization/built-in-roles.ts";
import type { State } from "../../../state/state.ts";
import type { ProviderSettings } from "../settings.ts";
import { changeUser, type GroupRole, type UserRecord } from "../user-store.ts";

type WantedRole = Omit<GroupRole, "assignment">;

/** Roles of whoever is in these groups, by the settings. */
export function rolesOf(
  { name, roles }: ProviderSettings,
  groups: ReadonlySet<string>,
  subscription: string,
): WantedRole[] {
  return roles.flatMap(({ group, role, scope }) => {
    const found = findRole(role);
    const isIn = group === "*" || groups.has(group);
    if (!found || !isIn) return [];
    return [{ provider: name, group, role: found.name, scope: scope ?? subscription }];
  });
}

/**
 * Gives the roles of a user's groups, and takes away those that they have only by groups which they are
 * not in any more. Roles that somebody gave them stay. The user as stored then.
 */
export async function syncGroupRoles(
  inside: State,
  user: UserRecord,
  { wanted, now }: { wanted: readonly WantedRole[]; now: number },
): Promise<UserRecord> {
  const isWanted = (role: GroupRole): boolean => wanted.some((each) => isSame(each, role));
  const gone = user.groupRoles.filter((role) => !isWanted(role));
  await dropAssignments(
    inside,
    user.id,
    gone.map(({ assignment }) => assignment),
  );
  const before = await listAssignments(inside, user.id);
  const has = (assignment: string): boolean => before.some(({ name }) => name === assignment);
  const kept = user.groupRoles.filter((role) => isWanted(role) && has(role.assignment));
  const given = before.map(({ role, scope }) => ({ role, scope }));
  const added: GroupRole[] = [];
  for (const each of wanted) {
    if ([...given, ...added].some((other) => isSamePlace(other, each))) continue;
    const role = { ...each, assignment: randomUUID() };
    await giveRole(inside, user, { role, now });
    added.push(role);
  }
  const groupRoles = [...kept, ...added];
  return (await changeUser(inside, user.id, (found) => ({ ...found, groupRoles }))) ?? user;
}

async function giveRole(
  inside: State,
  { id }: UserRecord,
  { role, now }: { role: GroupRole; now: number },
): Promise<void> {
  await putAssignment(inside, {
    name: role.assignment,
    scope: role.scope,
    role: role.role,
    principalId: id,
    principalType: "User",
    description: `group "${role.group}" at the sign-in provider ${role.provider}`,
    createdAt: now,
    updatedAt: now,
    createdBy: "",
    updatedBy: "",
  });
}

const isSame = (a: WantedRole, b: WantedRole): boolean =>
  a.provider === b.provider && a.group === b.group && isSamePlace(a, b);

const isSamePlace = (
  a: Pick<GroupRole, "role" | "scope">,
  b: Pick<GroupRole, "role" | "scope">,
): boolean => a.role === b.role && normalScope(a.scope) === normalScope(b.scope);
