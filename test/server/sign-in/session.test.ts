import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openState } from "../../../src/state/state.ts";
import { type Browser, openSignInBed, password, type SignInBed } from "./bed.ts";

const session = "/nightcap/v1/session";
const hour = 3_600_000;
const cookieName = "__Host-nightcap-session";

let bed: SignInBed;
let reader: Browser;

beforeAll(async () => {
  bed = await openSignInBed();
  await bed.addUser("reader", "Reader");
  reader = bed.browser();
});
afterAll(() => bed.close());

test("nobody is told who is known, and is told the ways in", async () => {
  const { status, body, headers } = await bed.browser().session();
  expect(status).toBe(200);
  expect(body).toEqual({ signedIn: false, ways: [{ kind: "password" }], hasUsers: true });
  expect(headers["cache-control"]).toBe("no-store");
});

test("a password opens a session that says who it is and what they may", async () => {
  const answer = await reader.signIn("Reader");
  expect(answer.status).toBe(200);
  const [cookie = ""] = answer.headers["set-cookie"] ?? [];
  expect(cookie).toMatch(
    /^__Host-nightcap-session=[\w-]{43}; Path=\/; Max-Age=2592000; Secure; HttpOnly; SameSite=Strict$/,
  );
  expect(answer.body).toMatchObject({
    signedIn: true,
    user: { name: "reader", kind: "user" },
    roles: [{ name: "Reader", scope: bed.subscription }],
    actions: ["*/read"],
    notActions: [],
    subscriptionId: bed.subscription.split("/")[2],
    resourceGroup: "nightcap",
    workspaceId: null,
  });
  expect(Date.parse(answer.body.expires) - bed.clock.now()).toBeGreaterThan(11.9 * hour);
  expect((await reader.session()).body).toEqual(answer.body);
});

test("every API takes the session where it takes a token", async () => {
  const arm = await reader.ask("GET", "/subscriptions?api-version=2021-04-01");
  expect(arm.body.value).toHaveLength(1);
  expect((await reader.ask("GET", "/nightcap/v1/incidents")).status).toBe(200);
  const logs = await reader.ask("GET", "/v1/workspaces/no-such/query?query=print+1");
  expect(logs.status).not.toBe(401);
  const blobs = await reader.ask("GET", "/nightcapstore/captures?restype=container&comp=list");
  expect(blobs.status).toBe(403); // known, but Reader has no data action
  const bare = await bed
    .browser()
    .ask("GET", "/nightcapstore/captures?restype=container&comp=list");
  expect(bare.status).toBe(401);
  expect(bare.headers["content-security-policy"]).toBe("sandbox; default-src 'none'");
});

test("a blob is downloaded by the session of who may read data", async () => {
  const id = await bed.addUser("downloader", "Reader");
  await bed.assign(id, "Storage Blob Data Reader");
  const browser = bed.browser();
  await browser.signIn("downloader");
  const path = "/nightcapstore/network-watcher-logs?restype=container&comp=list";
  const listed = await browser.ask("GET", path);
  expect([listed.status, listed.text.includes("EnumerationResults")]).toEqual([200, true]);
  const made = await browser.ask("PUT", "/nightcapstore/other?restype=container");
  expect(made.status).toBe(403);
});

test("a Reader's writes are refused, and an Owner's are not", async () => {
  const path = `${bed.subscription}/resourceGroups/other?api-version=2021-04-01`;
  const body = { location: "local" };
  const refused = await reader.ask("PUT", path, { body });
  expect([refused.status, refused.body.error.code]).toEqual([403, "AuthorizationFailed"]);
  await bed.addUser("boss", "Owner");
  const boss = bed.browser();
  await boss.signIn("boss");
  expect((await boss.ask("PUT", path, { body })).status).toBe(201);
  expect((await boss.ask("GET", "/nightcap/v1/users")).body.value).toHaveLength(3);
  expect((await reader.ask("POST", "/nightcap/v1/users", { body: { name: "x" } })).status).toBe(
    403,
  );
});

test.each([
  ["no token", { "x-nightcap-csrf": "" }],
  ["a wrong token", { "x-nightcap-csrf": "A".repeat(43) }],
  ["another origin", { origin: "https://evil.example" }],
  ["another port of this host", { origin: "https://127.0.0.1:1" }],
  ["no origin", { origin: "" }],
  ["a request that the browser says is of another site", { "sec-fetch-site": "cross-site" }],
  ["a request of the same site's other port", { "sec-fetch-site": "same-site" }],
])("a write is refused with %s", async (_what, headers) => {
  const browser = bed.browser();
  await browser.signIn("boss");
  const path = `${bed.subscription}/resourceGroups/forged?api-version=2021-04-01`;
  const sent = await browser.ask("PUT", path, { body: { location: "local" }, headers });
  // A cookie that another site sent along does not count at all.
  const isIgnored = "sec-fetch-site" in headers;
  const code = isIgnored ? "AuthenticationFailed" : "CsrfTokenInvalid";
  expect([sent.status, sent.body.error.code]).toEqual([isIgnored ? 401 : 403, code]);
  expect((await browser.ask("GET", path)).status).toBe(404);
  expect((await browser.ask("DELETE", session, { headers })).status).toBe(isIgnored ? 204 : 403);
  expect((await browser.ask("GET", "/nightcap/v1/incidents")).status).toBe(isIgnored ? 401 : 200);
});

test("another session's token is no token", async () => {
  const [one, two] = [bed.browser(), bed.browser()];
  await one.signIn("boss");
  await two.signIn("boss");
  const path = `${bed.subscription}/resourceGroups/forged?api-version=2021-04-01`;
  const headers = { "x-nightcap-csrf": two.csrf ?? "" };
  const sent = await one.ask("PUT", path, { body: { location: "local" }, headers });
  expect(sent.body.error.code).toBe("CsrfTokenInvalid");
});

test("nobody is signed in by another site's form", async () => {
  const body = { user: "boss", password };
  const forged = { origin: "https://evil.example" };
  const first = await bed.ask("POST", session, { body, headers: forged });
  expect(first.body.error.code).toBe("CsrfTokenInvalid");
  const second = await bed.ask("POST", session, {
    body,
    headers: { "sec-fetch-site": "cross-site" },
  });
  expect(second.status).toBe(403);
  const link = await bed.ask("POST", `${session}/link`, { body: { key: "x" }, headers: forged });
  expect(link.status).toBe(403);
});

test("a token that is sent with a cookie is what counts", async () => {
  const answer = await reader.ask("GET", "/nightcap/v1/incidents", {
    headers: { authorization: "Bearer x" },
  });
  expect(answer.body.error.code).toBe("InvalidAuthenticationToken");
  const owner = await bed.asOwner("GET", session);
  expect(owner.body).toMatchObject({
    csrf: null,
    expires: null,
    user: { kind: "servicePrincipal" },
  });
});

test("signing in gives a new key: one that was planted opens nothing", async () => {
  const victim = bed.browser();
  const attacker = bed.browser();
  await attacker.signIn("reader");
  const planted = attacker.cookies.get(cookieName) ?? "";
  victim.cookies.set(cookieName, planted);
  await victim.signIn("boss");
  expect(victim.cookies.get(cookieName)).not.toBe(planted);
  expect((await attacker.session()).body.signedIn).toBe(false);
});

test("signing out ends the session on the server too", async () => {
  const browser = bed.browser();
  await browser.signIn("reader");
  const stolen = browser.cookieHeader();
  expect((await browser.ask("DELETE", session)).status).toBe(204);
  expect(browser.cookies.size).toBe(0);
  const answer = await bed.ask("GET", "/nightcap/v1/incidents", { headers: { cookie: stolen } });
  expect(answer.status).toBe(401);
  expect(answer.body.error.message).toBe("The session has ended. Sign in again.");
});

test("sessions are kept as hashes, and outlast a restart", async () => {
  const browser = bed.browser();
  await browser.signIn("reader");
  const key = browser.cookies.get(cookieName) ?? "";
  const state = await openState({ kind: "sqlite", path: join(bed.directory, "nightcap.db") });
  const kept = await state.documents("webSessions").list();
  const users = JSON.stringify(await state.documents("users").list());
  await state.close();
  expect(kept.map((each) => each.key)).toContain(createHash("sha256").update(key).digest("hex"));
  expect(JSON.stringify(kept)).not.toContain(key);
  expect(users).not.toContain(password);
  await bed.restart();
  expect((await browser.session()).body.signedIn).toBe(true);
});

test("a user has ten sessions at most: a further one ends the one idle longest", async () => {
  const browsers = Array.from({ length: 11 }, () => bed.browser());
  for (const browser of browsers) {
    bed.clock.advance(1_000);
    expect((await browser.signIn("boss")).status).toBe(200);
  }
  const states = await Promise.all(browsers.map((browser) => browser.session()));
  expect(states.map(({ body }) => body.signedIn as boolean)).toEqual([
    false,
    ...Array.from({ length: 10 }, () => true),
  ]);
});

test("a session ends after 12 idle hours, and after 30 days however busy", async () => {
  const [idle, busy] = [bed.browser(), bed.browser()];
  await idle.signIn("reader");
  await busy.signIn("reader");
  bed.clock.advance(11 * hour);
  await busy.ask("GET", "/nightcap/v1/incidents");
  // Looking whether it lasts does not make it last.
  expect((await idle.session()).body.signedIn).toBe(true);
  bed.clock.advance(2 * hour);
  expect((await idle.session()).body.signedIn).toBe(false);
  expect((await busy.ask("GET", "/nightcap/v1/incidents")).status).toBe(200);
  for (let hours = 13; hours < 30 * 24 - 10; hours += 10) {
    bed.clock.advance(10 * hour);
    expect((await busy.ask("GET", "/nightcap/v1/incidents")).status).toBe(200);
  }
  bed.clock.advance(10 * hour);
  expect((await busy.ask("GET", "/nightcap/v1/incidents")).status).toBe(401);
  await bed.renewToken();
});

test("disabling and deleting end sessions at once", async () => {
  await bed.addUser("leaver", "Reader");
  const browser = bed.browser();
  await browser.signIn("leaver");
  await bed.asOwner("PATCH", "/nightcap/v1/users/leaver", { body: { disabled: true } });
  expect((await browser.ask("GET", "/nightcap/v1/incidents")).status).toBe(401);
  expect((await browser.signIn("leaver")).body.error.code).toBe("InvalidSignIn");
  await bed.asOwner("PATCH", "/nightcap/v1/users/leaver", { body: { disabled: false } });
  expect((await browser.session()).body.signedIn).toBe(false);
  expect((await browser.signIn("leaver")).status).toBe(200);
  expect((await bed.asOwner("DELETE", "/nightcap/v1/users/leaver")).status).toBe(204);
  expect((await browser.ask("GET", "/nightcap/v1/incidents")).status).toBe(401);
});
