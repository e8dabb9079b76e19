import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { runProgram, type CommandEntry } from "../../src/cli/program.ts";
import { run } from "../../src/common/run.ts";

const command = resolve("bin/nightcap");

test("--version and --help answer on standard output with exit code 0", async () => {
  const version = await run(command, ["--version"]);
  expect(version).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  const help = await run(command, ["--help"]);
  expect({ code: help.code, stderr: help.stderr }).toEqual({ code: 0, stderr: "" });
  expect(help.stdout).toContain("doctor");
});

test("wrong use is exit code 2 and one line that names it", async () => {
  const unknown = await run(command, ["dcotor"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/^nightcap: unknown command 'dcotor'/);
  const option = await run(command, ["doctor", "--jsn"]);
  expect(option.code).toBe(2);
  expect(option.stderr).toMatch(/^nightcap: unknown option '--jsn'/);
});

test("the command works through a symbolic link and from another directory", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-link-"));
  try {
    const link = join(directory, "nc");
    await symlink(command, link);
    const { code, stdout } = await run("sh", ["-c", `cd ${directory} && ./nc --version`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "0.1.0\n" });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("only the command that is named is loaded", async () => {
  const loaded: string[] = [];
  const entry = (name: string): CommandEntry => ({
    name,
    load: async () => {
      loaded.push(name);
      return (program) => void program.command(name).action(() => {});
    },
  });
  expect(await runProgram(["one"], [entry("one"), entry("two")])).toBe(0);
  expect(loaded).toEqual(["one"]);
});

test("a failure is one line without a stack, with its causes and a hint, and exit code 1", async () => {
  const script = `
    import { runProgram } from "${resolve("src/cli/program.ts")}";
    import { NightcapError } from "${resolve("src/common/errors.ts")}";
    const fail = () => { throw new NightcapError("ToolMissing", "program not found: dumpcap", { cause: new Error("ENOENT") }); };
    const load = async () => (program) => void program.command("fail").action(fail);
    process.exitCode = await runProgram(["fail"], [{ name: "fail", load }]);`;
  const result = await run(process.execPath, ["--input-type=module", "-e", script]);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatchInlineSnapshot(`
    "nightcap: program not found: dumpcap: ENOENT
      nightcap doctor says what is missing on this host and how to get it
    "
  `);
});

test.each(["up", "server", "agent"])("%s names the log levels that there are", async (name) => {
  const { code, stderr } = await run(command, [name, "--log-level", "loud"]);
  expect(code).toBe(2);
  expect(stderr).toContain("expected trace, debug, info, warn, error or silent");
});
