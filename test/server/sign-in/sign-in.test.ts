// The ways in: passwords, one-time links, and what is refused.
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureLimits } from "../../../src/server/sign-in/attempts.ts";
import { openSignInBed, password, type SignInBed } from "./bed.ts";

const session = "/nightcap/v1/session";
const link = `${session}/link`;
const users = "/nightcap/v1/users";

let bed: SignInBed;

beforeAll(async () => {
  bed = await openSignInBed();
});
afterAll(() => bed.close());

const keyOf = (url: string | null): string => url?.split("#")[1] ?? "";

test("the first link makes the first user, who is Owner, once", async () => {
  expect((await bed.browser().session()).body.hasUsers).toBe(false);
  const [older, first] = [await bed.firstLink(), await bed.firstLink()];
  expect(first).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/ui\/welcome#[\w-]{43}$/);
  const key = keyOf(first);
  const browser = bed.browser();
  const look = await browser.ask("POST", link, { body: { key } });
  expect(look.body).toEqual({ needsPassword: true, user: null });
  const weak = await browser.ask("POST", link, { body: { key, user: "root", password: "short" } });
  expect([weak.status, weak.body.error.code]).toEqual([400, "InvalidParameter"]);
  const made = await browser.ask("POST", link, { body: { key, user: "Ada", password } });
  expect(made.status).toBe(200);
  expect(made.body).toMatchObject({
    user: { name: "Ada" },
    actions: expect.arrayContaining(["*"]),
  });
  expect(made.body.roles.map(({ name }: { name: string }) => name).sort()).toEqual([
    "Owner",
    "Storage Blob Data Reader",
  ]);
  expect((await browser.ask("GET", users)).body.value).toHaveLength(1);
  // Neither this one again, nor another that was made before there was a user, nor a new one.
  for (const used of [key, keyOf(older), "A".repeat(43), ""]) {
    const again = await bed.ask("POST", link, { body: { key: used, user: "eve", password } });
    expect([again.status, again.body.error.code]).toEqual([401, "SignInLinkInvalid"]);
  }
  expect(await bed.firstLink()).toBeNull();
});

test("an invited user sets a password by the link, and the link then is used up", async () => {
  const made = await bed.asOwner("POST", users, { body: { name: "grace" } });
  expect(made.body).toMatchObject({ name: "grace", hasPassword: false, disabled: false });
  const key = keyOf(made.body.link.url);
  const browser = bed.browser();
  expect((await browser.signIn("grace", "")).status).toBe(401);
  const look = await browser.ask("POST", link, { body: { key } });
  expect(look.body).toEqual({ needsPassword: true, user: "grace" });
  const entered = await browser.ask("POST", link, { body: { key, user: "ada", password } });
  expect(entered.body.user.name).toBe("grace"); // whatever name is sent along
  expect(entered.body.roles).toEqual([]);
  const again = await browser.ask("POST", link, { body: { key, password } });
  expect(again.body.error.code).toBe("SignInLinkInvalid");
});

test.each([
  ["shorter", "at least 12 expected"],
  ["aaaaaaaaaaaaaaaa", "different characters"],
  ["gracefully GRACE", "the user's name"],
  ["a long enough ".repeat(80), "1024"],
])("password %# is refused", async (word, why) => {
  const body = { password: word };
  const answer = await bed.asOwner("PATCH", `${users}/grace`, { body });
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain(why);
  expect(answer.text).not.toContain(word);
});

test("a name that nobody has costs as much as a wrong password, and is told the same", async () => {
  const counts: number[] = [];
  const answers: unknown[] = [];
  await bed.asOwner("PATCH", `${users}/grace`, { body: { disabled: true } });
  for (const [user, word] of [
    ["ada", "not her password"],
    ["nobody-at-all", "not her password"],
    ["grace", password],
  ] as const) {
    const before = await bed.hashCount();
    const { status, body, headers } = await bed.browser().signIn(user, word);
    counts.push((await bed.hashCount()) - before);
    answers.push([status, body, headers["set-cookie"]]);
  }
  expect(counts).toEqual([1, 1, 1]);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

test("the same password typed in another normal form is the same", async () => {
  await bed.asOwner("PATCH", `${users}/grace`, {
    body: { password: "déjà vu, encore", disabled: false },
  });
  const decomposed = "déjà vu, encore".normalize("NFD");
  expect((await bed.browser().signIn("grace", decomposed)).status).toBe(200);
});

test("who signed in changes their own password with the old one, and only their sessions end", async () => {
  const [own, other, reader] = [bed.browser(), bed.browser(), bed.browser()];
  await own.signIn("ada");
  await other.signIn("ada");
  await bed.addUser("bystander", "Reader");
  await reader.signIn("bystander");
  const change = (currentPassword: string) =>
    own.ask("POST", `${session}/password`, {
      body: { currentPassword, password: "another one 12" },
    });
  expect((await change("wrong")).body.error.code).toBe("InvalidSignIn");
  expect((await change(password)).status).toBe(200);
  expect((await own.session()).body.signedIn).toBe(true);
  expect((await other.session()).body.signedIn).toBe(false);
  expect((await reader.session()).body.signedIn).toBe(true);
});

test("a password that cost less is hashed anew when it is used, and stays good", async () => {
  await bed.restart({}, { N: 2_048, r: 8, p: 1 });
  const before = await bed.hashCount();
  expect((await bed.browser().signIn("bystander")).status).toBe(200);
  expect((await bed.hashCount()) - before).toBe(2);
  expect((await bed.browser().signIn("bystander")).status).toBe(200);
  expect((await bed.hashCount()) - before).toBe(3);
  await bed.restart();
});

test("the last Owner can be neither disabled nor deleted, and nobody below Owner makes users", async () => {
  await bed.addUser("contributor", "Contributor");
  const browser = bed.browser();
  await browser.signIn("contributor");
  for (const [method, path, body] of [
    ["POST", users, { name: "friend" }],
    ["POST", `${users}/ada/link`, undefined],
    ["PATCH", `${users}/ada`, { password: "my own idea of it" }],
    ["DELETE", `${users}/ada`, undefined],
  ] as const) {
    const answer = await browser.ask(method, path, { body });
    expect([answer.status, answer.body.error.code]).toEqual([403, "AuthorizationFailed"]);
  }
  const path = `${bed.subscription}/providers/Microsoft.Authorization/roleAssignments`;
  const version = "api-version=2022-04-01";
  const all = (await bed.asOwner("GET", `${path}?${version}`)).body.value;
  const administrator = all.find(
    (each: { properties: { principalType: string; roleDefinitionId: string } }) =>
      each.properties.principalType === "ServicePrincipal" &&
      each.properties.roleDefinitionId.endsWith("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
  );
  const owner = bed.browser();
  await owner.signIn("ada", "another one 12");
  await owner.ask("DELETE", `${path}/${administrator.name}?${version}`);
  expect((await owner.ask("PATCH", `${users}/ada`, { body: { disabled: true } })).status).toBe(409);
  expect((await owner.ask("DELETE", `${users}/ada`)).status).toBe(409);
  expect((await owner.session()).body.signedIn).toBe(true);
  await bed.restart(); // which makes nobody Owner who should not be
  const body = { properties: { ...administrator.properties } };
  expect(
    (await owner.ask("PUT", `${path}/${administrator.name}?${version}`, { body })).status,
  ).toBe(201);
});

test("names are checked, and are one in any case", async () => {
  for (const name of [
    "",
    "with space",
    "ünïcode",
    "a/b",
    "-x",
    "x".repeat(65),
    crypto.randomUUID(),
  ]) {
    expect((await bed.asOwner("POST", users, { body: { name } })).status).toBe(400);
  }
  const taken = await bed.asOwner("POST", users, { body: { name: "ADA" } });
  expect([taken.status, taken.body.error.code]).toEqual([409, "ResourceAlreadyExists"]);
  expect((await bed.asOwner("GET", `${users}/nobody`)).status).toBe(404);
});

test("a link for a forgotten password replaces the one before, ends sessions, and lasts an hour", async () => {
  await bed.addUser("forgetful", "Reader");
  const browser = bed.browser();
  await browser.signIn("forgetful");
  const make = async () =>
    keyOf((await bed.asOwner("POST", `${users}/forgetful/link`)).body.url as string);
  const [older, newer] = [await make(), await make()];
  const replaced = await bed.ask("POST", link, { body: { key: older } });
  expect(replaced.body.error.code).toBe("SignInLinkInvalid");
  bed.clock.advance(59 * 60_000);
  expect((await bed.ask("POST", link, { body: { key: newer } })).status).toBe(200);
  bed.clock.advance(2 * 60_000);
  expect((await bed.ask("POST", link, { body: { key: newer } })).status).toBe(401);
  await bed.renewToken();
  const set = await bed.ask("POST", link, {
    body: { key: await make(), password: "a new one it is" },
  });
  expect(set.status).toBe(200);
  expect((await browser.session()).body.signedIn).toBe(false);
  expect((await browser.signIn("forgetful")).status).toBe(401);
  expect((await browser.signIn("forgetful", "a new one it is")).status).toBe(200);
});

test("guessing is slowed down, many at once too, and a right password is let in again later", async () => {
  const guesses = Array.from({ length: failureLimits.userAtAddressMax + 5 }, () =>
    bed.browser().signIn("contributor", "guess the password"),
  );
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(failureLimits.userAtAddressMax);
  expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  const right = await bed.browser().signIn("contributor");
  expect([right.status, right.body.error.code]).toEqual([429, "TooManyRequests"]);
  expect(Number(right.headers["retry-after"])).toBeGreaterThan(0);
  // Other users go on, until the address has failed too often.
  expect((await bed.browser().signIn("bystander")).status).toBe(200);
  for (let count = 0; count < failureLimits.addressMax; count++) {
    await bed.browser().signIn(`nobody-${count}`);
  }
  expect((await bed.browser().signIn("bystander")).status).toBe(429);
  bed.clock.advance(61_000);
  expect((await bed.browser().signIn("contributor")).status).toBe(200);
});

test("sign-ins and refusals are in the audit, without anything secret", async () => {
  const before = await bed.audit();
  const typed = "my password in the wrong field";
  await bed.browser().signIn(typed, "x");
  await bed.browser().signIn("ada", "another wrong one");
  await bed.browser().signIn("ada", "another one 12");
  const all = await bed.audit();
  const text = JSON.stringify(all);
  for (const secret of [typed, "another one 12", "another wrong one", password]) {
    expect(text).not.toContain(secret);
  }
  const known = new Set(before.map((entry) => JSON.stringify(entry)));
  const added = all.filter((entry) => !known.has(JSON.stringify(entry)));
  expect(added).toMatchObject([
    {
      who: null,
      action: "Nightcap/session/write",
      outcome: { status: 401, code: "InvalidSignIn" },
    },
    { who: null, resourceId: "/nightcap/v1/users/Ada", detail: "wrong password of Ada" },
    { who: { name: "Ada" }, detail: "by password", outcome: { status: 200, code: null } },
  ]);
  expect(added[0]?.["from"]).toBe("127.0.0.1");
  const { text: metrics } = await bed.ask("GET", "/metrics");
  for (const outcome of ["succeeded", "InvalidSignIn", "SignInLinkInvalid", "TooManyRequests"]) {
    expect(metrics).toMatch(
      new RegExp(`^nightcap_sign_in_outcomes_total\\{outcome="${outcome}"\\} [1-9]`, "m"),
    );
  }
});

test.each([
  [{ user: "ada" }, 400],
  [{ user: "ada", password: "x", more: 1 }, 400],
  [{ user: "ada", password: "x".repeat(2_000) }, 400],
  [[], 400],
])("malformed request %# is %i", async (body, status) => {
  bed.clock.advance(61_000);
  expect((await bed.browser().ask("POST", session, { body })).status).toBe(status);
});
