// Signing in at a provider: a real one in this process, honest and not.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { openCertificateAuthority } from "../../../src/pki/certificate-authority.ts";
import { signInSettings } from "../../../src/server/sign-in/settings.ts";
import { type Answer, type Browser, openSignInBed, type SignInBed } from "./bed.ts";
import {
  type Behaviour,
  clientId,
  clientSecret,
  openProvider,
  type TestProvider,
} from "./oidc-provider.ts";

const start = "/nightcap/v1/session/oidc/house";
const sessionCookie = "__Host-nightcap-session";

let directory: string;
let ca: string;
let provider: TestProvider;
let bed: SignInBed;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-oidc-"));
  const authority = await openCertificateAuthority({ directory, clock: systemClock });
  ca = authority.certificatePem;
  const { keyPem, certificatePem } = await authority.issueServer(["127.0.0.1"]);
  provider = await openProvider({ key: keyPem, cert: certificatePem });
  await writeFile(join(directory, "secret"), `${clientSecret}\n`);
  await writeFile(join(directory, "provider-ca.pem"), ca);
  bed = await openSignInBed({ signIn: { openIdConnect: [settings()] } });
});
afterAll(async () => {
  await bed.close();
  await provider.close();
  await rm(directory, { recursive: true, force: true });
});

const settings = () => ({
  name: "house",
  issuer: provider.issuer,
  clientId,
  clientSecretFile: join(directory, "secret"),
  certificateAuthorityFile: join(directory, "provider-ca.pem"),
  roles: [
    { group: "network", role: "Reader" },
    { group: "admins", role: "Owner" },
  ],
});

/** Where the provider sends the browser. */
async function visit(url: string): Promise<URL> {
  const outgoing = request(url, { ca, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  response.resume();
  return new URL(response.headers.location ?? "");
}

/** The whole way there and back, as a browser goes it; the last hop comes from another site. */
async function signIn(
  browser: Browser,
  change: Partial<Behaviour> = {},
  path = start,
): Promise<Answer> {
  provider.behave(change);
  const begun = await browser.ask("GET", path);
  const back = await visit(begun.headers.location ?? "");
  return browser.ask("GET", back.pathname + back.search, {
    headers: { "sec-fetch-site": "cross-site" },
  });
}

const settle = () => bed.clock.advance(61_000); // failures of the minute before are forgiven

test("the page is told of the provider, and is sent there with PKCE, state and nonce", async () => {
  const { body } = await bed.browser().session();
  expect(body.ways).toEqual([{ kind: "password" }, { kind: "oidc", name: "house", url: start }]);
  const begun = await bed.browser().ask("GET", start);
  expect(begun.status).toBe(302);
  expect(begun.headers["set-cookie"]).toEqual([
    expect.stringMatching(
      /^__Host-nightcap-oidc=[\w.-]+; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/,
    ),
  ]);
  const there = new URL(begun.headers.location ?? "");
  expect(there.origin + there.pathname).toBe(`${provider.issuer}/authorize`);
  const query = Object.fromEntries(there.searchParams);
  const random = expect.stringMatching(/^[\w-]{43}$/) as unknown;
  expect(query).toEqual({
    client_id: clientId,
    response_type: "code",
    redirect_uri: `${bed.url}${start}/callback`,
    scope: "openid profile email",
    state: random,
    nonce: random,
    code_challenge: random,
    code_challenge_method: "S256",
  });
});

test("who comes back is in, with the roles of their groups, under a new key", async () => {
  const browser = bed.browser();
  browser.cookies.set(sessionCookie, "A".repeat(43));
  const back = await signIn(browser, {}, `${start}?to=/ui/incidents/12`);
  expect([back.status, back.headers.location]).toEqual([302, "/ui/incidents/12"]);
  expect(browser.cookies.has("__Host-nightcap-oidc")).toBe(false);
  expect(browser.cookies.get(sessionCookie)).not.toBe("A".repeat(43));
  const { body } = await browser.session();
  expect(body).toMatchObject({
    user: { name: "grace@example.com", kind: "oidc" },
    roles: [{ name: "Reader", scope: bed.subscription }],
  });
  // A provider's session lasts 12 hours however busy, because the groups are looked at only then.
  expect(Date.parse(body.expires) - bed.clock.now()).toBeLessThanOrEqual(12 * 3_600_000);
  expect((await browser.ask("DELETE", "/nightcap/v1/session")).status).toBe(204);
});

test.each(["//evil.example", "https://evil.example/ui/", "/ui/\\evil", "/ui/a\r\nx: y", "/other"])(
  "the page is not left for %j",
  async (to) => {
    const path = `${start}?to=${encodeURIComponent(to)}`;
    const back = await signIn(bed.browser(), {}, path);
    expect(back.headers.location).toBe("/ui/");
  },
);

test("the same person is the same user, with the roles of today's groups", async () => {
  const groups = (names: string[]) => ({
    claims: { preferred_username: "Grace H", groups: names },
  });
  const browser = bed.browser();
  await signIn(browser, groups(["admins", "network"]));
  const now = await browser.session();
  expect(now.body.roles.map(({ name }: { name: string }) => name).sort()).toEqual([
    "Owner",
    "Reader",
  ]);
  const all = (await bed.asOwner("GET", "/nightcap/v1/users")).body.value;
  expect(all).toMatchObject([{ name: "Grace H", kind: "oidc", issuer: provider.issuer }]);
  await signIn(browser, groups(["network"]));
  expect((await browser.session()).body.roles).toMatchObject([{ name: "Reader" }]);
  // Out of all groups: not let in, and what is left of the session before may do nothing.
  const other = bed.browser();
  const refused = await signIn(other, groups([]));
  expect(refused.headers.location).toBe("/ui/?signInProblem=InvalidSignIn");
  expect((await browser.ask("GET", "/nightcap/v1/incidents")).status).toBe(403);
  // A role that an Owner gives stays, whatever the groups are.
  await bed.assign(all[0].id, "Contributor");
  await signIn(other, groups([]));
  expect((await other.session()).body.roles).toMatchObject([{ name: "Contributor" }]);
});

test("what the settings do not say any more is over with the next start", async () => {
  const browser = bed.browser();
  await signIn(browser, { claims: { preferred_username: "Grace H", groups: ["admins"] } });
  const names = async (): Promise<string[]> => {
    const { roles = [] } = (await browser.session()).body;
    return roles.map(({ name }: { name: string }) => name).sort();
  };
  expect(await names()).toEqual(["Contributor", "Owner"]);
  await bed.restart({ signIn: { openIdConnect: [{ ...settings(), roles: [] }] } });
  expect(await names()).toEqual(["Contributor"]);
  await bed.restart({ signIn: {} });
  expect((await browser.session()).body).toMatchObject({ signedIn: false, ways: [{}] });
  expect((await browser.ask("GET", start)).status).toBe(404);
  await bed.restart();
});

test("groups that only the userinfo endpoint says count too", async () => {
  const browser = bed.browser();
  await signIn(browser, {
    subject: "subject-2",
    claims: {},
    userInfo: { preferred_username: "ada", groups: "network" },
  });
  expect((await browser.session()).body).toMatchObject({
    user: { name: "ada" },
    roles: [{ name: "Reader" }],
  });
});

test("whom no role is for is not let in, and is not kept", async () => {
  const back = await signIn(bed.browser(), { subject: "stranger", claims: { groups: ["x"] } });
  expect(back.headers.location).toBe("/ui/?signInProblem=InvalidSignIn");
  expect(back.headers["set-cookie"]?.join()).not.toContain(sessionCookie);
  expect((await bed.asOwner("GET", "/nightcap/v1/users")).body.value).toHaveLength(2);
});

test("a disabled user is not let in by a provider either, and has no password here", async () => {
  const { value } = (await bed.asOwner("GET", "/nightcap/v1/users")).body;
  const { id } = value.find(({ name }: { name: string }) => name === "ada");
  const path = `/nightcap/v1/users/${id}`;
  await bed.asOwner("PATCH", path, { body: { disabled: true } });
  const ada = { subject: "subject-2", claims: { groups: ["network"] } };
  const back = await signIn(bed.browser(), ada);
  expect(back.headers.location).toBe("/ui/?signInProblem=InvalidSignIn");
  await bed.asOwner("PATCH", path, { body: { disabled: false } });
  expect((await bed.asOwner("POST", `${path}/link`)).status).toBe(409);
});

test("a name that somebody has at a provider is nobody's here: roles and passwords go by id", async () => {
  expect((await bed.asOwner("GET", "/nightcap/v1/users/ada")).status).toBe(404);
  await bed.addUser("ada", null);
  const own = await bed.asOwner("GET", "/nightcap/v1/users/ada");
  expect(own.body).toMatchObject({ kind: "user", hasPassword: true });
  const browser = bed.browser();
  await signIn(browser, {
    subject: "subject-2",
    claims: { preferred_username: "ada", groups: "network" },
  });
  const { body } = await browser.session();
  expect(body.user).toMatchObject({ name: "ada", kind: "oidc" });
  expect(body.user.id).not.toBe(own.body.id);
});

const hour = 3_600;

test.each<[string, () => Partial<Behaviour>]>([
  ["another nonce", () => ({ forge: (claims) => ({ ...claims, nonce: "another" }) })],
  ["no nonce", () => ({ forge: ({ nonce: _nonce, ...claims }) => claims })],
  ["another audience", () => ({ forge: (claims) => ({ ...claims, aud: "another" }) })],
  ["another issuer", () => ({ forge: (claims) => ({ ...claims, iss: "https://evil.example" }) })],
  [
    "a token that is over",
    () => ({ forge: (claims) => ({ ...claims, exp: (claims.iat ?? 0) - hour }) }),
  ],
  ["a token without an end", () => ({ forge: ({ exp: _exp, ...claims }) => claims })],
  [
    "a token of the future",
    () => ({ forge: (claims) => ({ ...claims, nbf: (claims.iat ?? 0) + hour }) }),
  ],
  ["an unsigned token", () => ({ sign: async (claims) => new UnsecuredJWT(claims).encode() })],
  ["a token that another key signed", () => ({ sign: provider.signWithOther })],
  ["a token that is none", () => ({ sign: async () => "not.a.token" })],
  ["another state", () => ({ sendBack: (query) => query.set("state", "another") })],
  ["no state", () => ({ sendBack: (query) => query.delete("state") })],
  [
    "another provider's answer",
    () => ({ sendBack: (query) => query.set("iss", "https://evil.example") }),
  ],
  ["a code that it never gave", () => ({ sendBack: (query) => query.set("code", "invented") })],
  [
    "a refusal",
    () => ({
      sendBack: (query) => {
        query.delete("code");
        query.set("error", "access_denied");
      },
    }),
  ],
  [
    "a token endpoint that points elsewhere",
    () => ({
      answer: {
        "/token": (response) =>
          void response.writeHead(307, { location: `${provider.issuer}/elsewhere` }).end(),
      },
    }),
  ],
  [
    "an answer without end",
    () => ({
      answer: {
        "/token": (response) =>
          void response
            .writeHead(200, { "content-type": "application/json" })
            .end(" ".repeat((1 << 20) + 1)),
      },
    }),
  ],
])("%s opens nothing", async (_what, lie) => {
  settle();
  const browser = bed.browser();
  const back = await signIn(browser, lie());
  expect(back.headers.location).toMatch(
    /^\/ui\/\?signInProblem=(?:SignInProviderFailed|InvalidSignIn)$/,
  );
  expect(browser.cookies.has(sessionCookie)).toBe(false);
  expect(provider.asked).not.toContain("/elsewhere");
});

test("an answer is good only in the browser that began, once, and within ten minutes", async () => {
  settle();
  provider.behave({});
  const [own, other] = [bed.browser(), bed.browser()];
  const begun = await own.ask("GET", start);
  const cookie = own.cookieHeader();
  const back = await visit(begun.headers.location ?? "");
  const path = back.pathname + back.search;
  const problem = "/ui/?signInProblem=InvalidSignIn";
  expect((await other.ask("GET", path)).headers.location).toBe(problem);
  const forged = cookie.replace(/=(.)/, (_all, first) => `=${first === "e" ? "f" : "e"}`);
  const altered = await bed.ask("GET", path, { headers: { cookie: forged } });
  expect(altered.headers.location).toBe(problem);
  expect((await own.ask("GET", path)).headers.location).toBe("/ui/");
  const again = await bed.ask("GET", path, { headers: { cookie } });
  expect(again.headers.location).toBe("/ui/?signInProblem=SignInProviderFailed");

  const late = await own.ask("GET", start);
  const lateBack = await visit(late.headers.location ?? "");
  bed.clock.advance(11 * 60_000);
  const answer = await own.ask("GET", lateBack.pathname + lateBack.search);
  expect(answer.headers.location).toBe(problem);
});

test("a provider's keys are asked for once in a while, not at each sign-in", async () => {
  settle();
  await signIn(bed.browser());
  const before = provider.asked.length;
  await signIn(bed.browser());
  await signIn(bed.browser());
  expect(provider.asked.slice(before).sort()).toEqual([
    "/authorize",
    "/authorize",
    "/token",
    "/token",
  ]);
});

test.each<[string, () => Behaviour["answer"]]>([
  ["is away", () => ({ [discovery]: (response) => void response.destroy() })],
  [
    "sends elsewhere for what it says of itself",
    () => ({
      [discovery]: (response) => void response.writeHead(302, { location: "/other" }).end(),
    }),
  ],
  [
    "says that it is another",
    () => ({
      [discovery]: (response) =>
        void response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ ...provider.metadata(), issuer: "https://evil.example" })),
    }),
  ],
])("a provider that %s is a sign-in that failed, and is asked again later", async (_what, lie) => {
  bed.clock.advance(3_600_001);
  provider.behave({ answer: lie() });
  for (let count = 0; count < 3; count++) {
    const answer = await bed.browser().ask("GET", start);
    expect(answer.headers.location).toBe("/ui/?signInProblem=SignInProviderFailed");
  }
  bed.clock.advance(5_001);
  const back = await signIn(bed.browser());
  expect(back.headers.location).toBe("/ui/");
});

const discovery = "/.well-known/openid-configuration";

test("sign-ins at a provider are in the audit", async () => {
  await bed.renewToken();
  const entries = await bed.audit();
  expect(entries.find(({ detail }) => detail === "at house")).toMatchObject({
    who: { name: "grace@example.com" },
    outcome: { status: 200, code: null },
  });
  expect(entries.some(({ detail }) => detail === "at house: SignInProviderFailed")).toBe(true);
});

test.each([
  [{ issuer: "http://idp.example" }, "https"],
  [{ issuer: "https://idp.example/?x=1" }, "https"],
  [{ scopes: ["profile"] }, "openid"],
  [{ roles: [{ group: "a", role: "Emperor" }] }, "a role that there is"],
  [{ name: "a/b" }, "name"],
  [{ clientSecret: "in the open" }, "clientSecret"],
])("settings %j are refused", (change, why) => {
  const result = signInSettings.safeParse({ openIdConnect: [{ ...settings(), ...change }] });
  expect(JSON.stringify(result.error?.issues)).toContain(why);
});

test("http is for a provider on this very host", () => {
  for (const issuer of ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/realms/a"]) {
    const result = signInSettings.safeParse({ openIdConnect: [{ ...settings(), issuer }] });
    expect(result.success).toBe(true);
  }
});
