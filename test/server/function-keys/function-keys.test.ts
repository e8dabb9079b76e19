import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAlertDoor } from "../../../src/responder/doors/alert-door.ts";
import { functionKeyRoutes } from "../../../src/server/function-keys/function-keys-api.ts";
import { openFunctionKeys } from "../../../src/server/function-keys/function-keys.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { askRoutes } from "../ask-routes.ts";

const url = "https://nightcap.example:8443/api/responder";
const subscription = "/subscriptions/s";
let directory: string;
let state: State;
let now: number;
const open = () => openFunctionKeys(directory, "the first key", { now: () => now } as never);

beforeEach(async () => {
  now = Date.parse("2026-11-21T02:00:00Z");
  directory = await mkdtemp(join(tmpdir(), "nightcap-function-keys-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true });
});

test("the key before opens the door for as long as was said, also after a restart", async () => {
  const keys = await open();
  const door = createAlertDoor({
    get keys() {
      return keys.accepted();
    },
    handle: async () => new Response(null, { status: 202 }),
  });
  const knock = async (key: string): Promise<number> =>
    (await door(new Request(`${url}?code=${key}`, { method: "POST", body: "{}" }))).status;
  expect(await knock("the first key")).toBe(202);
  const second = await keys.rotate(60_000);
  expect([await knock(second), await knock("the first key")]).toEqual([202, 202]);
  now += 60_000;
  expect([await knock(second), await knock("the first key")]).toEqual([202, 401]);
  const third = await keys.rotate(0);
  expect([await knock(third), await knock(second)]).toEqual([202, 401]);
  expect((await open()).accepted()).toEqual([third]);
  const file = join(directory, "function-keys.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, "{");
  await expect(open()).rejects.toThrow("function-keys.json is damaged");
});

test("it says which action groups have which key, and shows a key to who makes it, once", async () => {
  const keys = await open();
  let rotatedCount = 0;
  const routes = functionKeyRoutes({
    state,
    subscription,
    keys,
    url,
    onRotated: async () => void rotatedCount++,
  });
  const ask = async (method: string, path: string, body?: object) => {
    const notes: string[] = [];
    const answer = await askRoutes(routes, [method, `/nightcap/v1/${path}`, body], { notes });
    return { text: answer?.text ?? "", body: JSON.parse(answer?.text ?? "null"), notes };
  };
  await putGroup("ours", {
    azureFunctionReceivers: [{ name: "responder", httpTriggerUrl: `${url}?code=the first key` }],
    webhookReceivers: [
      { name: "stale", serviceUri: `${url}/alertmanager?code=long ago` },
      { name: "elsewhere", serviceUri: "https://hooks.example/?code=the first key" },
    ],
  });
  const first = await ask("GET", "function-keys");
  expect(first.body).toEqual({
    url,
    madeTime: null,
    earlierUntilTime: null,
    holders: [
      { ...groupOf("ours"), receiver: "responder", key: "current" },
      { ...groupOf("ours"), receiver: "stale", key: "none" },
    ],
  });
  const made = await ask("POST", "function-keys/rotate", { earlierSeconds: 3_600 });
  expect(made.body).toEqual({ key: keys.current(), earlierUntilTime: "2026-11-21T03:00:00.000Z" });
  expect(rotatedCount).toBe(1);
  expect(made.notes.join("")).not.toContain(keys.current());
  const after = await ask("GET", "function-keys");
  expect(after.body).toMatchObject({
    madeTime: "2026-11-21T02:00:00.000Z",
    holders: [{ key: "earlier" }, { key: "none" }],
  });
  expect(after.text).not.toContain(keys.current());
  await expect(ask("POST", "function-keys/rotate", { earlierSeconds: 604_801 })).rejects.toThrow(
    "earlierSeconds",
  );
});

const idOf = (name: string): string =>
  `${subscription}/resourceGroups/g/providers/Microsoft.Insights/actionGroups/${name}`;
const groupOf = (name: string) => ({ actionGroup: name, actionGroupId: idOf(name) });

async function putGroup(name: string, properties: object): Promise<void> {
  const type = "Microsoft.Insights/actionGroups";
  const body = { properties: { groupShortName: name, enabled: true, ...properties } };
  await state.resources.put({ id: idOf(name), type, body });
}
