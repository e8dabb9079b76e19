import { z } from "zod";
import { type ControlPlaneClient, RefusedError } from "../control-plane-client.ts";
import { showPrincipal } from "../service-principal-api.ts";

const path = "/nightcap/v1/users";

const link = z.object({ url: z.url(), expires: z.string() });
const user = z.object({
  id: z.guid(),
  name: z.string(),
  kind: z.enum(["user", "oidc"]),
  issuer: z.string().nullable(),
  disabled: z.boolean(),
  hasPassword: z.boolean(),
  createdTime: z.string(),
  signedInTime: z.string().nullable(),
});
const newUser = user.extend({ link });

export type User = z.infer<typeof user>;
/** A user who was made just now, with the link by which they come in first. */
export type NewUser = z.infer<typeof newUser>;
export type UserLink = z.infer<typeof link>;

const pathOf = (name: string): string => `${path}/${encodeURIComponent(name)}`;

export const listUsers = async (client: ControlPlaneClient): Promise<User[]> =>
  z.object({ value: z.array(user) }).parse(await client.request("GET", path)).value;

export const createUser = async (client: ControlPlaneClient, name: string): Promise<NewUser> =>
  newUser.parse(await client.request("POST", path, { name }));

export const makeUserLink = async (client: ControlPlaneClient, name: string): Promise<UserLink> =>
  link.parse(await client.request("POST", `${pathOf(name)}/link`));

export const changeUser = async (
  client: ControlPlaneClient,
  name: string,
  change: { disabled: boolean } | { password: string },
): Promise<User> => user.parse(await client.request("PATCH", pathOf(name), change));

export async function deleteUser(client: ControlPlaneClient, name: string): Promise<void> {
  await client.request("DELETE", pathOf(name));
}

/** Whom a role can be given to: a service principal or a user, by name or id. */
export interface Assignee {
  id: string;
  type: "ServicePrincipal" | "User";
}

export async function findAssignee(client: ControlPlaneClient, name: string): Promise<Assignee> {
  try {
    return { id: (await showPrincipal(client, name)).appId, type: "ServicePrincipal" };
  } catch (error) {
    if (!(error instanceof RefusedError && error.status === 404)) throw error;
    const found = await client.find(pathOf(name));
    if (found !== null) return { id: user.parse(found).id, type: "User" };
    const message = `there is no service principal and no user "${name}"`;
    throw new RefusedError(error.status, error.code, message);
  }
}
