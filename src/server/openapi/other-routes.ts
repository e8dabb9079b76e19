// Routes below `/nightcap/` that are answered before anybody's roles are looked at, or not by a body: only described.
import { z } from "zod";
import { type ApiRoute, described } from "./route.ts";
import { noContent, time } from "./shapes.ts";

const session = "/nightcap/v1/session";
const roles = { name: z.string(), scope: z.string() };
const actions = z.array(z.string());
const signedIn = z.object({
  signedIn: z.literal(true),
  csrf: z.string().nullable().describe("For the header `x-nightcap-csrf`; null with a token"),
  user: z.object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(["user", "oidc", "servicePrincipal"]),
  }),
  roles: z.array(z.object(roles)),
  actions,
  notActions: actions,
  dataActions: actions,
  notDataActions: actions,
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  workspaceId: z.string().nullable().describe("Null while there is no workspace"),
  expires: time.nullable(),
});
const way = z.object({ kind: z.string(), name: z.string().optional(), url: z.string().optional() });
const signedOut = z.object({
  signedIn: z.literal(false),
  ways: z.array(way),
  hasUsers: z.boolean(),
});
const begun = { description: "Signed in, with the session's cookie", json: signedIn };

export const otherRoutes: readonly ApiRoute[] = [
  described({
    method: "GET",
    path: session,
    summary: "Who is signed in, or the ways in",
    answers: { 200: { description: "Either", json: z.union([signedIn, signedOut]) } },
    isOpen: true,
  }),
  described({
    method: "POST",
    path: session,
    summary: "Signs in with a name and a password",
    body: z.strictObject({ user: z.string(), password: z.string() }),
    answers: { 200: begun },
    errors: ["InvalidSignIn", "TooManyRequests"],
    isOpen: true,
  }),
  described({
    method: "DELETE",
    path: session,
    summary: "Signs out",
    answers: { 204: noContent },
    isOpen: true,
  }),
  described({
    method: "POST",
    path: `${session}/link`,
    summary: "Signs in with a one-time link's key, and sets the password",
    body: z.strictObject({
      key: z.string(),
      user: z.string().optional().describe("Of the first user's link"),
      password: z.string().optional().describe("Without it the answer says what is needed"),
    }),
    answers: {
      200: {
        description: "Signed in, or what is needed",
        json: z.union([
          signedIn,
          z.object({ needsPassword: z.literal(true), user: z.string().nullable() }),
        ]),
      },
    },
    errors: ["SignInLinkInvalid", "InvalidParameter", "TooManyRequests"],
    isOpen: true,
  }),
  described({
    method: "POST",
    path: `${session}/password`,
    summary: "Changes one's own password; all other sessions end",
    body: z.strictObject({ currentPassword: z.string(), password: z.string() }),
    answers: { 200: begun },
    errors: ["InvalidSignIn", "InvalidParameter", "TooManyRequests"],
    isOpen: true,
  }),
  described({
    method: "GET",
    path: `${session}/oidc/{name}`,
    summary: "Goes to a provider of OpenID Connect to sign in",
    query: z.object({ to: z.string().optional().describe("Where to go after: below /ui/") }),
    answers: { 302: { description: "To the provider" } },
    errors: ["ResourceNotFound"],
    isOpen: true,
  }),
  described({
    method: "GET",
    path: `${session}/oidc/{name}/callback`,
    summary: "Where the provider sends people back to",
    answers: { 302: { description: "To the page, or to /ui/?signInProblem=CODE" } },
    isOpen: true,
  }),
  described({
    method: "GET",
    path: "/nightcap/v1/events",
    summary: "What changes here, as server-sent events with resume",
    query: z.object({
      after: z.string().optional().describe("Events after this id, as `Last-Event-ID`"),
    }),
    answers: { 200: { description: "A stream", contentType: "text/event-stream" } },
  }),
];
