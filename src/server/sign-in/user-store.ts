import { createHash, randomUUID } from "node:crypto";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import type { PasswordRecord } from "./password-hash.ts";

/** People that may be known, those of sign-in providers included. */
export const userCountMax = 1_000;

/** A person of a sign-in provider: the provider's own, lasting name for them (OpenID Connect Core, 2). */
export interface ProviderSubject {
  issuer: string;
  subject: string;
}

/** A role that somebody has because a provider says that they are in a group. */
export interface GroupRole {
  /** Name of the role assignment. */
  assignment: string;
  provider: string;
  group: string;
  role: string;
  scope: string;
}

/** Somebody who signs in: `documents("users")`, by id. Roles are assigned to the id. */
export interface UserRecord {
  id: string;
  name: string;
  /** Null: a user of this control plane. */
  provider: ProviderSubject | null;
  /** Null: none was set yet, or a provider checks who it is. */
  password: PasswordRecord | null;
  isDisabled: boolean;
  groupRoles: GroupRole[];
  /** Milliseconds since the epoch. */
  createdAt: number;
  signedInAt: number | null;
}

/** A user of this control plane, who has no role yet. */
export const newUser = (
  wanted: Pick<UserRecord, "name" | "password"> & { now: number },
): UserRecord => ({
  id: randomUUID(),
  name: wanted.name,
  provider: null,
  password: wanted.password,
  isDisabled: false,
  groupRoles: [],
  createdAt: wanted.now,
  signedInAt: null,
});

const users = (state: State) => state.documents<UserRecord>("users");

/** `documents("userNames")`: who has a name, in lower case, or is a subject of a provider. */
const names = (state: State) => state.documents<{ id: string }>("userNames");

const nameKey = (name: string): string => name.toLowerCase();

/** No name has a space, so that a subject is never taken for one. */
const subjectKey = ({ issuer, subject }: ProviderSubject): string =>
  `subject ${createHash("sha256")
    .update(JSON.stringify([issuer, subject]))
    .digest("hex")}`;

const keyOf = ({ name, provider }: Pick<UserRecord, "name" | "provider">): string =>
  provider ? subjectKey(provider) : nameKey(name);

export async function getUser(state: State, id: string): Promise<UserRecord | null> {
  return (await users(state).get(id.toLowerCase()))?.body ?? null;
}

/** A user of this control plane by name, in any case. */
export async function findNamed(state: State, name: string): Promise<UserRecord | null> {
  const found = await names(state).get(nameKey(name));
  return found ? getUser(state, found.body.id) : null;
}

/** Whom a provider means. */
export async function findSubject(
  state: State,
  subject: ProviderSubject,
): Promise<UserRecord | null> {
  const found = await names(state).get(subjectKey(subject));
  return found ? getUser(state, found.body.id) : null;
}

/**
 * By id, or by name. A name that a provider says is none: people choose it there, and whoever took that of
 * somebody else would be given their roles.
 */
export const findUser = async (state: State, idOrName: string): Promise<UserRecord | null> =>
  (await getUser(state, idOrName)) ?? findNamed(state, idOrName);

/** In the order of their names. */
export async function listUsers(state: State): Promise<UserRecord[]> {
  const found = (await users(state).list({ limit: userCountMax })).map(({ body }) => body);
  return found.toSorted((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1));
}

export const countUsers = (state: State): Promise<number> => users(state).count();

/** Throws `ResourceAlreadyExists` for a name that somebody has. Call it inside a transaction. */
export async function addUser(state: State, user: UserRecord): Promise<void> {
  if ((await countUsers(state)) >= userCountMax) {
    throw new NightcapError("Conflict", `${userCountMax} users are known already`);
  }
  const isNew = await names(state).put(keyOf(user), { id: user.id }, { revision: 0 });
  if (!isNew) {
    throw new NightcapError("ResourceAlreadyExists", `there is a user "${user.name}" already`);
  }
  await users(state).put(user.id, user);
}

/** Reads, changes and writes one user; null when there is none. Call it inside a transaction. */
export async function changeUser(
  state: State,
  id: string,
  edit: (before: UserRecord) => UserRecord,
): Promise<UserRecord | null> {
  const before = await getUser(state, id);
  if (!before) return null;
  const after = edit(before);
  if (after !== before) await users(state).put(id, after);
  return after;
}

export async function removeUser(state: State, user: UserRecord): Promise<void> {
  await names(state).delete(keyOf(user));
  await users(state).delete(user.id);
}

export const userNotFound = (idOrName: string): NightcapError =>
  new NightcapError("ResourceNotFound", `there is no user "${idOrName.slice(0, 100)}"`);
