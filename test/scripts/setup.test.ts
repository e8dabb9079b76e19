import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../src/common/run.ts";
import { loadScript } from "./load-script.ts";

const packages = await loadScript<{ staleReason(root: string): string | null }>(
  "setup/node-packages.mjs",
);
const debian = await loadScript<{
  programsToRun: Record<string, string>;
  missingPrograms(programs: Record<string, string>, path: string): [string, string][];
  describeMissing(missing: [string, string][]): string;
  withoutServiceStart(work: () => Promise<unknown>, path: string): Promise<unknown>;
}>("setup/debian-packages.mjs");

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-setup-"));
});
afterAll(() => rm(directory, { recursive: true }));

const writeLocks = async (wanted: object, installed: object): Promise<void> => {
  await mkdir(join(directory, "node_modules"), { recursive: true });
  await writeFile(join(directory, "package-lock.json"), JSON.stringify({ packages: wanted }));
  const hidden = join(directory, "node_modules/.package-lock.json");
  await writeFile(hidden, JSON.stringify({ packages: installed }));
};
const one = { version: "1.0.0", integrity: "sha512-a" };

test("npm runs when nothing is installed, or something else than the lock file says", async () => {
  expect(packages.staleReason(join(directory, "nowhere"))).toBe("none here yet");
  await writeLocks({ "": {}, "node_modules/a": one }, { "node_modules/a": one });
  expect(packages.staleReason(directory)).toBe(null);
  await writeLocks({ "node_modules/a": { ...one, version: "2.0.0" } }, { "node_modules/a": one });
  expect(packages.staleReason(directory)).toBe("package-lock.json has another a");
});

test("another system's optional package may be missing", async () => {
  await writeLocks({ "node_modules/b": { ...one, optional: true } }, {});
  expect(packages.staleReason(directory)).toBe(null);
});

test("what is missing is named with its package and the way to get it", () => {
  const missing = debian.missingPrograms(debian.programsToRun, join(directory, "empty"));
  expect(debian.describeMissing(missing)).toMatchInlineSnapshot(`
    "missing: dumpcap (Debian package wireshark-common)
    missing: ip (Debian package iproute2)
    missing: nsenter (Debian package util-linux)
    missing: setpriv (Debian package util-linux)
    get it with: sudo apt-get install --no-install-recommends wireshark-common iproute2 util-linux
    or, on another system, from the packages of the same programs"
  `);
});

test("no service starts while packages are installed, and a policy that was there stays", async () => {
  const policy = join(directory, "policy-rc.d");
  await debian.withoutServiceStart(async () => {
    expect(await run(policy, [])).toMatchObject({ code: 101 });
  }, policy);
  expect(existsSync(policy)).toBe(false);
  await writeFile(policy, "#!/bin/sh\nexit 0\n");
  await debian.withoutServiceStart(async () => {}, policy);
  expect(await readFile(policy, "utf8")).toBe("#!/bin/sh\nexit 0\n");
});

test("the set-up says nothing when there is nothing to do", async () => {
  const file = join(directory, "hello.ts");
  await writeFile(file, 'const name: string = "x"; console.log(name); process.exitCode = 7;\n');
  const result = await run(process.execPath, ["scripts/with-node.mjs", file]);
  expect(result).toEqual({ code: 7, stdout: "x\n", stderr: "" });
});

test("the command without a new enough Node says what to do", async () => {
  const root = join(directory, "package");
  const bin = join(directory, "bin");
  await mkdir(join(root, "bin"), { recursive: true });
  await mkdir(bin);
  await writeFile(join(root, "bin/nightcap"), await readFile("bin/nightcap"));
  await chmod(join(root, "bin/nightcap"), 0o755);
  await writeFile(join(bin, "node"), "#!/bin/sh\necho v20.20.2\n");
  await chmod(join(bin, "node"), 0o755);
  const path = `PATH=${bin}:/usr/bin:/bin`;
  const result = await run("env", ["-i", path, join(root, "bin/nightcap"), "--version"]);
  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toContain("needs Node 24 or newer; found on PATH: v20.20.2");
});

test("below node_modules the command strips types with its own hook", async () => {
  const installed = join(directory, "app/node_modules/nightcap");
  await mkdir(installed, { recursive: true });
  const { code } = await run("cp", ["-R", "bin", "scripts", "src", "package.json", installed]);
  expect(code).toBe(0);
  for (const name of ["commander", "zod", "node"]) {
    await symlink(resolve("node_modules", name), join(directory, "app/node_modules", name));
  }
  const result = await run(join(installed, "bin/nightcap"), ["--version"]);
  expect(result).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
});
