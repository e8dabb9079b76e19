import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findRole } from "../../src/provider/authorization/built-in-roles.ts";
import { gatewayCapacityRoutes } from "../../src/server/flows-views/gateway-capacities.ts";
import { actionsOf } from "../../src/server/nightcap-access.ts";
import { openState, type State } from "../../src/state/state.ts";
import { askRoutes } from "./ask-routes.ts";

const path = "/nightcap/v1/gateway-capacities";
let directory: string;
let state: State;
let notes: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-capacities-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  notes = [];
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

const clock = { now: () => Date.UTC(2026, 10, 22), sleep: async () => {} };
const ask = async (method: string, name = "", body?: unknown) => {
  const routes = gatewayCapacityRoutes({ state, clock });
  const where = name === "" ? path : `${path}/${encodeURIComponent(name)}`;
  const answer = await askRoutes(routes, [method, where, body], { notes });
  return answer?.text ? (JSON.parse(answer.text) as Record<string, unknown>) : null;
};

test("what a connection carries is kept for everybody, changed, taken back, and in the audit", async () => {
  const first = { connection: "to/HQ", megabitsPerSecond: 650 };
  const who = { setBy: "me", setTime: "2026-11-22T00:00:00.000Z" };
  expect(await ask("PUT", "to/HQ", { megabitsPerSecond: 650 })).toEqual({ ...first, ...who });
  await ask("PUT", "a-site", { megabitsPerSecond: 1 });
  await ask("PUT", "TO/hq", { megabitsPerSecond: 1_250 });
  expect(await ask("GET")).toMatchObject({
    value: [
      { connection: "a-site", megabitsPerSecond: 1 },
      { connection: "TO/hq", megabitsPerSecond: 1_250 },
    ],
  });
  await ask("DELETE", "to/hq");
  expect((await ask("GET"))?.["value"]).toHaveLength(1);
  await expect(ask("DELETE", "to/hq")).rejects.toMatchObject({ code: "ResourceNotFound" });
  expect(notes.slice(0, 1)).toEqual(["to/HQ: 650 Mbit/s"]);
});

test.each([0, 10_000_001, 1.5, "9", null])("%j megabits are refused", async (megabitsPerSecond) => {
  const asked = ask("PUT", "to-hq", { megabitsPerSecond });
  await expect(asked).rejects.toMatchObject({ code: "InvalidRequestContent" });
});

test("names and their number have bounds", async () => {
  const body = { megabitsPerSecond: 5 };
  await expect(ask("PUT", "x".repeat(261), body)).rejects.toThrow("over 260 characters");
  await expect(ask("PUT", "a\u0007b", body)).rejects.toThrow("no plain text");
  await state.transact(async (inside) => {
    for (let at = 0; at < 500; at++)
      await inside.documents("gatewayCapacities").put(`n${at}`, { connection: `n${at}` });
  });
  await expect(ask("PUT", "one-more", body)).rejects.toMatchObject({ code: "Conflict" });
  expect(await ask("PUT", "n7", body)).toMatchObject({ connection: "n7" });
});

test("a Reader reads it, and may not write", () => {
  const request = (method: string) => new Request(`https://x${path}/a`, { method });
  expect(actionsOf(request("PUT"))).toEqual(["Nightcap/gateway-capacities/write"]);
  expect(actionsOf(request("DELETE"))).toEqual(["Nightcap/gateway-capacities/delete"]);
  expect(findRole("Reader")?.permission.actions).toEqual(["*/read"]);
});
