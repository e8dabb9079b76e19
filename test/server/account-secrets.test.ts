import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forgetLostAccounts, openAccountSecrets } from "../../src/server/account-secrets.ts";
import { openState, type State } from "../../src/state/state.ts";

const account = (name: string) => ({
  id: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`,
  name,
  blobEndpoint: `https://${name}.blob.core.windows.net/`,
  credential: { kind: "keys" as const, keys: [`key of ${name}`] },
});

let directory: string;
let state: State;
const open = () => openAccountSecrets(directory, ["first", "second"]);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-secrets-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
});

afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

test("accounts written at once are all kept, in a file for its owner alone", async () => {
  const { registered } = await open();
  const names = Array.from({ length: 10 }, (_, index) => `account${index}`);
  await Promise.all(names.map((name) => registered.put(account(name))));
  const again = (await open()).registered;
  expect(again.list().map(({ name }) => name)).toEqual(names);
  expect(again.find(account("account3").id.toUpperCase())).toEqual(account("account3"));
  const { mode } = await stat(join(directory, "storage-accounts.json"));
  expect(mode & 0o777).toBe(0o600);
});

test("an account whose resource went with its group is forgotten with its key", async () => {
  const { registered } = await open();
  const [kept, lost] = [account("kept"), account("lost")];
  for (const each of [kept, lost]) await registered.put(each);
  const type = "Microsoft.Storage/storageAccounts";
  await state.resources.put({ id: kept.id, type, body: {} });
  await forgetLostAccounts(state, registered);
  expect(registered.list()).toEqual([kept]);
  expect(await readFile(join(directory, "storage-accounts.json"), "utf8")).not.toContain("lost");
});

test("a damaged file is not taken for an empty one", async () => {
  await writeFile(join(directory, "storage-accounts.json"), "{");
  await expect(open()).rejects.toMatchObject({ code: "SettingsInvalid" });
});
