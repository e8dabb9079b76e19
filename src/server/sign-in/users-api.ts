import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import {
  checkOwnerWithout,
  deletePrincipal,
} from "../../provider/authorization/assignment-store.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf, noContent, time } from "../openapi/shapes.ts";
import type { NewLink } from "./links.ts";
import { checkPassword, passwordSizeBytesMax } from "./password-rules.ts";
import { type SignIn, welcomeUrl } from "./sign-in.ts";
import { userName } from "./user-name.ts";
import {
  addUser,
  changeUser,
  findUser,
  listUsers,
  newUser,
  removeUser,
  userNotFound,
  type UserRecord,
} from "./user-store.ts";

const path = "/nightcap/v1/users";
const password = z.string().max(passwordSizeBytesMax);
const createRequest = z.strictObject({ name: userName, password: password.optional() });
const changeRequest = z.strictObject({
  password: password.optional(),
  disabled: z.boolean().optional(),
});

const viewedUser = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["user", "oidc"]),
  issuer: z.string().nullable().describe("The provider that the person signs in at"),
  disabled: z.boolean(),
  hasPassword: z.boolean(),
  createdTime: time,
  signedInTime: time.nullable(),
});
const viewedLink = z.object({ url: z.string(), expires: time });
const noStore = { "cache-control": "no-store" };

/** People who sign in with a browser. */
export const userRoutes = (signIn: SignIn): ApiRoute[] => {
  const { state } = signIn.context;
  const find = async (name: string): Promise<UserRecord> => {
    const user = await findUser(state, name);
    if (!user) throw userNotFound(name);
    return user;
  };
  return [
    route(
      {
        method: "GET",
        path,
        summary: "People who sign in with a browser",
        answers: { 200: { description: "All of them", json: listOf(viewedUser) } },
      },
      async () => ({ status: 200, body: { value: (await listUsers(state)).map(viewUser) } }),
    ),
    route(
      {
        method: "POST",
        path,
        summary: "Makes a user; without a password also a one-time link to set one with",
        errors: ["InvalidParameter", "ResourceAlreadyExists", "Conflict", "TooManyRequests"],
        body: createRequest,
        answers: {
          201: {
            description: "Made",
            json: viewedUser.extend({ link: viewedLink.optional() }),
          },
        },
      },
      ({ body, caller }) => create(signIn, body, caller),
    ),
    route(
      {
        method: "GET",
        path: `${path}/{name}`,
        summary: "A user, by name or id",
        errors: ["ResourceNotFound"],
        answers: { 200: { description: "The user", json: viewedUser } },
      },
      async ({ params }) => ({ status: 200, body: viewUser(await find(params.name)) }),
    ),
    route(
      {
        method: "PATCH",
        path: `${path}/{name}`,
        summary: "Sets a password, or lets a user in or out",
        errors: ["InvalidParameter", "ResourceNotFound", "Conflict", "TooManyRequests"],
        body: changeRequest,
        answers: { 200: { description: "The user as changed", json: viewedUser } },
      },
      async ({ params, body, caller }) =>
        change(signIn, await find(params.name), { wanted: body, caller }),
    ),
    route(
      {
        method: "DELETE",
        path: `${path}/{name}`,
        summary: "Removes a user, with sessions, links and roles",
        errors: ["ResourceNotFound", "Conflict"],
        answers: { 204: noContent },
      },
      async ({ params, caller }) => remove(signIn, await find(params.name), caller),
    ),
    route(
      {
        method: "POST",
        path: `${path}/{name}/link`,
        summary: "A new one-time link, for whoever forgot the password",
        errors: ["ResourceNotFound", "Conflict"],
        answers: { 200: { description: "The link; earlier ones end", json: viewedLink } },
      },
      async ({ params, caller }) => invite(signIn, await find(params.name), caller),
    ),
  ];
};

function tell({ context }: SignIn, caller: Caller, what: string, { id }: UserRecord): void {
  context.log.info({ userId: id, by: caller.id }, `user ${what}`);
}

/** Without a password the answer has a link with which the user sets one. */
async function create(signIn: SignIn, wanted: z.output<typeof createRequest>, caller: Caller) {
  const { state, clock } = signIn.context;
  const record =
    wanted.password === undefined ? null : await makePassword(signIn, wanted.password, wanted.name);
  const user = newUser({ name: wanted.name, password: record, now: clock.now() });
  const link = await state.transact(async (inside) => {
    await addUser(inside, user);
    return record ? null : signIn.links.make(inside, user.id);
  });
  tell(signIn, caller, "created", user);
  const shown = link ? { link: viewLink(signIn, link) } : {};
  return { status: 201, body: { ...viewUser(user), ...shown }, headers: noStore } as const;
}

async function invite(signIn: SignIn, user: UserRecord, caller: Caller) {
  checkOwn(user);
  if (user.isDisabled) throw new NightcapError("Conflict", `user "${user.name}" is disabled`);
  const made = await signIn.context.state.transact((inside) => signIn.links.make(inside, user.id));
  tell(signIn, caller, "link made", user);
  return { status: 200, body: viewLink(signIn, made), headers: noStore } as const;
}

async function change(
  signIn: SignIn,
  user: UserRecord,
  { wanted, caller }: { wanted: z.output<typeof changeRequest>; caller: Caller },
) {
  if (wanted.password !== undefined) checkOwn(user);
  const record =
    wanted.password === undefined ? null : await makePassword(signIn, wanted.password, user.name);
  const { state } = signIn.context;
  const after = await state.transact(async (inside) => {
    if (wanted.disabled === true) await checkOwnerWithout(inside, user.id);
    const changed = await changeUser(inside, user.id, (before) => ({
      ...before,
      isDisabled: wanted.disabled ?? before.isDisabled,
      password: record ?? before.password,
    }));
    if (record || wanted.disabled === true) {
      await signIn.sessions.endAllOf(inside, user.id);
      await signIn.links.endAllOf(inside, user.id);
    }
    return changed;
  });
  if (!after) throw userNotFound(user.name);
  tell(signIn, caller, record ? "password set" : "changed", user);
  return { status: 200, body: viewUser(after) } as const;
}

async function remove(signIn: SignIn, user: UserRecord, caller: Caller) {
  await signIn.context.state.transact(async (inside) => {
    await deletePrincipal(inside, user.id);
    await signIn.sessions.endAllOf(inside, user.id);
    await signIn.links.endAllOf(inside, user.id);
    await removeUser(inside, user);
  });
  tell(signIn, caller, "deleted", user);
  return { status: 204 } as const;
}

async function makePassword({ passwords, context }: SignIn, text: string, name: string) {
  checkPassword(text, name);
  return passwords.make(text, context.clock.now());
}

/** Whom a provider lets in has no password here. */
function checkOwn(user: UserRecord): void {
  if (!user.provider) return;
  throw new NightcapError("Conflict", `"${user.name}" signs in at ${user.provider.issuer}`);
}

const viewUser = (user: UserRecord): z.input<typeof viewedUser> => ({
  id: user.id,
  name: user.name,
  kind: user.provider ? "oidc" : "user",
  issuer: user.provider?.issuer ?? null,
  disabled: user.isDisabled,
  hasPassword: user.password !== null,
  createdTime: isoTime(user.createdAt),
  signedInTime: user.signedInAt === null ? null : isoTime(user.signedInAt),
});

const viewLink = ({ context }: SignIn, { key, endsAt }: NewLink) => ({
  url: welcomeUrl(context.baseUrl, key),
  expires: isoTime(endsAt),
});
