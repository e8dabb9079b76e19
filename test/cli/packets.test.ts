import { join } from "node:path";
import { expect, test } from "vitest";
import { runNightcap } from "./run-nightcap.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures", "captures");
const capture = join(fixtures, "http-dns.pcapng");

test("--count prints a number a line, and the reason for a filter that is wrong", async () => {
  const filters = ["tcp", "tcp.prot == 80", "frame.number == 1"].flatMap((text) => [
    "--filter",
    text,
  ]);
  const { code, stdout } = await runNightcap("packets", capture, "--count", ...filters);
  const [first, second, third] = stdout.split("\n");
  expect(code).toBe(0);
  expect(Number(first)).toBeGreaterThan(0);
  expect(second).toMatch(/^error: "tcp.prot" is not supported.*near it: tcp.port$/);
  expect(third).toBe("1");
});

test("one wrong filter ends with code 2 and a mark under the place", async () => {
  const { code, stdout, stderr } = await runNightcap(
    "packets",
    capture,
    "--filter",
    "tcp and ip.src = 1",
  );
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: "",
    stderr: [
      'nightcap: filter: "=" is no operator; a comparison is written "==" (character 16)',
      "  tcp and ip.src = 1",
      "                 ^",
      "",
    ].join("\n"),
  });
});

test("lists packets as lines, as values of fields, and as JSON", async () => {
  const list = await runNightcap("packets", capture, "--filter", "tcp", "--limit", "2");
  expect(list.stdout.trimEnd().split("\n")).toHaveLength(2);
  const fields = await runNightcap(
    "packets",
    capture,
    "--fields",
    "frame.number,frame.len",
    "--limit",
    "1",
  );
  expect(fields.stdout).toMatch(/^1\t\d+\n$/);
  const wanted = ["--filter", "tcp", "--fields", "tcp.port", "--limit", "1"];
  const json = await runNightcap("packets", capture, "--json", ...wanted);
  const packet: unknown = JSON.parse(json.stdout);
  expect(packet).toMatchObject({
    fields: { "tcp.port": [expect.any(String), expect.any(String)] },
  });
});

test("inspects only what a filter matches", async () => {
  const { stdout } = await runNightcap(
    "inspect",
    capture,
    "--json",
    "--filter",
    "frame.number <= 3",
  );
  expect(JSON.parse(stdout)).toMatchObject({ file: { packets: 3 } });
});
