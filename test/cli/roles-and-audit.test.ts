// `nightcap role-assignment` and `nightcap audit`, against a control plane that really runs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTime } from "../../src/cli/audit.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { freePort } from "../e2e/free-port.ts";
import { type RunningProcess, startNightcap } from "../e2e/processes.ts";
import { runNightcap } from "./run-nightcap.ts";

let directory: string;
let state: string;
let server: RunningProcess;
const start = async () =>
  startNightcap(
    ["server", "--state", state, "--port", String(await freePort())],
    join(directory, "server.log"),
  );

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-roles-"));
  state = join(directory, "state");
  server = await start();
});
afterAll(async () => {
  await server?.kill();
  await rm(directory, { recursive: true, force: true });
});

const run = (...args: string[]) => runNightcap(...args, "--state", state);
async function runJson<Value>(...args: string[]): Promise<Value> {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Value;
}
interface Assignment {
  id: string;
  principalName: string;
  roleName: string;
  scope: string;
}
const list = (...args: string[]) => runJson<Assignment[]>("role-assignment", "list", ...args);

test("the first start gives the administrator and the responder their roles, once", async () => {
  const first = await list();
  const said = first.map(({ principalName, roleName }) => `${principalName}: ${roleName}`);
  expect(said).toHaveLength(2);
  expect(new Set(said)).toEqual(new Set(["administrator: Owner", "responder: Nightcap Responder"]));
  const responder = first.find(({ principalName }) => principalName === "responder");
  await runJson("role-assignment", "delete", responder?.id ?? "");
  await server.kill("SIGTERM");
  server = await start();
  expect((await list()).map(({ principalName }) => principalName)).toEqual(["administrator"]);
});

test("the last Owner stays", async () => {
  const refused = await run("role-assignment", "delete", "--assignee", "administrator");
  expect(refused).toMatchObject({
    code: 1,
    stderr: "nightcap: Cannot delete the last RBAC admin assignment (Conflict)\n",
  });
  const unclear = await run("role-assignment", "delete");
  expect(unclear.stderr).toContain("either the id or the --assignee");
});

test("a role is given at a group, listed there, and taken away; the audit knows of it", async () => {
  await runJson("service-principal", "create", "night");
  const { subscriptionId, resourceGroup } = await readCredentials(state);
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const at = ["--resource-group", resourceGroup];
  const who = ["--assignee", "night"];
  const [made] = await runJson<Assignment[]>(
    "role-assignment",
    "create",
    "--role",
    "network contributor",
    ...who,
    ...at,
  );
  expect(made).toMatchObject({
    principalName: "night",
    roleName: "Network Contributor",
    scope: group,
  });
  expect(await list(...who)).toEqual([made]);
  expect((await run("role-assignment", "list", ...who)).stdout).toBe(
    `Network Contributor  night  ${group}\n`,
  );
  const again = await run(
    "role-assignment",
    "create",
    "--role",
    "Network Contributor",
    ...who,
    ...at,
  );
  expect(again).toMatchObject({ code: 1 });
  expect(again.stderr).toContain("RoleAssignmentExists");
  await runJson("role-assignment", "delete", ...who, ...at);
  expect(await list(...who)).toEqual([]);
  const audit = await runJson<{ action: string; outcome: { status: number }; who: object }[]>(
    "audit",
    "--since",
    "1h",
  );
  const roles = audit.filter(({ action }) => action.includes("/roleAssignments/"));
  expect(roles.slice(-3).map(({ outcome }) => outcome.status)).toEqual([201, 409, 200]);
  expect(roles.at(-1)).toMatchObject({ who: { name: "administrator" }, from: "127.0.0.1" });
  const created = audit.find(({ action }) => action === "Nightcap/servicePrincipals/write");
  expect(created).toMatchObject({ outcome: { status: 201 } });
  expect((await run("audit", "--refused")).stdout).toBe("nothing\n");
});

test("how far back the audit goes is said in hours or as a time", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(startTime("24h", now)).toBe("2026-11-20T12:00:00.000Z");
  expect(startTime("7d", now)).toBe("2026-11-14T12:00:00.000Z");
  expect(startTime("2026-11-01T00:00:00Z", now)).toBe("2026-11-01T00:00:00.000Z");
  expect(() => startTime("yesterday", now)).toThrow("is no time");
});

test("what is no id is said to be none, not looked up as a path", async () => {
  const grant = ["--assignee", "administrator", "--role", "Reader", "--scope", "nightcap"];
  for (const args of [
    ["create", ...grant],
    ["delete", "nightcap"],
  ]) {
    expect(await run("role-assignment", ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"nightcap" is no id/),
    });
  }
});
