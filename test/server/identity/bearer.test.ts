import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type ControlPlane,
  makeDirectory,
  makeTestClock,
  removeDirectory,
  startControlPlane,
  tenantId,
  type TestClock,
} from "../../provider/control-plane.ts";
import { claimsOf, kidOf, type Secret, takeToken, useToken } from "./edge.ts";

let directory: string;
let clock: TestClock;
let plane: ControlPlane;
let client: Secret;
let token: string;

beforeEach(async () => {
  directory = await makeDirectory();
  clock = makeTestClock();
  plane = await startControlPlane({ directory, clock });
  client = await plane.identity.createClient("test");
  token = await takeToken(plane, client);
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const refusal = (code: string, message: RegExp) => ({
  status: 401,
  body: { error: { code, message: expect.stringMatching(message) } },
});

const challenge = (description: string) =>
  `Bearer authorization_uri="${plane.base}/${tenantId}", error="invalid_token", error_description="${description}"`;

test("no token, and one of another scheme", async () => {
  const path = "/subscriptions?api-version=2022-12-01";
  const none = await plane.raw("GET", path);
  expect(none).toMatchObject(refusal("AuthenticationFailed", /header is missing/));
  const description = "The authentication failed because of missing 'Authorization' header.";
  expect(none.headers["www-authenticate"]).toBe(challenge(description));
  const headers = { authorization: "SharedKey a:b" };
  const other = await plane.raw("GET", path, { headers });
  expect(other).toMatchObject(refusal("AuthenticationFailed", /not a bearer token/));
});

test("an expired token says when it expired and what time it is", async () => {
  clock.advance(3_600_000 + 20_000);
  expect((await useToken(plane, token)).status).toBe(200);
  clock.advance(41_000);
  const answer = await useToken(plane, token);
  const time = String.raw`'\d+/\d+/\d{4} \d+:\d\d:\d\d [AP]M'`;
  const words = new RegExp(`^The access token expiry UTC time ${time} is earlier than .* ${time}`);
  expect(answer).toMatchObject(refusal("ExpiredAuthenticationToken", words));
  expect(answer.headers["www-authenticate"]).toBe(challenge("The access token has expired."));
});

test.each(["https://storage.azure.com/.default", "https://api.loganalytics.io/.default"])(
  "a token for %s does not open ARM",
  async (scope) => {
    const answer = await useToken(plane, await takeToken(plane, client, { scope }));
    const words = new RegExp(`^The access token has been obtained for wrong audience or resource`);
    expect(answer).toMatchObject(refusal("InvalidAuthenticationTokenAudience", words));
    expect(JSON.stringify(answer.body)).toContain("'https://management.azure.com/'");
    const description = "The access token is from wrong audience or resource.";
    expect(answer.headers["www-authenticate"]).toBe(challenge(description));
  },
);

test("each service opens to its own audience and to this server's address", async () => {
  const authorized = (bearer: string) =>
    new Request(`${plane.base}/`, { headers: { authorization: `Bearer ${bearer}` } });
  const ask = (scope: string) => takeToken(plane, client, { scope });
  const storage = authorized(await ask("https://storage.azure.com/.default"));
  const logs = authorized(await ask("https://api.loganalytics.io/.default"));
  const own = authorized(token);
  for (const request of [storage, own]) {
    expect(await plane.identity.authenticate(request, "storage")).toMatchObject({
      id: client.clientId,
    });
  }
  for (const request of [logs, own]) {
    expect(await plane.identity.authenticate(request, "logs")).toMatchObject({
      id: client.clientId,
    });
  }
  await expect(plane.identity.authenticate(logs, "storage")).rejects.toThrow(/wrong audience/);
});

test("altered, unsigned and foreign tokens are not valid", async () => {
  const [head = "", payload = "", signature = ""] = token.split(".");
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const evil = encode({ ...claimsOf(token), sub: "someone-else" });
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const foreign = (header: object) =>
    new SignJWT(claimsOf(token))
      .setProtectedHeader({ alg: "RS256", kid: kidOf(token), ...header })
      .sign(privateKey);
  const withKey = await foreign({ jwk: await exportJWK(publicKey) });
  for (const bad of [
    "x",
    `${encode({ alg: "none" })}.${payload}.`,
    `${head}.${evil}.${signature}`,
    `${head}.${payload}.`,
    await foreign({}),
    await foreign({ kid: "other" }),
    withKey,
    `${token}${"x".repeat(20_000)}`,
  ]) {
    const answer = await useToken(plane, bad);
    expect(answer).toMatchObject(refusal("InvalidAuthenticationToken", /invalid/));
    expect(answer.headers["www-authenticate"]).toBe(challenge("The access token is invalid."));
  }
});

test("a public key of ours is no secret to sign with", async () => {
  const [jwk] = plane.identity.keys.publicKeys();
  const secret = new TextEncoder().encode(JSON.stringify(jwk));
  const forged = await new SignJWT(claimsOf(token))
    .setProtectedHeader({ alg: "HS256", kid: kidOf(token) })
    .sign(secret);
  expect(await useToken(plane, forged)).toMatchObject(
    refusal("InvalidAuthenticationToken", /invalid/),
  );
});

test("a token of another installation is refused", async () => {
  const elsewhere = await makeDirectory();
  const other = await startControlPlane({ directory: elsewhere, ownTokenKeys: true });
  try {
    expect((await useToken(other, token)).status).toBe(401);
  } finally {
    await other.close();
    await removeDirectory(elsewhere);
  }
});

test("what az ad asks of Microsoft Graph is named as not there, to those who have a token", async () => {
  for (const path of [
    "/v1.0/servicePrincipals?$filter=x",
    "/beta/me",
    `/${tenantId}/servicePrincipals?api-version=1.6`,
  ]) {
    expect((await plane.raw("GET", path)).status).toBe(401);
    expect(await plane.raw("GET", path, { token })).toMatchObject({
      status: 501,
      body: {
        error: { code: "NotImplemented", message: expect.stringContaining("Microsoft Graph") },
      },
    });
  }
});
