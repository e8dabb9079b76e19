// The commands that decide who comes in, against a control plane that really runs.
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ControlPlaneClient,
  openControlPlaneClient,
  RefusedError,
} from "../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { freePort } from "../e2e/free-port.ts";
import { type RunningProcess, startNightcap } from "../e2e/processes.ts";
import { runNightcap } from "./run-nightcap.ts";

let directory: string;
let state: string;
let server: RunningProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-principals-"));
  state = join(directory, "state");
  const args = ["server", "--state", state, "--port", String(await freePort())];
  server = await startNightcap(args, join(directory, "server.log"));
});

afterAll(async () => {
  await server?.kill();
  await rm(directory, { recursive: true, force: true });
});

const run = (...args: string[]) => runNightcap(...args, "--state", state);
const runJson = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Record<string, unknown>;
};

async function tokenStatus(clientId: string, clientSecret: string): Promise<number> {
  const { endpoint, certificateAuthorityFile } = await readCredentials(state);
  const ca = await readFile(certificateAuthorityFile);
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope: "https://management.azure.com/.default",
  });
  return new Promise((resolve, reject) => {
    const outgoing = request(`${endpoint}/adfs/oauth2/token`, { method: "POST", ca }, (answer) => {
      buffer(answer).then(() => resolve(answer.statusCode ?? 0), reject);
    });
    outgoing.on("error", reject);
    outgoing.end(form.toString());
  });
}

test("a service principal from its making to its end", async () => {
  const made = await runJson("service-principal", "create", "ci", "--days", "7");
  expect(Object.keys(made)).toEqual(expect.arrayContaining(["appId", "password", "tenant"]));
  const appId = String(made["appId"]);
  expect(await tokenStatus(appId, String(made["password"]))).toBe(200);

  const file = join(directory, "secret");
  const rotated = await run("service-principal", "rotate", "ci", "--secret-file", file);
  const secret = (await readFile(file, "utf8")).trim();
  expect(rotated.stdout).toContain(file);
  expect(rotated.stdout).not.toContain(secret);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await tokenStatus(appId, secret)).toBe(200);

  const shown = await run("service-principal", "show", "ci");
  expect(shown.stdout.match(/^secret /gm)).toHaveLength(2);
  await run("service-principal", "rotate", "ci", "--remove", String(made["keyId"]));
  expect(await tokenStatus(appId, String(made["password"]))).toBe(401);

  expect((await run("service-principal", "list")).stdout).toContain(`${appId}  ci  (1 secret)`);
  expect((await run("service-principal", "delete", "ci")).code).toBe(0);
  expect(await tokenStatus(appId, secret)).toBe(400);
});

test("a role is assigned while it is made, and holds at once", async () => {
  const { subscriptionId, resourceGroup } = await readCredentials(state);
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const reader = await runJson("service-principal", "create", "looks", "--role", "reader");
  const writer = await runJson(
    "service-principal",
    "create",
    "writes",
    "--role",
    "Contributor",
    "--scopes",
    scope,
  );
  const remove = async (made: Record<string, unknown>): Promise<string> => {
    const client = await clientOf(made);
    const path = `${scope}/providers/Microsoft.Storage/storageAccounts/nightcapstore`;
    await client.request("GET", path);
    return client.request("DELETE", `${scope}/providers/Microsoft.Insights/actionGroups/none`).then(
      () => "done",
      (error: unknown) => (error instanceof RefusedError ? error.code : String(error)),
    );
  };
  expect([await remove(reader), await remove(writer)]).toEqual(["AuthorizationFailed", "done"]);
  const client = await clientOf(writer);
  const others = client.request("GET", "/nightcap/servicePrincipals");
  await expect(others).rejects.toMatchObject({ code: "AuthorizationFailed" });
});

test("one whose role cannot be assigned is not left behind", async () => {
  const role = await run("service-principal", "create", "half", "--role", "King");
  expect(role).toMatchObject({ code: 1, stderr: expect.stringContaining("Network Contributor") });
  const scopes = ["--role", "Reader", "--scopes", "/subscriptions/none"];
  const scope = await run("service-principal", "create", "half", ...scopes);
  expect(scope).toMatchObject({ code: 1, stdout: "" });
  expect((await run("service-principal", "show", "half")).code).toBe(1);
});

/** The REST API as a principal that was made just now. */
async function clientOf(made: Record<string, unknown>): Promise<ControlPlaneClient> {
  const credentials = await readCredentials(state);
  return openControlPlaneClient({
    ...credentials,
    clientId: String(made["appId"]),
    clientSecret: String(made["password"]),
  });
}

test("refusals are one line and an exit code of 1, wrong calls 2", async () => {
  const unknown = await run("service-principal", "show", "nobody");
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('"nobody"') });
  const own = await run("service-principal", "delete", "administrator");
  expect(own).toMatchObject({ code: 1, stderr: expect.stringContaining("Nightcap's own") });
  const days = await run("service-principal", "create", "x", "--days", "0");
  expect(days).toMatchObject({ code: 2, stderr: expect.stringContaining("1 to 3650") });
  const scopes = await run("service-principal", "create", "x", "--scopes", "/");
  expect(scopes).toMatchObject({ code: 1, stderr: expect.stringContaining("--role") });
});

test("token keys are listed and rotated, and the command line goes on", async () => {
  const rotated = await run("token-key", "rotate");
  expect(rotated.stdout).toMatch(/^current .+\nnext .+\nretired .+ good until /);
  const revoked = await run("token-key", "rotate", "--revoke-earlier");
  expect(revoked.stdout).toMatch(/^current .+\nnext .+\n$/);
  const listed = await run("token-key", "list");
  expect(listed.stdout).toBe(revoked.stdout);
});
