// What `nightcap az-setup` prints and writes, judged by the real az where it is installed.
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportLines, shellQuote } from "../../src/cli/az-setup/plan.ts";
import { makeTrustBundle } from "../../src/cli/az-setup/trust.ts";
import { readCredentials, type Credentials } from "../../src/cli/credentials.ts";
import { run } from "../../src/common/run.ts";
import { azSkipReason } from "../az/az.ts";
import { openWarmAz } from "../az/warm/warm-az.ts";
import { freePort } from "../e2e/free-port.ts";
import { type RunningProcess, startNightcap } from "../e2e/processes.ts";
import { runNightcap } from "./run-nightcap.ts";

let directory: string;
let state: string;
let serverArgs: string[];
let server: RunningProcess;
let credentials: Credentials;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-az-setup-"));
  state = join(directory, "state");
  serverArgs = ["server", "--state", state, "--port", String(await freePort())];
  server = await startNightcap(serverArgs, join(directory, "server.log"));
  credentials = await readCredentials(state);
});

afterAll(async () => {
  await server?.kill();
  await rm(directory, { recursive: true, force: true });
});

const setUp = (...args: string[]) => runNightcap("az-setup", "--state", state, ...args);

test("what is printed names everything, and the secret only when it is asked for", async () => {
  const { code, stdout } = await setUp();
  expect(code).toBe(0);
  for (const part of [
    "export REQUESTS_CA_BUNDLE=",
    "export SSL_CERT_FILE=",
    "export NODE_EXTRA_CA_CERTS=",
    `az cloud register --name nightcap --endpoint-resource-manager ${credentials.endpoint}`,
    `az login --service-principal --username ${credentials.clientId} `,
  ]) {
    expect(stdout).toContain(part);
  }
  expect(stdout).not.toContain(credentials.clientSecret);
  expect((await setUp("--show-secret")).stdout).toContain(credentials.clientSecret);
  const plan = JSON.parse((await setUp("--json", "--debian-12")).stdout) as {
    environment: Record<string, string>;
    files: Record<string, string>;
  };
  expect(plan.environment["PYTHONPATH"]).toBe(plan.files["pythonFolder"]);
  expect(JSON.stringify(plan)).not.toContain(credentials.clientSecret);
});

test("another client takes the administrator's place, with its secret from a file", async () => {
  const clientId = "0b1c2d3e-0000-4000-8000-0000000000ee";
  const without = await setUp("--client-id", clientId);
  expect(without.stdout).toContain(`--username ${clientId} `);
  expect(without.stdout).not.toContain(credentials.clientId);
  const unknown = await setUp("--client-id", clientId, "--show-secret");
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("--secret-file") });
  expect(await setUp("--client-id", "my-name")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("expected an appId"),
  });
  const secretFile = join(directory, "secret");
  expect(await setUp("--secret-file", secretFile)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--client-id"),
  });
  await writeFile(secretFile, "a secret\n");
  const args = ["--client-id", clientId, "--secret-file", secretFile, "--show-secret"];
  expect((await setUp(...args)).stdout).toContain("export AZURE_CLIENT_SECRET='a secret'\n");
});

test("what is written is whole, and for its owner alone", async () => {
  const folder = join(directory, "it's here");
  const { code, stdout } = await setUp("--write", folder, "--debian-12");
  expect(code).toBe(0);
  expect(stdout).toContain(shellQuote(join(folder, "set-up.sh")));
  expect((await readdir(folder)).toSorted()).toEqual([
    "ca-bundle.pem",
    "environment.sh",
    "nightcap-ca.pem",
    "python",
    "set-up.sh",
  ]);
  for (const name of ["ca-bundle.pem", "environment.sh", "set-up.sh"]) {
    expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
    expect(await readFile(join(folder, name), "utf8")).not.toContain(credentials.clientSecret);
  }
  const said = await run("sh", [
    "-c",
    `PYTHONPATH=before; . "$1/environment.sh"; printf '%s|%s' "$REQUESTS_CA_BUNDLE" "$PYTHONPATH"`,
    "sh",
    folder,
  ]);
  expect(said.stdout).toBe(`${folder}/ca-bundle.pem|${folder}/python:before`);
});

test("without the secret the script says that it is missing, and does nothing", async () => {
  const folder = join(directory, "no-secret");
  await setUp("--write", folder);
  const { code, stderr } = await run("env", [
    "-u",
    "AZURE_CLIENT_SECRET",
    join(folder, "set-up.sh"),
  ]);
  expect(code).not.toBe(0);
  expect(stderr).toContain("--show-secret");
});

test.each(["", "-x", "a b", "x".repeat(41), "$(id)"])("%j is no name of a cloud", async (name) => {
  expect(await setUp(`--cloud-name=${name}`)).toMatchObject({ code: 2 });
});

test("the bundle has the system's authorities and ours, each once", async () => {
  const own = await readFile(credentials.certificateAuthorityFile, "utf8");
  const other = join(directory, "system.pem");
  await writeFile(other, `# comment\n${own}\n`);
  const twice = await makeTrustBundle(own, [join(directory, "missing.pem"), other]);
  expect(twice).toMatchObject({ certificateCount: 1, source: other });
  expect(new X509Certificate(twice.pem).fingerprint256).toBe(
    new X509Certificate(own).fingerprint256,
  );
  const none = await makeTrustBundle(own, []);
  expect(none.source).toBe("Node.js");
  expect(none.certificateCount).toBeGreaterThan(50);
  await expect(makeTrustBundle("nothing", [])).rejects.toMatchObject({ code: "SettingsInvalid" });
});

test("values reach a shell as they are", () => {
  const value = `a'b "c" $HOME \\ \``;
  const [line = ""] = exportLines({ X: value });
  const { stdout } = spawnSync("sh", ["-c", `${line}; printf %s "$X"`], { encoding: "utf8" });
  expect(stdout).toBe(value);
});

const reason = azSkipReason();
describe.skipIf(reason !== null)(`with az${reason === null ? "" : ` (${reason})`}`, () => {
  let warmAz: ReturnType<typeof openWarmAz>;
  beforeAll(async () => {
    warmAz = openWarmAz();
    await warmAz;
  });
  /** `warm`: by az's entry point in a process that has its modules, instead of a new az each time. */
  const az = async (folder: string, command: string, { warm = false } = {}) => {
    const { environment } = await warmAz;
    const variables = Object.entries({
      ...environment,
      AZURE_CORE_COLLECT_TELEMETRY: "no",
      PATH: warm ? environment["PATH"] : process.env["PATH"],
      PYTHONPATH: "",
    }).map(([name, value]) => `${name}=${value}`);
    const script = `. "$1/environment.sh" && ${command}`;
    const args = ["-i", ...variables, "sh", "-c", script, "sh", folder];
    return run("env", args, { timeoutMilliseconds: 100_000 });
  };

  test(
    "set-up.sh is the whole set-up, also the second time; az goes on through a restart and a new key",
    { timeout: 200_000 },
    async () => {
      const folder = join(directory, "whole");
      await setUp("--write", folder, "--show-secret");
      for (const warm of [false, true]) {
        const done = await az(folder, '"$1/set-up.sh"', { warm });
        expect(done.code, done.stderr).toBe(0);
        expect(JSON.parse(done.stdout)).toMatchObject([
          { cloudName: "nightcap", state: "Enabled" },
        ]);
      }
      for (const command of ["network watcher list", "vm list"]) {
        const { code, stderr } = await az(folder, `az ${command}`);
        expect(code, `az ${command}: ${stderr}`).toBe(0);
      }
      await server.kill();
      server = await startNightcap(serverArgs, join(directory, "server.log"));
      await runNightcap("token-key", "rotate", "--state", state);
      const after = await az(folder, "az vm list", { warm: true });
      expect(after.code, `after a restart and a new key: ${after.stderr}`).toBe(0);
      await runNightcap("token-key", "rotate", "--revoke-earlier", "--state", state);
      const revoked = await az(folder, "az vm list", { warm: true });
      expect(revoked.stderr).toContain("InvalidAuthenticationToken");
    },
  );
});
