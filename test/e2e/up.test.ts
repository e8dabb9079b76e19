// What a newcomer does: `nightcap up` on an empty state, and the drill that it runs by itself.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { run } from "../../src/common/run.ts";
import { skipReason } from "../bed/availability.ts";
import { isProcessAlive } from "../bed/processes.ts";
import { runNightcap } from "../cli/run-nightcap.ts";
import { freePort } from "./free-port.ts";

const waitOptions = { timeout: 60_000, interval: 50 };
const reason = skipReason();

describe.skipIf(reason !== null)(`nightcap up${reason === null ? "" : ` (${reason})`}`, () => {
  let state: string;
  let port: number;
  let up: { child: ChildProcess; output(): string };
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "nightcap-up-"));
    port = await freePort();
    up = startUp("--port", String(port));
  });
  afterAll(async () => {
    up.child.kill("SIGKILL");
    await vi.waitFor(() => expect(childrenOf(state)).toEqual([]), waitOptions);
    await rm(state, { recursive: true, force: true });
  });

  const startUp = (...more: string[]) => {
    const args = [resolve("src/main.ts"), "up", "--state", state, ...more];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    return { child, output: () => output };
  };

  test("says where it is, where the credentials are, and what to try", async () => {
    await vi.waitFor(() => expect(up.output()).toContain("Ctrl-C stops it"), waitOptions);
    expect(up.output()).toContain(`https://127.0.0.1:${port}`);
    expect(up.output()).toContain(join(state, "credentials.json"));
    expect(up.output()).toContain("capture create");
    expect(up.output()).toMatch(/https:\/\/127\.0\.0\.1:\d+\/ui\/welcome#[\w-]{43}\n/);
    expect(up.output()).toMatch(/^  blocking +off: .* --allow-blocking lets it$/m);
  });

  test("runs one drill by itself, whose report is there, and leaves no namespace", async () => {
    await vi.waitFor(() => expect(up.output()).toContain("cleaning up"), waitOptions);
    expect(up.output()).toMatch(/alert fired.*\n.*function called.*\n.*packet capture .* created/);
    // The flight recorder has the time before the burst, so that there is an answer; it and the incident are told.
    expect(up.output().replaceAll(/\s+/g, " ")).toMatch(
      /The answer .*: bytes out rose from .* kB\/s to .* MB\/s .* the extra bytes: 198\.51\.100\.80:80/,
    );
    expect(up.output()).toMatch(/^Incident ([0-9a-f]{16}): 1 alert.*\n.*incidents show \1 /m);
    const path = /^Report: (.*)$/m.exec(up.output())?.[1] ?? "";
    expect(readFileSync(path, "utf8")).toContain("198.51.100.80");
    await vi.waitFor(async () => {
      const { stdout } = await run("ip", ["netns", "list"]);
      expect(stdout).not.toContain("nightcap-drill");
    }, waitOptions);
  });

  test("its processes end with it, also after kill -9, and the next start goes on without a drill", async () => {
    expect(childrenOf(state).length).toBeGreaterThanOrEqual(2);
    up.child.kill("SIGKILL");
    await once(up.child, "exit");
    await vi.waitFor(() => expect(childrenOf(state)).toEqual([]), waitOptions);
    const settings = join(state, "settings.json");
    await writeFile(settings, JSON.stringify({ port, captureSeconds: 7 }));
    up = startUp("--settings", settings, "--allow-blocking");
    await vi.waitFor(() => expect(up.output()).toContain("Ctrl-C stops it"), waitOptions);
    expect(up.output()).toContain(`https://127.0.0.1:${port}`);
    expect(up.output()).toMatch(/^  blocking +allowed on this host/m);
    expect(commandsOf(state, "agent")).toContainEqual(expect.arrayContaining(["--allow-blocking"]));
    expect(existsSync(join(state, "first-drill"))).toBe(true);
    expect(up.output()).not.toContain("Drill:");
  });

  test("names what is wrong in a settings file, and ends", async () => {
    const settings = join(state, "wrong.json");
    await writeFile(settings, JSON.stringify({ notifications: { targetz: [] } }));
    const args = ["up", "--state", join(state, "other"), "--settings", settings];
    const { code, stderr } = await runNightcap(...args);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/control plane: notifications: Unrecognized key: "targetz"\n/),
    ]);
  });

  test("starts a part again that was killed", async () => {
    const server = childrenOf(state).find(({ command }) => command.includes("server"));
    process.kill(server?.pid ?? 0, "SIGKILL");
    await vi.waitFor(() => {
      const again = childrenOf(state).filter(({ command }) => command.includes("server"));
      expect(again).toHaveLength(1);
      expect(again[0]?.pid).not.toBe(server?.pid);
    }, waitOptions);
    expect(up.output()).toContain("control plane ended (signal SIGKILL); it is started again");
  });

  test("stops when it is told to, with exit code 0", async () => {
    up.child.kill("SIGTERM");
    expect(await once(up.child, "exit")).toEqual([0, null]);
    expect(childrenOf(state)).toEqual([]);
  });
});

/** Living processes of Nightcap on this state folder, but for `up` itself. */
function childrenOf(state: string): { pid: number; command: readonly string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
    .filter(({ pid, command }) => {
      const ours = command.some((part) => part.startsWith(state)) && !command.includes("up");
      return ours && isProcessAlive(pid);
    });
}

const commandsOf = (state: string, part: string): (readonly string[])[] =>
  childrenOf(state)
    .map(({ command }) => command)
    .filter((command) => command.includes(part));

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // ended meanwhile
  }
}
