import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runNightcap, type Output } from "./run-nightcap.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures", "captures");

const inspectFiles = (...args: string[]): Promise<Output> => runNightcap("inspect", ...args);

const objects = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));

test("--json gives one object a line in the order of the files, also for those it cannot read", async () => {
  const files = [
    join(fixtures, "tls.pcap"),
    join(fixtures, "record.ts"),
    join(fixtures, "none.pcap"),
    join(fixtures, "cooked.pcapng"),
  ];
  const { code, stdout } = await inspectFiles("--json", ...files);
  const answers = objects(stdout);
  expect(code).toBe(1);
  expect(answers.map(({ path }) => path)).toEqual(files);
  expect(answers.map((answer) => Object.hasOwn(answer, "protocolHierarchy"))).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(answers[1]).toMatchObject({ error: { code: "CaptureFormatUnknown" } });
  expect(answers[2]).toMatchObject({ error: { code: "CaptureFileFailed" } });
});

test("without --json a person reads findings first, then latency, protocols, destinations and streams", async () => {
  const { code, stdout } = await inspectFiles(join(fixtures, "tls.pcap"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/\n {6}tcp +/);
  expect(stdout).toMatch(/TCP handshake +median \d+ µs/);
  expect(stdout).toContain("asked for in TLS: www.example.com 1");
  const titles = [
    "Findings",
    "Latency",
    "Protocols",
    "Destinations and ports",
    "Streams",
    "Time line",
  ];
  const places = titles.map((title) => stdout.indexOf(`\n${title}\n`));
  expect(places.every((at) => at > 0)).toBe(true);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});

test("a file that is no capture is named on standard error", async () => {
  const { code, stderr } = await inspectFiles(join(fixtures, "record.ts"));
  expect(code).toBe(1);
  expect(stderr).toContain("neither pcap nor pcapng");
});

test("--policy says what is expected; a wrong policy is named with its key, and nothing is read", async () => {
  const policy = join(mkdtempSync(join(tmpdir(), "nightcap-policy-")), "policy.json");
  writeFileSync(policy, '{"allowedPorts": ["53/udp"]}');
  const told = await inspectFiles("--policy", policy, join(fixtures, "tls.pcap"));
  expect(told.code).toBe(0);
  expect(told.stdout).toContain("TCP port 443 was used, which the policy does not allow");
  writeFileSync(policy, '{"allowedPorts": ["http"]}');
  const refused = await inspectFiles("--policy", policy, join(fixtures, "tls.pcap"));
  expect(refused.code).not.toBe(0);
  expect(refused.stdout).toBe("");
  expect(refused.stderr).toContain("allowedPorts[0]");
});
