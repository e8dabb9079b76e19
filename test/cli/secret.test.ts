import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";

let directory = "";
let program = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-secret-"));
  program = join(directory, "secret.mjs");
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  // The real command in a process of its own, so that standard input and output are real.
  await writeFile(
    program,
    `import { Command } from ${url("../../node_modules/commander/esm.mjs")};
     import { addSecretCommand } from ${url("../../src/cli/secret.ts")};
     const program = new Command();
     addSecretCommand(program);
     await program.parseAsync(process.argv).catch((error) => {
       process.stderr.write(error.message + "\\n");
       process.exitCode = 1;
     });`,
  );
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function secret(args: string[], input = "") {
  const child = spawn(process.execPath, [program, "secret", ...args]);
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
  ]);
  return { code, stdout, stderr };
}

test("encrypt makes a key file that only its owner can read, and decrypt gives the secret back", async () => {
  const keyFile = join(directory, "made.key");
  const made = await secret(
    ["encrypt", "--key-file", keyFile, "--create-key", "--json"],
    "pass wörd\n",
  );
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  expect(await readFile(keyFile, "utf8")).toMatch(/^(?:\d{1,3}\r\n){32}$/);
  const { encrypted } = JSON.parse(made.stdout) as { encrypted: string };
  const textFile = join(directory, "encrypted.txt");
  await writeFile(textFile, encrypted);
  const read = await secret(["decrypt", "--key-file", keyFile, "--text-file", textFile]);
  expect(read).toEqual({ code: 0, stdout: "pass wörd\n", stderr: "" });
});

test("an existing key file is never replaced", async () => {
  const keyFile = join(directory, "kept.key");
  await writeFile(keyFile, "1\r\n".repeat(16));
  const refused = await secret(["encrypt", "--key-file", keyFile, "--create-key"], "a");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`key file ${keyFile} exists already`);
  expect(await readFile(keyFile, "utf8")).toBe("1\r\n".repeat(16));
});

test("a missing key file, an empty secret and text that is not encrypted are clear errors", async () => {
  const keyFile = join(directory, "good.key");
  await writeFile(keyFile, "1\n".repeat(16));
  const missing = await secret(["decrypt", "--key-file", join(directory, "none")], "x");
  expect(missing.stderr).toContain(`cannot read ${join(directory, "none")}`);
  const empty = await secret(["encrypt", "--key-file", keyFile], "\n");
  expect(empty.stderr).toContain("secret is empty");
  const plain = await secret(["decrypt", "--key-file", keyFile], "TopSecretPlainText");
  expect(plain.code).toBe(1);
  expect(plain.stderr).toContain("does not begin with PowerShell's SecureString header");
  expect(plain.stderr).not.toContain("TopSecret");
});
