import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { type Access, createAccess, isWithin, normalScope } from "./access.ts";
import { findRole, ownerRole } from "./built-in-roles.ts";

/** Azure's own limit for a subscription. */
const assignmentCountMax = 4_000;

/** Azure's names for who a role is given to. */
export type PrincipalType = "ServicePrincipal" | "User";

/** `documents("roleAssignments")`, by principal and name, so that one caller's are found at once. */
export interface RoleAssignment {
  /** GUID. */
  name: string;
  /** As it was written first; "/" is the root. */
  scope: string;
  /** GUID of the role. */
  role: string;
  principalId: string;
  /** Absent: a service principal. */
  principalType?: PrincipalType;
  description: string | null;
  createdAt: number;
  updatedAt: number;
  createdBy: string;
  updatedBy: string;
}

const table = (state: State) => state.documents<RoleAssignment>("roleAssignments");

const keyOf = ({ principalId, name }: Pick<RoleAssignment, "principalId" | "name">): string =>
  `${principalId.toLowerCase()}/${name.toLowerCase()}`;

/** Every assignment, or those of one principal. */
export async function listAssignments(
  state: State,
  principalId?: string,
): Promise<RoleAssignment[]> {
  const prefix = principalId === undefined ? "" : `${principalId.toLowerCase()}/`;
  return (await table(state).list({ prefix })).map(({ body }) => body);
}

/** What `principalId` may do now: read for each request, so that a change holds at once. */
export async function openAccess(state: State, principalId: string): Promise<Access> {
  const assignments = await listAssignments(state, principalId);
  return createAccess(
    assignments.flatMap(({ scope, role }) => {
      const found = findRole(role);
      return found ? [{ scope: normalScope(scope), role: found }] : [];
    }),
  );
}

export async function findAssignment(state: State, name: string): Promise<RoleAssignment | null> {
  const wanted = name.toLowerCase();
  return (await listAssignments(state)).find((each) => each.name === wanted) ?? null;
}

export async function putAssignment(state: State, assignment: RoleAssignment): Promise<void> {
  if (!(await table(state).get(keyOf(assignment)))) await checkCount(state);
  await table(state).put(keyOf(assignment), assignment);
}

async function checkCount(state: State): Promise<void> {
  if ((await table(state).count()) < assignmentCountMax) return;
  throw new NightcapError(
    "RoleAssignmentLimitExceeded",
    `No more role assignments can be created: the limit is ${assignmentCountMax}.`,
  );
}

/** Throws `Conflict` for the last one that makes somebody Owner of the subscription. */
export async function deleteAssignment(state: State, assignment: RoleAssignment): Promise<void> {
  await state.transact(async (inside) => {
    await checkOwnerRemains(inside, (each) => each.name === assignment.name);
    await table(inside).delete(keyOf(assignment));
  });
}

/**
 * Takes away roles that somebody had only because another says so, the last Owner's too: who is not in a
 * group any more must not keep what it gave.
 */
export async function dropAssignments(
  state: State,
  principalId: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) await table(state).delete(keyOf({ principalId, name }));
}

/** Takes away every role of a client that is to be deleted; refused like `deleteAssignment`. */
export async function deletePrincipal(state: State, principalId: string): Promise<void> {
  await state.transact(async (inside) => {
    const own = (each: RoleAssignment) => sameText(each.principalId, principalId);
    await checkOwnerRemains(inside, own);
    for (const each of await listAssignments(inside, principalId)) {
      await table(inside).delete(keyOf(each));
    }
  });
}

/** Throws `Conflict` when nobody else could do everything, were this principal not there. */
export async function checkOwnerWithout(state: State, principalId: string): Promise<void> {
  await checkOwnerRemains(state, (each) => sameText(each.principalId, principalId));
}

/** Takes away the roles at `scope` and below, when what is there is gone. */
export async function deleteBelow(state: State, scope: string): Promise<void> {
  const gone = normalScope(scope);
  for (const each of await listAssignments(state)) {
    if (isWithin(normalScope(each.scope), gone)) await table(state).delete(keyOf(each));
  }
}

async function checkOwnerRemains(
  state: State,
  isRemoved: (assignment: RoleAssignment) => boolean,
): Promise<void> {
  const owners = await ownerAssignments(state);
  if (!owners.some(isRemoved) || !owners.every(isRemoved)) return;
  // Azure's own words for it.
  throw new NightcapError("Conflict", "Cannot delete the last RBAC admin assignment");
}

/** Those that make somebody, who is still there and may come in, Owner of everything. */
export async function ownerAssignments(state: State): Promise<RoleAssignment[]> {
  const owners: RoleAssignment[] = [];
  for (const each of await listAssignments(state)) {
    const whole = normalScope(each.scope).split("/").length <= 3;
    if (each.role !== ownerRole.name || !whole) continue;
    const principal = await findPrincipal(state, each.principalId);
    if (principal && !principal.isDisabled) owners.push(each);
  }
  return owners;
}

/** Whom a role can be given to. */
export interface Principal {
  name: string;
  type: PrincipalType;
  /** Somebody who may not come in for now. */
  isDisabled: boolean;
}

/**
 * A client that may ask for tokens (`documents("clients")`, which the control plane's identity keeps), or
 * somebody who signs in (`documents("users")`, which its sign-in keeps).
 */
export async function findPrincipal(state: State, principalId: string): Promise<Principal | null> {
  const id = principalId.toLowerCase();
  const client = await state.documents<{ name: string }>("clients").get(id);
  if (client) return { name: client.body.name, type: "ServicePrincipal", isDisabled: false };
  const user = await state.documents<{ name: string; isDisabled: boolean }>("users").get(id);
  if (!user) return null;
  return { name: user.body.name, type: "User", isDisabled: user.body.isDisabled };
}

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
