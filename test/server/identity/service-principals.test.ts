import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../../../src/common/log.ts";
import type { Caller } from "../../../src/provider/kernel/arm-request.ts";
import { identityRoutes } from "../../../src/server/identity/identity-api.ts";
import {
  type ControlPlane,
  makeDirectory,
  makeTestClock,
  removeDirectory,
  startControlPlane,
  tenantId,
  type TestClock,
} from "../../provider/control-plane.ts";
import { askRoutes } from "../ask-routes.ts";
import { askToken, takeToken, useToken } from "./edge.ts";

const dayMilliseconds = 86_400_000;
const administrator: Caller = { id: "a", name: "administrator", isBuiltIn: true };

let directory: string;
let clock: TestClock;
let plane: ControlPlane;
let deleted: string[];
let call: (method: string, path: string, body?: object) => Promise<Answer>;

interface Principal {
  appId: string;
  displayName: string;
  password: string;
  tenant: string;
  keyId: string;
  passwordCredentials: { keyId: string; hint: string; endDateTime: string }[];
}

interface Answer {
  status: number;
  body: Principal;
}

beforeEach(async () => {
  directory = await makeDirectory();
  clock = makeTestClock();
  plane = await startControlPlane({ directory, clock });
  deleted = [];
  const routes = identityRoutes({
    identity: plane.identity,
    clock,
    log: silentLog,
    beforeDelete: async (clientId) => void deleted.push(clientId),
  });
  call = async (method, path, body) => {
    const asked = [method, `/nightcap${path}`, body] as [string, string, unknown];
    const answer = await askRoutes(routes, asked, { caller: administrator });
    if (!answer) throw new Error(`nothing at ${path}`);
    return { status: answer.status, body: JSON.parse(answer.text || "null") as Principal };
  };
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const create = async (displayName = "ci", more: object = {}): Promise<Principal> =>
  (await call("POST", "/servicePrincipals", { displayName, ...more })).body;
const secretOf = ({ appId, password }: Principal) => ({ clientId: appId, secret: password });
const statusOf = async (principal: Principal): Promise<number> =>
  (await askToken(plane, secretOf(principal))).status;

test("one that is made gets tokens; its secret is told once and kept as a hash", async () => {
  const made = await call("POST", "/servicePrincipals", { displayName: "ci" });
  expect(made).toMatchObject({ status: 201, body: { displayName: "ci", tenant: tenantId } });
  expect(made.body.password).toMatch(/^[A-Za-z0-9][\w-]{42}$/);
  expect((await useToken(plane, await takeToken(plane, secretOf(made.body)))).status).toBe(200);
  const ends = Date.parse(made.body.passwordCredentials[0]?.endDateTime ?? "") - clock.now();
  expect(Math.round(ends / dayMilliseconds)).toBe(365);
  const shown = [
    JSON.stringify(await call("GET", "/servicePrincipals/ci")),
    JSON.stringify(await call("GET", "/servicePrincipals")),
    JSON.stringify(await plane.state.documents("clients").list()),
  ];
  for (const text of shown) {
    expect(text).toContain(made.body.appId);
    expect(text).not.toContain(made.body.password);
    expect(text).toContain(made.body.password.slice(0, 3));
  }
});

test("a secret ends: from then on Azure's code for that, and a rotated one works", async () => {
  const first = await create("short", { secretDays: 1 });
  expect(await statusOf(first)).toBe(200);
  clock.advance(dayMilliseconds + 1_000);
  expect(await askToken(plane, secretOf(first))).toMatchObject({
    status: 401,
    body: { error: "invalid_client", error_codes: [7_000_222] },
  });
  const second = (await call("POST", `/servicePrincipals/${first.appId}/rotate`)).body;
  expect(await statusOf(second)).toBe(200);
  expect(await statusOf(first)).toBe(401);
});

test("rotation leaves the earlier secret, ends it, or one is removed by its key id", async () => {
  const first = await create();
  const second = (await call("POST", "/servicePrincipals/ci/rotate", {})).body;
  expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
  const left = await call("DELETE", `/servicePrincipals/ci/secrets/${first.keyId}`);
  expect(left.body.passwordCredentials.map(({ keyId }) => keyId)).toEqual([second.keyId]);
  expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
  const third = (await call("POST", "/servicePrincipals/ci/rotate", { removeEarlier: true })).body;
  expect([await statusOf(second), await statusOf(third)]).toEqual([401, 200]);
});

test("deleting one refuses its tokens and its secret at once", async () => {
  const made = await create();
  const token = await takeToken(plane, secretOf(made));
  expect((await call("DELETE", "/servicePrincipals/CI")).status).toBe(204);
  expect(deleted).toEqual([made.appId]);
  expect(await useToken(plane, token)).toMatchObject({
    status: 401,
    body: { error: { code: "InvalidAuthenticationToken" } },
  });
  expect(await askToken(plane, secretOf(made))).toMatchObject({
    status: 400,
    body: { error_codes: [700_016] },
  });
});

test("after a restart principals and their secrets are what they were", async () => {
  const made = await create();
  const { port } = plane;
  await plane.close();
  plane = await startControlPlane({ directory, clock, port });
  expect(await statusOf(made)).toBe(200);
});

test("a client of before secrets rotated is Nightcap's own, and its secret works", async () => {
  const made = await create("former");
  const table = plane.state.documents<Record<string, unknown>>("clients");
  const stored = await table.get(made.appId);
  const body: unknown = stored?.body;
  const { secrets } = body as { secrets: { salt: string; hash: string }[] };
  const { salt, hash } = secrets[0] ?? { salt: "", hash: "" };
  await table.put(made.appId, { name: "former", salt, hash, createdAt: 1 });
  expect(await statusOf(made)).toBe(200);
  await expect(call("DELETE", "/servicePrincipals/former")).rejects.toThrow(/Nightcap's own/);
});

test("one of Nightcap's own that is made anew takes the place of the one before", async () => {
  const before = await plane.identity.createClient("responder");
  const after = await plane.identity.createClient("responder");
  expect((await askToken(plane, before)).status).toBe(400);
  expect((await askToken(plane, after)).status).toBe(200);
});

test("a secret too many is refused; one that ended makes room", async () => {
  await create("many", { secretDays: 1 });
  const rotate = () => call("POST", "/servicePrincipals/many/rotate", { secretDays: 2 });
  for (let count = 1; count < 8; count++) await rotate();
  await expect(rotate()).rejects.toMatchObject({ code: "Conflict" });
  clock.advance(dayMilliseconds + 1_000);
  expect((await rotate()).body.passwordCredentials).toHaveLength(8);
});

test("of two made at once with one name, one is refused", async () => {
  const both = await Promise.allSettled([create("twin"), create("Twin")]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});

test.each([
  ["POST", "/servicePrincipals", { displayName: "" }, "InvalidRequestContent"],
  ["POST", "/servicePrincipals", { displayName: "a\nb" }, "InvalidRequestContent"],
  ["POST", "/servicePrincipals", { displayName: "x".repeat(121) }, "InvalidRequestContent"],
  ["POST", "/servicePrincipals", { displayName: tenantId }, "InvalidRequestContent"],
  ["POST", "/servicePrincipals", { displayName: "a", days: 1 }, "InvalidRequestContent"],
  ["POST", "/servicePrincipals", { displayName: "a", secretDays: 0 }, "InvalidRequestContent"],
  ["POST", "/servicePrincipals", { displayName: "a", secretDays: 3_651 }, "InvalidRequestContent"],
  ["POST", "/servicePrincipals", { displayName: "there" }, "ResourceAlreadyExists"],
  ["GET", "/servicePrincipals/none", undefined, "ResourceNotFound"],
  ["DELETE", "/servicePrincipals/none", undefined, "ResourceNotFound"],
  ["DELETE", "/servicePrincipals/there/secrets/none", undefined, "ResourceNotFound"],
  ["POST", "/servicePrincipals/own/rotate", {}, "Conflict"],
  ["DELETE", "/servicePrincipals/own", undefined, "Conflict"],
  ["GET", "/servicePrincipals/%zz", undefined, "InvalidParameter"],
])("%s %s %j is refused", async (method, path, body, code) => {
  await create("there");
  await plane.identity.createClient("own");
  await expect(call(method, path, body)).rejects.toMatchObject({ code });
});

test("token keys are listed without their secrets, rotated and revoked", async () => {
  const made = await create();
  const token = await takeToken(plane, secretOf(made));
  const keys = (await call("POST", "/tokenKeys/rotate", {})).body as unknown as { value: object[] };
  const retired = { state: "retired", validUntilTime: expect.any(String) };
  expect(keys.value).toMatchObject([{ state: "current" }, { state: "next" }, retired]);
  expect(JSON.stringify(keys)).not.toMatch(/PRIVATE|"d":/);
  expect((await useToken(plane, token)).status).toBe(200);
  await call("POST", "/tokenKeys/rotate", { revokeEarlier: true });
  expect((await useToken(plane, token)).status).toBe(401);
});
