import { ClientSecretCredential } from "@azure/identity";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFailureLimit } from "../../../src/server/identity/failure-limit.ts";
import { createTokenEndpoint } from "../../../src/server/identity/token-endpoint.ts";
import { createTokenIssuer } from "../../../src/server/identity/token-issuer.ts";
import {
  type ControlPlane,
  makeDirectory,
  makeTestClock,
  removeDirectory,
  startControlPlane,
  tenantId,
  type TestClock,
} from "../../provider/control-plane.ts";
import { askToken, claimsOf, type Secret, takeToken, useToken } from "./edge.ts";

let directory: string;
let clock: TestClock;
let plane: ControlPlane;
let client: Secret;

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

test("az's and JavaScript's ways to a token all end in one that is accepted", async () => {
  expect((await useToken(plane, await takeToken(plane, client))).status).toBe(200);
  for (const tenant of [tenantId.toUpperCase(), "adfs", "common", "organizations"]) {
    for (const end of ["oauth2/token", "oauth2/v2.0/token?client-request-id=x"]) {
      expect((await askToken(plane, client, { path: `/${tenant}/${end}` })).status).toBe(200);
    }
  }
  for (const tenant of [tenantId, "adfs"]) {
    const credential = new ClientSecretCredential(tenant, client.clientId, client.secret, {
      authorityHost: plane.base,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: plane.ca },
    });
    const { token } = await credential.getToken("https://management.azure.com/.default");
    expect((await useToken(plane, token)).status).toBe(200);
  }
});

test("id and secret may come as HTTP Basic, form-encoded before base64", async () => {
  const encoded = [client.clientId, client.secret].map(encodeURIComponent).join(":");
  const without = ["client_id", "client_secret"];
  const ask = (authorization: string) =>
    askToken(plane, client, { without, headers: { authorization } });
  expect((await ask(`Basic ${Buffer.from(encoded).toString("base64")}`)).status).toBe(200);
  const wrong = await ask(`Basic ${Buffer.from(`${client.clientId}:no`).toString("base64")}`);
  expect(wrong).toMatchObject({ status: 401, body: { error_codes: [7_000_215] } });
  expect(wrong.headers["www-authenticate"]).toMatch(/^Basic /);
  for (const bad of ["Basic !", "Basic bm9jb2xvbg==", "Bearer x", "Basic JTpi"]) {
    expect(await ask(bad)).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  }
});

test.each([
  ["https://management.azure.com/.default", "2.0"],
  ["https://management.azure.com//.default", "2.0"],
  ["https://management.core.windows.net//.default", "2.0"],
  ["https://storage.azure.com/.default", "1.0"],
  ["https://api.loganalytics.io/.default", "2.0"],
])("the scope %s is one of ours", async (scope, version) => {
  const claims = claimsOf(await takeToken(plane, client, { scope }));
  expect(claims).toMatchObject({ aud: scope.replace(/\/\.default$/, ""), ver: version });
  const issuer = version === "1.0" ? "https://sts.windows.net/" : `${plane.base}/`;
  expect(String(claims["iss"]).startsWith(`${issuer}${tenantId}/`)).toBe(true);
});

test("the v1.0 endpoint takes a resource in place of a scope", async () => {
  const fields = { resource: "https://management.azure.com/" };
  const answer = await askToken(plane, client, { fields, without: ["scope"] });
  expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 3600 } });
});

test("az login --tenant NAME finds the tenant's id below the authority that it has", async () => {
  const documentOf = async (path: string) =>
    (await plane.raw("GET", `${path}/.well-known/openid-configuration`)) as {
      status: number;
      body: { issuer?: string };
    };
  const own = await documentOf(`/${tenantId}`);
  expect(own.body.issuer?.split("/")[3]).toBe(tenantId);
  for (const name of ["adfs", "common", tenantId]) {
    expect(await documentOf(`/adfs/${name}`)).toMatchObject({ body: { issuer: own.body.issuer } });
  }
  expect((await documentOf("/adfs/elsewhere")).body.issuer).toBeUndefined();
  const withSlash = await plane.raw("GET", "/adfs/.well-known/openid-configuration/");
  expect(withSlash).toMatchObject({ body: { issuer: own.body.issuer } });
});

test("discovery names what clients need, and its keys verify the tokens", async () => {
  for (const authority of [tenantId, "adfs", "common", "organizations"]) {
    for (const version of ["", "/v2.0"]) {
      const path = `/${authority}${version}/.well-known/openid-configuration`;
      const document = (await plane.raw("GET", path)).body as Record<string, string>;
      for (const field of ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"]) {
        expect(document[field]).toMatch(new RegExp(`^${plane.base}/`));
      }
      const tokenPath = String(document["token_endpoint"]).slice(plane.base.length);
      const granted = await askToken(plane, client, { path: tokenPath });
      const { access_token } = granted.body as { access_token: string };
      const keys = await plane.raw("GET", String(document["jwks_uri"]).slice(plane.base.length));
      const set = createLocalJWKSet(keys.body as JSONWebKeySet);
      const issuer = String(document["issuer"]);
      const { payload } = await jwtVerify(access_token, set, { issuer });
      const expected = { sub: client.clientId, tid: tenantId, appid: client.clientId };
      expect(payload).toMatchObject({ ...expected, idtyp: "app" });
    }
  }
});

test("instance discovery knows this host alone", async () => {
  const ask = (endpoint: string) =>
    plane.raw(
      "GET",
      `/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(endpoint)}`,
    );
  const { host } = new URL(plane.base);
  expect(await ask(`${plane.base}/${tenantId}/oauth2/v2.0/authorize`)).toMatchObject({
    status: 200,
    body: {
      tenant_discovery_endpoint: `${plane.base}/${tenantId}/v2.0/.well-known/openid-configuration`,
      metadata: [{ preferred_network: host, aliases: [host] }],
    },
  });
  for (const other of ["https://login.microsoftonline.com/x/oauth2/v2.0/authorize", "?", ""]) {
    const refused = { status: 400, body: { error: "invalid_instance", error_codes: [50_049] } };
    expect(await ask(other)).toMatchObject(refused);
  }
});

test.each([
  [{ client_secret: "wrong" }, 401, "invalid_client", 7_000_215],
  [{ client_id: "0b1c2d3e-0000-4000-8000-0000000000ee" }, 400, "unauthorized_client", 700_016],
  [{ client_id: "" }, 400, "invalid_request", 900_144],
  [{ client_secret: "" }, 401, "invalid_client", 7_000_216],
  [{ client_secret: "", client_assertion: "ey.J.x" }, 401, "invalid_client", 700_027],
  [{ grant_type: "password" }, 400, "unsupported_grant_type", 70_003],
  [{ scope: "https://graph.microsoft.com/.default" }, 400, "invalid_resource", 500_011],
  [{ scope: "https://management.azure.com/" }, 400, "invalid_scope", 1_002_012],
  [{ scope: "" }, 400, "invalid_request", 900_144],
])("refuses %j in Azure's words", async (fields, status, error, code) => {
  const correlation = "11111111-2222-4333-8444-555555555555";
  const headers = { "client-request-id": correlation };
  const answer = await askToken(plane, client, { fields, headers });
  expect(answer).toMatchObject({
    status,
    body: {
      error,
      error_codes: [code],
      error_description: expect.stringContaining(`AADSTS${code}: `),
      correlation_id: correlation,
      trace_id: expect.stringMatching(/^[\da-f-]{36}$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
    },
  });
  expect(JSON.stringify(answer.body)).not.toContain(client.secret);
});

test("a form that is too large is refused", async () => {
  const answer = await askToken(plane, client, { fields: { claims: "x".repeat(70_000) } });
  expect(answer).toMatchObject({ status: 400, body: { error_codes: [90_014] } });
});

test("a tenant that is not here is refused as Azure does, for discovery and for tokens", async () => {
  const tenant = "0b1c2d3e-0000-4000-8000-0000000000ff";
  const refused = {
    status: 400,
    body: { error: "invalid_tenant", error_codes: [90_002] },
  };
  const path = `/${tenant}/oauth2/v2.0/token`;
  expect(await askToken(plane, client, { path })).toMatchObject(refused);
  for (const end of [".well-known/openid-configuration", "v2.0/.well-known/openid-configuration"]) {
    expect(await plane.raw("GET", `/${tenant}/${end}`)).toMatchObject(refused);
  }
  const credential = new ClientSecretCredential(tenant, client.clientId, client.secret, {
    authorityHost: plane.base,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: plane.ca },
  });
  await expect(credential.getToken(`${plane.base}/.default`)).rejects.toThrow();
});

test("the token endpoint takes POST alone", async () => {
  const answer = await plane.raw("GET", "/adfs/oauth2/token");
  expect(answer).toMatchObject({ status: 400, body: { error_codes: [900_561] } });
});

test("signing in as a person is named as what is not there", async () => {
  for (const [method, path] of [
    ["GET", `/${tenantId}/oauth2/v2.0/authorize`],
    ["POST", "/adfs/oauth2/devicecode"],
  ] as const) {
    const answer = await plane.raw(method, path);
    expect(answer.status).toBe(501);
    expect(JSON.stringify(answer.body)).toContain("service principal");
  }
});

test("Azure's credential reports a wrong secret as Azure's own does", async () => {
  const { credential } = plane.clients({ ...client, secret: "wrong" });
  await expect(credential.getToken(`${plane.base}/.default`)).rejects.toThrow(/7000215/);
});

test("guessing is slowed down for that client alone, and forgiven after the window", async () => {
  const other = await plane.identity.createClient("other");
  for (let attempt = 0; attempt < 10; attempt++) {
    await askToken(plane, client, { fields: { client_secret: `no${attempt}` } });
  }
  const refused = await askToken(plane, client);
  expect(refused).toMatchObject({ status: 429, body: { error_codes: [50_196] } });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await askToken(plane, other)).status).toBe(200);
  clock.advance(61_000);
  expect((await askToken(plane, client)).status).toBe(200);
});

test("guessing from one address does not keep the client itself out at another", async () => {
  let address = "192.0.2.66";
  const baseUrl = (): string => plane.base;
  const { clients, keys } = plane.identity;
  const endpoint = createTokenEndpoint({
    clock,
    clients,
    failures: createFailureLimit(clock),
    issuer: createTokenIssuer({ keys, clock, tenantId, baseUrl }),
    own: () => [`${plane.base}/`],
    addressOf: () => address,
  });
  const ask = async (secret: string): Promise<number> => {
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: secret,
      scope: `${plane.base}/.default`,
    });
    return (await endpoint(new Request(`${plane.base}/x`, { method: "POST", body }))).status;
  };
  for (let attempt = 0; attempt < 10; attempt++) expect(await ask("wrong")).toBe(401);
  expect(await ask(client.secret)).toBe(429);
  address = "192.0.2.1";
  expect(await ask(client.secret)).toBe(200);
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
