import { createServer } from "node:net";
import { once } from "node:events";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { describeChecks, mainJobWorks } from "../../src/cli/doctor.ts";
import type { Check } from "../../src/cli/doctor/checks.ts";
import { checkClock, checkDirectory, checkNode } from "../../src/cli/doctor/host-checks.ts";
import { checkNamespaces, checkPort, checkProgram } from "../../src/cli/doctor/network-checks.ts";
import { run } from "../../src/common/run.ts";
import { skipReason } from "../bed/availability.ts";
import { listNamespaces } from "../bed/names.ts";

const subject = { name: "thing", essential: true, why: "it matters", remedy: "buy one" };
const check = (change: Partial<Check>): Check => ({
  ...subject,
  state: "ok",
  found: "here",
  ...change,
});

test("doctor names each check with its state, and why and how for what is not ok", () => {
  const checks = [check({}), check({ name: "other", state: "missing", found: "nothing" })];
  expect(describeChecks(checks)).toMatchInlineSnapshot(`
    "ok        thing  here
    missing   other  nothing
                why: it matters
                get it: buy one

    This host cannot do the main job yet: get what is missing above."
  `);
});

test("only a missing essential thing stops the main job", () => {
  expect(mainJobWorks([check({ state: "degraded" })])).toBe(true);
  expect(mainJobWorks([check({ state: "missing", essential: false })])).toBe(true);
  expect(mainJobWorks([check({ state: "missing" })])).toBe(false);
});

test("an old Node, an unset clock, a missing program and a file for a directory are seen", async () => {
  expect(checkNode("20.20.2").state).toBe("missing");
  expect(checkNode("24.0.0").state).toBe("ok");
  expect(checkClock(0)).toMatchObject({ state: "missing", found: "1970-01-01T00:00:00.000Z" });
  const program = await checkProgram({ ...subject, name: "nightcap-no-such-program" });
  expect(program).toMatchObject({ state: "missing", found: "no such program" });
  const directory = await checkDirectory(resolve("package.json"), subject);
  expect(directory).toMatchObject({
    state: "missing",
    found: expect.stringContaining("no directory"),
  });
});

test("a port in use is degraded, a free one ok", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await checkPort(port)).toMatchObject({ state: "degraded", found: "in use on 127.0.0.1" });
  server.close();
  await once(server, "close");
  expect(await checkPort(port)).toMatchObject({ state: "ok" });
});

test("the command gives JSON, exit code 0 where the main job works, and leaves nothing", async () => {
  const { code, stdout } = await run(resolve("bin/nightcap"), ["doctor", "--json"]);
  const report = JSON.parse(stdout) as { works: boolean; checks: Check[] };
  expect(code).toBe(report.works ? 0 : 1);
  expect(report.checks.map(({ name }) => name)).toContain("dumpcap");
  expect(listNamespaces().filter((name) => name.startsWith("nightcap-doctor"))).toEqual([]);
});

const reason = skipReason();
test.skipIf(reason !== null)(
  "where the test bed works, doctor says that namespaces do",
  async () => {
    expect(await checkNamespaces()).toMatchObject({ state: "ok" });
  },
);
