import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runNightcap } from "./run-nightcap.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures", "captures");
const capture = join(fixtures, "tls.pcap");
let directory = "";
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), "nightcap-cli-"))));
afterAll(() => rm(directory, { recursive: true }));

async function packetsOf(path: string): Promise<number> {
  const { stdout } = await runNightcap("inspect", "--json", path);
  const { file }: { file: { packets: number } } = JSON.parse(stdout);
  return file.packets;
}

test("cut writes the packets of a filter, gzipped by its name, and does not overwrite", async () => {
  const output = join(directory, "cut.pcapng.gz");
  const args = ["cut", capture, "--filter", "tls", "--from", "+0s", "-o", output];
  const first = await runNightcap(...args);
  expect(first).toMatchObject({ code: 0, stdout: "" });
  expect(first.stderr).toMatch(/: \d+ of 15 packets written\n$/);
  expect((await readFile(output)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  const again = await runNightcap(...args);
  expect(again).toMatchObject({
    code: 1,
    stderr: `nightcap: ${output} is there already: --force overwrites it\n`,
  });
  expect((await runNightcap(...args, "--force")).code).toBe(0);
  expect((await readdir(directory)).filter((name) => name.includes("partial"))).toEqual([]);
});

test("cut says where a filter is wrong, and what a time looks like", async () => {
  const output = join(directory, "wrong.pcap");
  const filter = await runNightcap("cut", capture, "--filter", "tcp ==", "-o", output);
  expect(filter.code).toBe(2);
  expect(filter.stderr).toContain("character");
  const time = await runNightcap("cut", capture, "--from", "noon", "-o", output);
  expect(time.stderr).toContain('"noon" is no time');
});

test("split makes numbered parts, which merge puts together again", async () => {
  const prefix = join(directory, "part");
  expect((await runNightcap("split", capture, "--every", "6packets", "-o", prefix)).code).toBe(0);
  const parts = [1, 2, 3].map((number) => `${prefix}-0000${number}.pcapng`);
  expect(await packetsOf(parts[2] ?? "")).toBe(3);
  const merged = join(directory, "merged.pcap");
  const { stderr } = await runNightcap("merge", ...parts.toReversed(), "-o", merged);
  expect(stderr).toBe(`nightcap: ${merged}: 15 packets written\n`);
  expect(await packetsOf(merged)).toBe(15);
});

test("strip writes to standard output, from standard input", async () => {
  const run = promisify(execFile);
  const main = join(import.meta.dirname, "../../src/main.ts");
  const script = `"$0" "$1" strip - -o - --format pcap < "$2" > "$3"`;
  const output = join(directory, "stripped.pcap");
  await run("sh", ["-c", script, process.execPath, main, capture, output]);
  expect(await packetsOf(output)).toBe(15);
});

test("an interrupted command leaves nothing behind", async () => {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const inside = await mkdtemp(join(directory, "interrupted-"));
  const child = spawn(process.execPath, [main, "strip", "-", "-o", join(inside, "x.pcap")]);
  child.stdin.write(await readFile(capture));
  const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
  await expect.poll(() => readdir(inside), { timeout: 10_000 }).toHaveLength(1);
  child.kill("SIGINT");
  expect(await ended).toBe("SIGINT");
  expect(await readdir(inside)).toEqual([]);
});

test("a full disk, a reader that has gone and a file that is not there are told in a line", async () => {
  const full = await runNightcap("cut", capture, "-o", "/dev/full", "--format", "pcap");
  expect(full).toMatchObject({ code: 1 });
  expect(full.stderr).toMatch(/^nightcap: cannot write \/dev\/full: ENOSPC[^\n]*\n$/);
  const absent = await runNightcap("cut", "/nowhere.pcap", "-o", join(directory, "x.pcap"));
  expect(absent.stderr).toMatch(/^nightcap: cannot read \/nowhere.pcap: ENOENT[^\n]*\n$/);
  const noCapture = join(directory, "text");
  await writeFile(noCapture, "no capture");
  const refused = await runNightcap("strip", noCapture, "-o", join(directory, "y.pcap"));
  expect(refused.stderr).toMatch(/^nightcap: \S+text: a file that begins with [^\n]*\n$/);
  expect(await readdir(directory)).not.toContain("y.pcap");
});
