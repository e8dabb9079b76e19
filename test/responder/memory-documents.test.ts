import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DocumentTable } from "../../src/common/documents.ts";
import { memoryDocumentTable } from "../../src/responder/memory-documents.ts";
import { openState, type State } from "../../src/state/state.ts";

interface Body {
  value: number;
}
let directory = "";
let state: State;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-documents-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
});

afterAll(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

// The table on disk is the model: both must answer the same.
const tables: [string, () => DocumentTable<Body>][] = [
  ["memory", () => memoryDocumentTable<Body>()],
  ["sqlite", () => state.documents<Body>("responderJobs")],
];

describe.each(tables)("%s", (_name, open) => {
  test("writes under a condition, lists in key order, and gives what is due", async () => {
    const table = open();
    expect(await table.put("b", { value: 1 }, { revision: 0, dueAt: 20 })).toMatchObject({
      revision: 1,
    });
    expect(await table.put("b", { value: 2 }, { revision: 0 })).toBeNull();
    expect(await table.getMany(["a", "b"])).toMatchObject([{ key: "b", body: { value: 1 } }]);
    expect(await table.countDue()).toBe(1);
    expect(await table.put("b", { value: 2 }, { revision: 1, dueAt: 20 })).toMatchObject({
      revision: 2,
    });
    expect(await table.put("c", { value: 3 }, { revision: 4 })).toBeNull();
    await table.put("a", { value: 4 }, { dueAt: 30 });
    await table.put("ab", { value: 5 });
    expect((await table.list()).map(({ key }) => key)).toEqual(["a", "ab", "b"]);
    expect((await table.list({ prefix: "a" })).map(({ key }) => key)).toEqual(["a", "ab"]);
    expect((await table.list({ after: "a", limit: 1 })).map(({ key }) => key)).toEqual(["ab"]);
    expect((await table.due(19, 9)).map(({ key }) => key)).toEqual([]);
    expect((await table.due(30, 9)).map(({ key }) => key)).toEqual(["b", "a"]);
    expect(await table.get("b")).toEqual({ key: "b", body: { value: 2 }, revision: 2, dueAt: 20 });
    expect(await table.count()).toBe(3);
    expect([await table.delete("b"), await table.delete("b")]).toEqual([true, false]);
    expect(await table.get("b")).toBeNull();
  });
});

test("what was given out is a copy", async () => {
  const table = memoryDocumentTable<Body>();
  const body = { value: 1 };
  const stored = await table.put("a", body);
  body.value = 2;
  if (stored) stored.body.value = 3;
  expect((await table.get("a"))?.body).toEqual({ value: 1 });
});
