import { Command } from "commander";
import { expect, test } from "vitest";
import { capturesOf, type CreateOptions, withCreateOptions } from "../../src/cli/capture-create.ts";

const now = new Date("2026-11-21T02:00:00Z");

const optionsOf = (...words: string[]): CreateOptions => {
  const command = withCreateOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr() {} });
  return command.parse(words, { from: "user" }).opts<CreateOptions>();
};

test("several hosts have a capture each, and look back from one moment", () => {
  const options = optionsOf(
    "--host",
    "web-1",
    "--host",
    "db-1",
    "--host",
    "web-1",
    "--look-back",
    "5m",
  );
  const captures = capturesOf("slow", options, now);
  expect(captures.map(({ name, options: { vm } }) => [name, vm])).toEqual([
    ["slow-web-1", "web-1"],
    ["slow-db-1", "db-1"],
  ]);
  expect(
    captures.map(({ options: { lookBack, lookBackFrom } }) => [lookBack, lookBackFrom]),
  ).toEqual([
    [300, "2026-11-21T02:00:00.000Z"],
    [300, "2026-11-21T02:00:00.000Z"],
  ]);
  expect(captures.map(({ options: { group } }) => group)).toEqual([
    "slow-20261121T020000000Z",
    "slow-20261121T020000000Z",
  ]);
  const [chosen] = capturesOf("slow", { ...options, group: "tonight" }, now);
  expect(chosen?.options.group).toBe("tonight");
  const from = "2026-11-21T01:00:00Z";
  const [first] = capturesOf("slow", { ...options, lookBackFrom: from }, now);
  expect(first?.options.lookBackFrom).toBe(from);
});

test("one capture is as it was asked for; several hosts stand beside no other target", () => {
  const options = optionsOf("--vm", "web-1", "--look-back", "60");
  expect(capturesOf("one", options, now)).toEqual([{ name: "one", options }]);
  expect(() => capturesOf("one", { ...options, host: ["db-1"] }, now)).toThrow(/--host .* no --vm/);
});

test.each(["x", "1.5s", "-1", "1d"])(
  "a look-back of %s is refused with what is allowed",
  (text) => {
    expect(() => optionsOf("--look-back", text)).toThrow(
      /expected a time such as 60, 60s, 5m or 1h/,
    );
  },
);

test("a policy is asked for by its name; pseudonyms need one", () => {
  expect(optionsOf("--privacy", "keep-names", "--pseudonymise")).toMatchObject({
    privacy: "keep-names",
    pseudonymise: true,
  });
  expect(optionsOf("--privacy", "keep-names", "--http-request-lines")).toMatchObject({
    httpRequestLines: true,
  });
  expect(() => optionsOf("--privacy", "most")).toThrow(/headers-only, keep-names/);
});
