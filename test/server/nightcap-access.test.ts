import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLog } from "../../src/common/log.ts";
import { actionsOf, createGuard, type Guard } from "../../src/server/nightcap-access.ts";
import {
  type ControlPlane,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "../provider/control-plane.ts";

let directory: string;
let plane: ControlPlane;
let guard: Guard;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const subscription = `/subscriptions/${subscriptionId}`;
  const { state, clock, audit, identity } = plane;
  guard = createGuard(
    { state, clock, subscription, log: silentLog },
    {
      audit,
      authenticate: (request) => identity.authenticate(request),
      addressOf: () => "192.0.2.7",
    },
  );
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

async function ask(roleName: string | null, method: string, path: string): Promise<Response> {
  const secret = await plane.createClient("somebody", roleName);
  const { token } = await plane.clients(secret).credential.getToken(`${plane.base}/.default`);
  const headers = { authorization: `Bearer ${token}` };
  return guard(new Request(`${plane.base}${path}`, { method, headers }), async () =>
    Response.json({ done: true }),
  );
}

test.each([
  ["GET", "/nightcap/incidents?rule=x", ["Nightcap/incidents/read"]],
  ["POST", "/nightcap/joinTokens", ["Nightcap/joinTokens/write"]],
  ["DELETE", "/nightcap/hosts/web-1", ["Nightcap/hosts/delete"]],
  ["POST", "/nightcap/v1/logs/check", ["Nightcap/logs/read"]],
  [
    "POST",
    "/nightcap/v1/capture-previews",
    ["Microsoft.Network/networkWatchers/packetCaptures/write"],
  ],
  ["POST", "/nightcap/v1/alert-previews?timespan=P7D", ["Nightcap/alert-previews/read"]],
  [
    "POST",
    "/nightcap/servicePrincipals/ci/rotate",
    ["Nightcap/servicePrincipals/write", "Microsoft.Authorization/roleAssignments/write"],
  ],
  [
    "POST",
    "/nightcap//tokenKeys/rotate",
    ["Nightcap/tokenKeys/write", "Microsoft.Authorization/roleAssignments/write"],
  ],
])("%s %s needs %s", (method, path, actions) => {
  expect(actionsOf(new Request(`https://x${path}`, { method }))).toEqual(actions);
});

test.each([
  ["Owner", "POST", "/nightcap/servicePrincipals", 200],
  ["Contributor", "POST", "/nightcap/servicePrincipals", 403],
  ["Contributor", "POST", "/nightcap/joinTokens", 200],
  ["Reader", "GET", "/nightcap/audit", 200],
  ["Reader", "POST", "/nightcap/joinTokens", 403],
  ["Network Contributor", "GET", "/nightcap/incidents", 403],
  ["Nightcap Responder", "DELETE", "/nightcap/hosts/web-1", 403],
  [null, "GET", "/nightcap/nonsense", 403],
])("%s: %s %s is %i", async (roleName, method, path, status) => {
  expect((await ask(roleName, method, path)).status).toBe(status);
});

test("writes and refusals are in the audit with the address; nobody known is 401", async () => {
  const before = new Date(plane.clock.now()).toISOString();
  await ask("Owner", "DELETE", "/nightcap/hosts/a");
  await ask("Reader", "DELETE", "/nightcap/hosts/b");
  const request = new Request(`${plane.base}/nightcap/hosts/c`, { method: "DELETE" });
  const refused = await guard(request, async () => Response.json({}));
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toMatch(/^Bearer /);
  const entries = await plane.audit.list({ from: before, to: "9999" });
  const seen = entries.filter(({ resourceId }) => resourceId.startsWith("/nightcap/hosts/"));
  expect(seen).toMatchObject([
    { who: { name: "somebody" }, outcome: { status: 200, code: null }, from: "192.0.2.7" },
    { who: { name: "somebody" }, outcome: { status: 403, code: "AuthorizationFailed" }, count: 1 },
    { who: null, outcome: { status: 401, code: "AuthenticationFailed" }, count: 1 },
  ]);
});
