import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openCertificateAuthority } from "../../../src/pki/certificate-authority.ts";
import { createCertificateRequest } from "../../../src/pki/certificate-request.ts";
import { createEnrolment, type Enrolment } from "../../../src/server/enrolment.ts";
import { createHosts } from "../../../src/server/hosts/hosts.ts";
import { joinRoutes } from "../../../src/server/hosts/join-api.ts";
import { askRoutes } from "../ask-routes.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { certificateSha256, parseJoinToken } from "../../../src/uplink/join-token.ts";

const baseUrl = "https://control.example:8443";
let directory: string;
let state: State;
let enrolment: Enrolment;
let now: number;
let ask: (method: string, path: string) => Promise<Record<string, unknown> | null>;
let caPem: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-join-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  const authority = await openCertificateAuthority({ directory, clock });
  caPem = authority.certificatePem;
  const place = { subscription: "/subscriptions/s", resourceGroup: "g", location: "x" };
  const hosts = createHosts({ state, clock, ...place });
  enrolment = createEnrolment({
    authority,
    state,
    clock,
    resourceIdOf: (name) => hosts.resourceIdOf(name),
    onEnrolled: (host) => hosts.enrolled(host),
  });
  const routes = joinRoutes({ enrolment, hosts, baseUrl, clock });
  ask = async (method, path) => {
    const answer = await askRoutes(routes, [method, path]);
    return answer && (JSON.parse(answer.text) as Record<string, unknown>);
  };
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

async function invite() {
  const answer = await ask("POST", "/nightcap/joinTokens");
  return answer as { token: string; id: string; command: string; caSha256: string };
}

test("the command has the token, which has the address and the authority's fingerprint", async () => {
  const { token, command, caSha256, ...rest } = await invite();
  expect(command).toBe(`echo ${token} | nightcap agent --join-file -`);
  expect(command).toMatch(/^echo [\w.-]+ \| nightcap agent --join-file -$/);
  expect(caSha256).toBe(certificateSha256(caPem));
  expect(parseJoinToken(token)).toMatchObject({ server: baseUrl, caSha256 });
  expect(rest).toMatchObject({
    server: baseUrl,
    expiresTime: new Date(now + 3_600_000).toISOString(),
  });
});

test("what became of a token is told by its id, which lets nobody join", async () => {
  const { token, id } = await invite();
  const { secret } = parseJoinToken(token);
  expect(id).not.toContain(secret);
  const path = `/nightcap/joinTokens/${id}`;
  expect(await ask("GET", path)).toMatchObject({ state: "waiting", host: null });
  const { requestPem } = await createCertificateRequest("web-9");
  const body = JSON.stringify({ secret, requestPem, name: "web-9" });
  const joined = await enrolment.handler(null)(
    new Request("https://x/agent/enrol", { method: "POST", body }),
  );
  expect(joined.status).toBe(200);
  expect(await ask("GET", path)).toMatchObject({ state: "used", host: { name: "web-9" } });
  expect(JSON.stringify(await ask("GET", path))).not.toContain(secret);
});

test("a token that nobody used in its hour has expired; one that never was is not found", async () => {
  const { id } = await invite();
  now += 3_600_000;
  expect(await ask("GET", `/nightcap/joinTokens/${id}`)).toMatchObject({ state: "expired" });
  await expect(ask("GET", `/nightcap/joinTokens/${"0".repeat(64)}`)).rejects.toThrow(
    "no such join token",
  );
  expect(await ask("GET", "/nightcap/joinTokens/..")).toBeNull();
});
