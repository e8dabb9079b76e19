import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ClientSecretCredential } from "@azure/identity";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type ControlPlane,
  makeDirectory,
  makeTestClock,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  tenantId,
  type TestClock,
} from "../provider/control-plane.ts";

let directory: string;
let clock: TestClock;
let plane: ControlPlane;
let client: { clientId: string; secret: string };

beforeEach(async () => {
  directory = await makeDirectory();
  clock = makeTestClock();
  plane = await startControlPlane({ directory, clock });
  client = await plane.identity.createClient("test");
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const form = { "content-type": "application/x-www-form-urlencoded" };
const ask = (fields: Record<string, string> = {}, path = "/adfs/oauth2/token") =>
  plane.raw("POST", path, {
    headers: form,
    text: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: client.secret,
      scope: `${plane.base}//.default`,
      client_info: "1",
      claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}',
      ...fields,
    }).toString(),
  });
const takeToken = async (fields?: Record<string, string>): Promise<string> => {
  const { status, body } = await ask(fields);
  expect(status).toBe(200);
  return (body as { access_token: string }).access_token;
};
const use = (token: string) => plane.raw("GET", "/subscriptions?api-version=2022-12-01", { token });

test("az's and JavaScript's ways to a token both end in one that is accepted", async () => {
  expect((await use(await takeToken())).status).toBe(200);
  for (const path of ["oauth2/token", "oauth2/v2.0/token"]) {
    expect((await ask({}, `/${tenantId.toUpperCase()}/${path}?client-request-id=x`)).status).toBe(
      200,
    );
  }
  for (const tenant of [tenantId, "adfs"]) {
    const credential = new ClientSecretCredential(tenant, client.clientId, client.secret, {
      authorityHost: plane.base,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: plane.ca },
    });
    const { token } = await credential.getToken("https://management.azure.com/.default");
    expect((await use(token)).status).toBe(200);
  }
});

test.each([
  "https://management.azure.com/.default",
  "https://management.core.windows.net//.default",
  "https://storage.azure.com/.default",
  "https://api.loganalytics.io/.default",
])("the scope %s is one of ours", async (scope) => {
  expect((await use(await takeToken({ scope }))).status).toBe(200);
});

test("discovery names what clients need, and its keys verify the tokens", async () => {
  for (const authority of [`/${tenantId}/v2.0`, "/adfs"]) {
    const { body } = await plane.raw("GET", `${authority}/.well-known/openid-configuration`);
    const document = body as Record<string, string>;
    for (const field of ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"]) {
      expect(document[field]).toMatch(new RegExp(`^${plane.base}/`));
    }
    const keys = await plane.raw("GET", String(document["jwks_uri"]).slice(plane.base.length));
    const { payload } = await jwtVerify(
      await takeToken(),
      createLocalJWKSet(keys.body as JSONWebKeySet),
      { issuer: String(document["issuer"]) },
    );
    expect(payload).toMatchObject({ sub: client.clientId, tid: tenantId, appid: client.clientId });
  }
});

test.each([
  [{ client_secret: "wrong" }, 401, "invalid_client", 7_000_215],
  [{ client_id: "0b1c2d3e-0000-4000-8000-0000000000ee" }, 401, "invalid_client", 7_000_215],
  [{ client_id: "" }, 400, "invalid_request", 900_144],
  [{ client_secret: "" }, 401, "invalid_client", 7_000_216],
  [{ grant_type: "password" }, 400, "unsupported_grant_type", 70_003],
  [{ scope: "https://graph.microsoft.com/.default" }, 400, "invalid_scope", 70_011],
  [{ scope: "" }, 400, "invalid_scope", 70_011],
])("refuses %j in Azure's words", async (fields, status, error, code) => {
  const answer = await ask(fields);
  expect(answer).toMatchObject({
    status,
    body: {
      error,
      error_codes: [code],
      error_description: expect.stringContaining(`AADSTS${code}: `),
    },
  });
  expect(JSON.stringify(answer.body)).not.toContain(client.secret);
});

test("Azure's credential reports a wrong secret as Azure's own does", async () => {
  const { credential } = plane.clients({ ...client, secret: "wrong" });
  await expect(credential.getToken(`${plane.base}/.default`)).rejects.toThrow(/7000215/);
});

test("guessing is slowed down for that client alone, and forgiven after the window", async () => {
  const other = await plane.identity.createClient("other");
  for (let attempt = 0; attempt < 10; attempt++) await ask({ client_secret: `no${attempt}` });
  const refused = await ask();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await ask({ client_id: other.clientId, client_secret: other.secret })).status).toBe(200);
  clock.advance(61_000);
  expect((await ask()).status).toBe(200);
});

test("expired, foreign and altered tokens are refused with a challenge", async () => {
  const token = await takeToken();
  const [head = "", payload = "", signature = ""] = token.split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const evil = Buffer.from(JSON.stringify({ ...claims, aud: "https://evil.test" })).toString(
    "base64url",
  );
  for (const bad of [
    "x",
    `${none}.${payload}.`,
    `${head}.${evil}.${signature}`,
    `${head}.${payload}.`,
  ]) {
    const answer = await use(bad);
    expect(answer).toMatchObject({ status: 401 });
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
  }
  clock.advance(3_700_000);
  expect(await use(token)).toMatchObject({
    status: 401,
    body: {
      error: { code: "InvalidAuthenticationToken", message: expect.stringContaining("expired") },
    },
  });
});

test("a token of another installation is refused", async () => {
  const elsewhere = await makeDirectory();
  const other = await startControlPlane({ directory: elsewhere });
  try {
    const token = await takeToken();
    const path = `/subscriptions/${subscriptionId}?api-version=2022-12-01`;
    expect((await other.raw("GET", path, { token })).status).toBe(401);
  } finally {
    await other.close();
    await removeDirectory(elsewhere);
  }
});

test("after a restart the same tokens and secrets work, and no file holds a secret in the clear", async () => {
  const token = await takeToken();
  await plane.close();
  plane = await startControlPlane({ directory, port: plane.port });
  expect((await use(token)).status).toBe(200);
  expect((await ask()).status).toBe(200);
  expect((await stat(join(directory, "token-key.pem"))).mode & 0o777).toBe(0o600);
  const stored = JSON.stringify(await plane.state.documents("clients").list());
  expect(stored).not.toContain(client.secret);
  expect(await readdir(directory)).toContain("token-key.pem");
});

test("cloud metadata comes in the three shapes that az asks for", async () => {
  const get = async (version: string) =>
    (await plane.raw("GET", `/metadata/endpoints?api-version=${version}`)).body;
  const authentication = { loginEndpoint: `${plane.base}/adfs` };
  expect(await get("2015-01-01")).toMatchObject({
    galleryEndpoint: expect.any(String),
    authentication,
  });
  const cloud = { name: "Nightcap", authentication, resourceManager: plane.base, suffixes: {} };
  expect(await get("2022-09-01")).toMatchObject(cloud);
  expect(await get("2019-05-01")).toMatchObject([cloud]);
});
