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

test("a ring that is to begin in the past has a file beside it, which the ring does not overwrite", () => {
  const words = ["--vm", "web-1", "--continuous", "--look-back", "60s", "--file-count", "3"];
  const options = optionsOf(...words, "--file-path", "/var/captures/a.cap", "--class", "evidence");
  const captures = capturesOf("slow", options, now);
  expect(captures.map(({ name }) => name)).toEqual(["slow-before", "slow"]);
  const [before, ring] = captures.map((capture) => capture.options);
  const group = "slow-20261121T020000000Z";
  expect(before).toMatchObject({
    lookBack: 60,
    lookBackFrom: "2026-11-21T02:00:00.000Z",
    seconds: 30,
    filePath: "/var/captures/a-before.cap",
    class: "evidence",
    group,
  });
  expect(before).not.toHaveProperty("continuous");
  expect(before).not.toHaveProperty("fileCount");
  expect(ring).toMatchObject({ continuous: true, fileCount: 3, class: "evidence", group });
  expect(ring).not.toHaveProperty("lookBack");
  expect(ring).not.toHaveProperty("lookBackFrom");
  const short = optionsOf("--end-when-full", "--look-back", "60s", "--seconds", "5");
  expect(capturesOf("s", { ...short, host: ["a", "b"] }, now).map(({ name }) => name)).toEqual([
    "s-a-before",
    "s-a",
    "s-b-before",
    "s-b",
  ]);
  expect(capturesOf("s", short, now)[0]?.options.seconds).toBe(5);
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
