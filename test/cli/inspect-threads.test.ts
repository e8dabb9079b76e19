import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OrderedOutput } from "../../src/cli/inspect/ordered-output.ts";
import { inspectInThreads } from "../../src/cli/inspect/threads.ts";
import { defaultPolicy } from "../../src/inspection/findings/policy.ts";
import { runNightcap } from "./run-nightcap.ts";

const root = join(import.meta.dirname, "../..");
const fixtures = join(root, "test/fixtures/captures");
const folder = mkdtempSync(join(tmpdir(), "nightcap-threads-"));
const small = join(fixtures, "tls.pcap");
const large = join(folder, "large.pcap");
const packetCount = 60_000;

/** A capture whose inspection takes much longer than that of the others. */
function writeLarge(): void {
  const header = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
  const record = Buffer.alloc(16 + 60);
  record.writeUInt32LE(60, 8);
  record.writeUInt32LE(60, 12);
  record.writeUInt16BE(0x0800, 16 + 12);
  Buffer.from("4500002e00000000401100000a0000010a000002", "hex").copy(record, 16 + 14);
  Buffer.from("04000035001a0000", "hex").copy(record, 16 + 34);
  writeFileSync(large, Buffer.concat([header, ...Array<Buffer>(packetCount).fill(record)]));
}
writeLarge();

const files = [large, small, join(folder, "none.pcap"), join(fixtures, "cooked.pcapng"), small];

test.each([[["--json"]], [["--depth", "transport"]], [["--json", "--filter", "tls or dns"]]])(
  "four threads give the same bytes as one, in the order of the files: %j",
  async (flags) => {
    const alone = await runNightcap("inspect", ...flags, "--threads", "1", ...files);
    const beside = await runNightcap("inspect", ...flags, "--threads", "4", ...files);
    expect(alone.code).toBe(1);
    expect(alone.stdout.length).toBeGreaterThan(1_000);
    expect(beside).toEqual(alone);
  },
);

test("a number of threads that cannot be is refused", async () => {
  for (const wrong of ["0", "65", "two"]) {
    const { code, stderr } = await runNightcap("inspect", "--threads", wrong, small);
    expect(code).toBe(2);
    expect(stderr).toContain("expected a whole number, 1 to 64");
  }
});

/** Runs a command in a shell, whose exit code is that of nightcap and not of who reads. */
function runInShell(command: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const nightcap = `'${process.execPath}' '${join(root, "src/main.ts")}'`;
    execFile("sh", ["-c", command.replace("nightcap", nightcap)], (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    );
  });
}

test.each([
  `nightcap inspect --json --threads 1 '${small}' '${small}'`,
  `nightcap inspect --json --threads 2 '${small}' '${small}'`,
  `nightcap inspect '${small}'`,
  `nightcap packets --json '${large}'`,
])("a reader that has enough ends the command quietly: %s", async (command) => {
  const { stdout, stderr } = await runInShell(`${command} | head -c 10`);
  expect(stdout).toHaveLength(10);
  expect(stderr).toBe("");
});

test("Ctrl-C ends the command and its threads", async () => {
  const paths = Array.from({ length: 40 }, () => large);
  const child = spawn(process.execPath, [
    join(root, "src/main.ts"),
    "inspect",
    "--json",
    "--threads=2",
    ...paths,
  ]);
  await once(child.stdout, "data");
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
});

/** Speaks as the worker does; of some paths it dies. */
const script = join(folder, "mortal.mjs");
writeFileSync(
  script,
  `import { parentPort } from "node:worker_threads";
   let path, step = 0;
   parentPort.on("message", (request) => {
     if (request !== null) [path, step] = [request, 0];
     if (path === "exits") process.exit(3);
     if (path === "throws") throw new Error("a bug");
     if (path === "breaks" && step === 1) throw new Error("half way");
     const bytes = new TextEncoder().encode(path === "breaks" ? '{"half":' : path + "\\n");
     parentPort.postMessage(step++ < 1 ? { kind: "piece", to: "stdout", bytes } : { kind: "done", isRead: true });
   });`,
);

const setup = {
  json: true,
  depth: "all",
  policy: defaultPolicy,
  filter: null,
  change: null,
  terminal: { isColored: false },
} as const;

test("a thread that dies gives that file's error, and the others go on", async () => {
  const paths = ["one", "exits", "two", "throws", "breaks", "three", "four"];
  let text = "";
  const isEachRead = await inspectInThreads(paths, {
    threadCount: 2,
    setup,
    script: new URL(`file://${script}`),
    write: async ({ bytes }) => void (text += new TextDecoder().decode(bytes)),
  });
  expect(isEachRead).toBe(false);
  const error = (path: string, reason: string): string =>
    JSON.stringify({
      path,
      error: { code: "CaptureFileFailed", message: `its inspection ended early: ${reason}` },
    });
  expect(text.trimEnd().split("\n")).toEqual([
    "one",
    error("exits", "its worker thread ended"),
    "two",
    error("throws", "a bug"),
    '{"half":',
    error("breaks", "half way"),
    "three",
    "four",
  ]);
});

test("an answer that cannot be written ends the threads and is raised", async () => {
  const ended = inspectInThreads(["one", "two", "three"], {
    threadCount: 2,
    setup,
    script: new URL(`file://${script}`),
    write: () => Promise.reject(new Error("no space left")),
  });
  await expect(ended).rejects.toThrow("no space left");
});

test("who waits for an earlier file is held back at the bound, and the earlier one never", async () => {
  const output = new OrderedOutput(2, 10);
  const chunk = (text: string) => ({ to: "stdout", bytes: Buffer.from(text) }) as const;
  const events: string[] = [];
  const written = output.writeAll(async ({ bytes }) => void events.push(bytes.toString()));
  await output.add(1, chunk("123456"));
  const held = output.add(1, chunk("789012")).then(() => events.push("more"));
  await output.add(0, chunk("a".repeat(20)));
  await output.add(0, chunk("b"));
  expect(events).toEqual(["a".repeat(20), "b"]);
  output.end(0);
  await held;
  output.end(1);
  await written;
  expect(events).toEqual(["a".repeat(20), "b", "123456", "789012", "more"]);
});
