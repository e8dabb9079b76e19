import { join } from "node:path";
import { expect, test } from "vitest";
import { runNightcap } from "./run-nightcap.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures", "captures");
const capture = join(fixtures, "http-dns.pcapng");

test("--all prints one object a stream", async () => {
  const { code, stdout } = await runNightcap("follow", "--all", "--json", capture);
  const [first] = stdout.split("\n");
  expect(code).toBe(0);
  expect(Object.keys(JSON.parse(first ?? ""))).toEqual([
    "stream",
    "a",
    "b",
    "bytesAToB",
    "bytesBToA",
    "sha256AToB",
    "sha256BToA",
  ]);
});

test("text shows who sent what, hex indents the second side, raw is the bytes alone", async () => {
  const text = await runNightcap("follow", capture, "1");
  expect(text.stdout).toMatch(/^--- a ---\nGET [^\r]*\n[^]*\n--- b ---\nHTTP\/1/);
  const hex = await runNightcap("follow", capture, "1", "--format", "hex");
  expect(hex.stdout).toMatch(/^00000000 {2}47 45 54 20/);
  expect(hex.stdout).toMatch(/\n {4}00000000 {2}48 54 54 50/);
  const raw = await runNightcap("follow", capture, "1", "--format", "raw", "--side", "b");
  expect(raw.stdout).toMatch(/^HTTP\/1/);
});

test("the bodies of HTTP messages come without their heads, each under its start line", async () => {
  const raw = await runNightcap("follow", capture, "1", "--protocol", "http", "--format", "raw");
  expect(raw.stdout).toBe(`hello\n${"x".repeat(4_000)}`);
  const text = await runNightcap("follow", capture, "1", "--protocol", "http");
  expect(text.stdout).toMatch(/^--- a GET \/ HTTP\/1.1 ---\n--- b HTTP\/1.1 200 OK ---\nhello\n/);
  const json = await runNightcap("follow", capture, "1", "--protocol", "http", "--json");
  const [, response, body] = json.stdout
    .split("\n")
    .map((line): unknown => line && JSON.parse(line));
  expect(response).toMatchObject({ side: "b", contentType: "text/plain", isDecoded: false });
  expect(body).toMatchObject({ side: "b", bytes: 6, base64: "aGVsbG8K" });
});

test("a stream that is not there, and no stream at all, are told", async () => {
  const absent = await runNightcap("follow", capture, "4000");
  expect(absent.code).toBe(1);
  expect(absent.stderr).toBe(`nightcap: ${capture} has no tcp stream 4000\n`);
  const none = await runNightcap("follow", capture, "x");
  expect(none.stderr).toBe('nightcap: "x" is no stream number: give a number, or --all\n');
});
