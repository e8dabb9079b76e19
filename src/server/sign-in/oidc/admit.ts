import { listAssignments } from "../../../provider/authorization/assignment-store.ts";
import type { State } from "../../../state/state.ts";
import type { ProviderSettings } from "../settings.ts";
import type { SignIn } from "../sign-in.ts";
import {
  addUser,
  changeUser,
  findSubject,
  listUsers,
  newUser,
  type UserRecord,
} from "../user-store.ts";
import { groupsIn, nameIn } from "./claims.ts";
import { rolesOf, syncGroupRoles } from "./group-roles.ts";
import type { Identified } from "./provider.ts";

/** Who may come in, or why somebody may not. */
export type Admission = { user: UserRecord } | { refusal: string };

/**
 * The user whom a provider means, with the roles of their groups as they are now. A provider may know
 * everybody on earth: who has no role is not let in, and is not kept. A refusal is no error, because the
 * roles that somebody lost are to be written all the same.
 */
export async function admit(
  { context }: SignIn,
  inside: State,
  { settings, identified }: { settings: ProviderSettings; identified: Identified },
): Promise<Admission> {
  const { claims, issuer, subject } = identified;
  const now = context.clock.now();
  const groups = groupsIn(claims, settings.groupsClaim);
  const wanted = rolesOf(settings, groups, context.subscription);
  const name = nameIn(claims, settings.usernameClaim);
  const known = await findSubject(inside, { issuer, subject });
  if (known?.isDisabled) return { refusal: `${known.name} is disabled` };
  if (!known && wanted.length === 0) return { refusal: "they are in no group that has a role" };
  const user = known ?? {
    ...newUser({ name, password: null, now }),
    provider: { issuer, subject },
  };
  if (!known) await addUser(inside, user);
  const synced = await syncGroupRoles(inside, user, { wanted, now });
  const roles = await listAssignments(inside, user.id);
  if (roles.length === 0) return { refusal: `${name} has no role any more` };
  const renamed = await changeUser(inside, user.id, (each) => ({ ...each, name }));
  return { user: renamed ?? synced };
}

/** Brings what providers gave earlier in line with the settings of today; at each start. */
export async function settleProviders({ context, sessions }: SignIn): Promise<void> {
  const { state, settings, subscription, clock } = context;
  const providers = settings.signIn.openIdConnect;
  for (const user of await listUsers(state)) {
    if (!user.provider) continue;
    const { issuer } = user.provider;
    await state.transact(async (inside) => {
      const left = user.groupRoles.filter((role) =>
        providers
          .filter((each) => isOf(each, issuer) && each.name === role.provider)
          .flatMap((each) => rolesOf(each, new Set([role.group]), subscription))
          .some(({ group, role: id, scope }) => {
            return group === role.group && id === role.role && scope === role.scope;
          }),
      );
      await syncGroupRoles(inside, user, { wanted: left, now: clock.now() });
      if (!providers.some((each) => isOf(each, issuer))) await sessions.endAllOf(inside, user.id);
    });
  }
}

/** An issuer is written with a slash at its end or without. */
const isOf = (settings: ProviderSettings, issuer: string): boolean =>
  settings.issuer.replace(/\/$/, "") === issuer.replace(/\/$/, "");
