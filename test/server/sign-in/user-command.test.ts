// `nightcap user` and `nightcap role-assignment` of users, against a control plane.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { commandEntries, runProgram } from "../../../src/cli/program.ts";
import { openSignInBed, password, type SignInBed } from "./bed.ts";

let bed: SignInBed;

beforeAll(async () => {
  bed = await openSignInBed();
});
afterAll(() => bed.close());

/** Runs a command in this process. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      said[name] += String(text);
      return true;
    }),
  );
  const code = await runProgram([...args, "--state", bed.directory], commandEntries);
  for (const spy of spies) spy.mockRestore();
  return { code, ...said };
}

test("a user from the invitation to the end", async () => {
  expect((await run("user", "list")).stdout).toBe("no users\n");
  const added = await run("user", "add", "kim", "--role", "Reader");
  expect(added).toMatchObject({ code: 0, stderr: "" });
  const [, key = ""] = /\/ui\/welcome#(\S+)/.exec(added.stdout) ?? [];
  expect((await run("user", "list")).stdout).toMatch(/^[0-9a-f-]{36} {2}kim {2}invited\n$/);
  const browser = bed.browser();
  await browser.ask("POST", "/nightcap/v1/session/link", { body: { key, password } });
  expect((await browser.session()).body.roles).toMatchObject([{ name: "Reader" }]);
  expect((await run("user", "list")).stdout).toMatch(/ kim {2}signed in 20/);

  const given = await run(
    "role-assignment",
    "create",
    "--assignee",
    "kim",
    "--role",
    "Contributor",
  );
  expect(given.stdout).toMatch(/^Contributor {2}kim {2}\/subscriptions\//);
  expect((await browser.session()).body.roles).toHaveLength(2);

  const file = join(bed.directory, "new-password");
  await writeFile(file, "a new one it is\n");
  const set = await run("user", "set-password", "kim", "--password-file", file, "--json");
  expect(JSON.parse(set.stdout)).toMatchObject({ name: "kim", hasPassword: true });
  expect((await browser.session()).body.signedIn).toBe(false);
  expect((await browser.signIn("kim", "a new one it is")).status).toBe(200);

  expect((await run("user", "disable", "kim")).stdout).toBe("kim may not sign in\n");
  expect((await browser.session()).body.signedIn).toBe(false);
  const refused = await run("user", "link", "kim");
  expect([refused.code, refused.stderr]).toEqual([
    1,
    'nightcap: user "kim" is disabled (Conflict)\n',
  ]);
  await run("user", "enable", "kim");
  const link = await run("user", "link", "kim", "--json");
  expect(JSON.parse(link.stdout).link.url).toContain(`${bed.url}/ui/welcome#`);

  expect((await run("user", "delete", "kim")).stdout).toBe("kim is deleted\n");
  const { body } = await bed.asOwner(
    "GET",
    `${bed.subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`,
  );
  const types = body.value.map((each: { properties: { principalType: string } }) => {
    return each.properties.principalType;
  });
  expect(types).not.toContain("User");
});

test.each([
  [["user", "add", "a b"], "letters, digits"],
  [["user", "add", "kim", "--role", "Emperor"], 'there is no role "Emperor"'],
  [["user", "add", "kim", "--scopes", "/"], "name it with --role"],
  [["user", "delete", "nobody"], 'there is no user "nobody"'],
  [
    ["role-assignment", "create", "--assignee", "nobody", "--role", "Reader"],
    "no service principal",
  ],
])("nightcap %s is refused", async (args, why) => {
  const { code, stderr } = await run(...args);
  expect([code, stderr.includes(why)]).toEqual([1, true]);
});

test("nothing is left of what was refused", async () => {
  expect((await run("user", "list")).stdout).toBe("no users\n");
});
