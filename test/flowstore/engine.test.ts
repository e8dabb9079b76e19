import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineSocketPath } from "../../src/flowstore/embedded/socket-path.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { backends } from "./backends.ts";
import { generateBatch } from "./flow-rows.ts";
import { openSomeEngine } from "./some-engine.ts";

test("the socket is for its owner alone", async () => {
  const { directory, remove } = await openSomeEngine();
  const path = engineSocketPath(directory);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, ".."))).mode & 0o777).toBe(0o700);
  await remove();
});

describe.each(backends)("$kind", ({ missing, open }) => {
  if (missing !== null) {
    test.skip(missing, () => {});
    return;
  }
  let engine: FlowEngine;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ engine, remove } = await open());
  });

  afterAll(() => remove());

  test("a batch is in the table once, however often its token comes", async () => {
    const batch = generateBatch(10_000);
    for (let time = 0; time < 3; time++) await insertFlows(engine, batch, null, { token: "one" });
    await insertFlows(engine, generateBatch(5), null, { token: "two" });
    expect(
      await engine.rows({
        sql: `SELECT toString(count()) AS count, toString(sum(bytesToDestination)) AS bytes,
              toString(max(bytesToSource)) AS top, toString(max(destination)) AS address,
              max(time) AS time, uniqExact(rule) AS rules, uniqExact(flowLogId) AS logs
            FROM flow`,
      }),
    ).toMatchInlineSnapshot(`
    [
      {
        "address": "2001:db8::270f",
        "bytes": "4999501000",
        "count": "10005",
        "logs": 1,
        "rules": 2,
        "time": "2026-11-21 12:00:09.999",
        "top": "1099511637775",
      },
    ]
  `);
  });

  test("each roll-up counts each row once, also those that came twice", async () => {
    const tables = ["flow_interval", "flow_1m", "flow_10m", "flow_60m"];
    for (const table of tables) {
      expect(
        await engine.rows({
          sql: `SELECT toString(sum(recordCount)) AS count, toString(sum(bytesToDestination)) AS bytes,
                toString(sum(begun)) AS begun, toString(sum(denied)) AS denied FROM ${table}`,
        }),
        table,
      ).toEqual([{ count: "10005", bytes: "4999501000", begun: "2502", denied: "2501" }]);
    }
  });

  test("values of a query are bound, not written into it", async () => {
    const text = "it's \\ \t\n 'x'; DROP TABLE flow --";
    expect(
      await engine.rows({
        sql: "SELECT {text:String} AS text, {list:Array(String)} AS list",
        parameters: { text, list: [text, ""] },
      }),
    ).toEqual([{ text, list: [text, ""] }]);
  });

  test("rows come in any format, with settings in the statement", async () => {
    await engine.command({
      sql: "CREATE TABLE notes (a UInt8, b String) ENGINE = MergeTree ORDER BY a",
    });
    await engine.client.exec({
      query: "INSERT INTO notes (a, b) SETTINGS max_insert_threads = 1 FORMAT JSONEachRow",
      values: Readable.from(['{"a":1,"b":"one"}\n', '{"a":2,"b":"it\'s"}\n'], {
        objectMode: false,
      }),
    });
    await engine.client.insert({
      table: "notes",
      values: [{ a: 3, b: "\\" }],
      format: "JSONEachRow",
    });
    expect(await engine.rows({ sql: "SELECT * FROM notes ORDER BY a" })).toEqual([
      { a: 1, b: "one" },
      { a: 2, b: "it's" },
      { a: 3, b: "\\" },
    ]);
  });

  test("ClickHouse's own errors keep their code", async () => {
    await expect(engine.rows({ sql: "SELECT 1 FROM nothing_here" })).rejects.toMatchObject({
      code: "60",
      type: "UNKNOWN_TABLE",
    });
    await expect(engine.rows({ sql: "SELEC 1" })).rejects.toMatchObject({ code: "62" });
  });
});
