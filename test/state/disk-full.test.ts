import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, SqliteDialect } from "kysely";
import { expect, test } from "vitest";
import { kyselyDatabase, openDatabase } from "../../src/state/node-sqlite-driver.ts";

const full = expect.objectContaining({
  code: "ServiceUnavailable",
  message: "disk of the state folder is full",
});

test("a full disk is ServiceUnavailable with its reason, and goes by", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-full-"));
  const database = openDatabase(join(directory, "a.db"));
  database.exec("CREATE TABLE t (value TEXT)");
  // SQLite's own limit of a file gives the same error as a disk without space.
  database.exec("PRAGMA max_page_count = 3");
  const insert = kyselyDatabase(database).prepare("INSERT INTO t VALUES (?)");
  expect(() => insert.run(["x".repeat(100_000)])).toThrow(full);
  const kysely = new Kysely<{ t: { value: string } }>({
    dialect: new SqliteDialect({ database: kyselyDatabase(database) }),
  });
  const value = "x".repeat(100_000);
  const write = () =>
    kysely.transaction().execute((inside) => inside.insertInto("t").values({ value }).execute());
  await expect(write()).rejects.toEqual(full);
  database.exec("PRAGMA max_page_count = 1000");
  await write();
  expect(insert.run(["x".repeat(100_000)])).toMatchObject({ changes: 1 });
  database.close();
  await rm(directory, { recursive: true });
});
