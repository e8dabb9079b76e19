import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ChunkLedger } from "../../src/flowsource/chunk-ledger.ts";
import type { FlowSource } from "../../src/flowsource/flow-source.ts";
import type { InsertRows } from "../../src/flowsource/import-parts.ts";
import { importSource } from "../../src/flowsource/import-source.ts";
import type { ImportTotals } from "../../src/flowsource/import-totals.ts";
import { openFlowSource } from "../../src/flowsource/open-source.ts";
import { startWindowParser, type WindowParser } from "../../src/flowsource/parse/window-parser.ts";
import { createChunkLedger } from "../../src/flowstore/ledger/chunk-ledger.ts";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { s3Bucket, s3Variables, startS3Server } from "./s3-server.ts";
import { layoutPath, vnetLog, vnetRecord } from "./vnet-log.ts";

const root = mkdtempSync(join(tmpdir(), "nightcap-import-"));
let engine: FlowEngine;
let parser: WindowParser;
let directory: string;
let testCount = 0;
/** Each test has hours of its own. */
let hour = 0;

beforeAll(async () => {
  const settings = { directory: join(root, "flows"), idleSeconds: 30 };
  engine = await openFlowEngine(flowStoreSettings.parse(settings));
  parser = startWindowParser();
});

beforeEach(() => {
  directory = join(root, `test-${testCount++}`);
  hour = testCount;
  mkdirSync(directory);
});

afterAll(async () => {
  await parser.close();
  await engine.stop();
  await engine.close();
  rmSync(root, { recursive: true });
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function run(path: string = directory, own: WindowParser = parser): Promise<ImportTotals> {
  return runSource(await openFlowSource(path, { variables: {} }), own);
}

async function runSource(
  source: FlowSource,
  own: WindowParser = parser,
  ledger: ChunkLedger = createChunkLedger(engine),
): Promise<ImportTotals> {
  return importSource(source, {
    ledger,
    insert: (batch, token) => insertFlows(engine, batch, null, { token }),
    parser: own,
    signal: AbortSignal.timeout(60_000),
  });
}

/** Rows of the test's hour, and how many of them differ. */
async function rows(): Promise<{ rows: number; distinct: number }> {
  const [found] = await engine.rows<{ rows: number; distinct: number }>({
    sql: `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(time, source, sourcePort, macAddress)) AS distinct
          FROM flow WHERE toHour(time) = {hour:UInt8}`,
    parameters: { hour },
  });
  return found ?? { rows: 0, distinct: 0 };
}

const once = (count: number) => ({ rows: count, distinct: count });

test("a file counts once, imported twice, copied, compressed, and by two importers at once", async () => {
  const text = vnetLog(0, 50, { hour });
  const path = write("first.json", text);
  expect(await run()).toMatchObject({ blobs: 1, inserted: 500, records: 50, failures: [] });
  expect(await run()).toMatchObject({ unchanged: 1, inserted: 0, present: 500 });
  write("copies/second.json", text);
  write("copies/third.json.gz", gzipSync(text));
  expect(await run(join(directory, "copies"))).toMatchObject({
    blobs: 2,
    inserted: 0,
    present: 1_000,
  });
  expect(await rows()).toEqual(once(500));
  write("more/fourth.json", vnetLog(0, 3, { hour, mac: "0022486D5A77", tuplesPerRecord: 200 }));
  const other = startWindowParser();
  await Promise.all([run(join(directory, "more")), run(join(directory, "more"), other)]);
  expect(await run(path)).toMatchObject({ unchanged: 1 });
  await other.close();
  expect(await rows()).toEqual(once(1_100));
});

test("many small files count once, read by two importers beside each other", async () => {
  for (let index = 0; index < 60; index++) {
    const mac = `0022486D${index.toString(16).toUpperCase().padStart(4, "0")}`;
    write(`small/${index}/PT1H.json`, vnetLog(0, 2, { hour, mac }));
  }
  const other = startWindowParser();
  const folder = join(directory, "small");
  await Promise.all([run(folder), run(folder, other)]);
  await other.close();
  expect(await run(folder)).toMatchObject({ blobs: 60, unchanged: 60, failures: [] });
  expect(await rows()).toEqual(once(1_200));
});

test.each([
  ["before its rows are inserted", () => Promise.reject(new Error("cut off"))],
  [
    "behind them",
    async (work: () => Promise<void>) => {
      await work();
      throw new Error("cut off");
    },
  ],
])(
  "a bundle that is cut off %s is inserted again, also when most of its files are gone",
  async (_, cut) => {
    const source = await openFlowSource(directory, { variables: {} });
    const macOf = (index: number): string =>
      (0x2248_7000_0000 + hour * 0x1_0000 + index).toString(16).toUpperCase();
    for (let index = 0; index < 40; index++) {
      const mac = macOf(index);
      write(`cut/${index}/PT1H.json`, vnetLog(0, 1, { hour, mac }));
    }
    const parts = { parser, signal: AbortSignal.timeout(60_000) };
    const insert: InsertRows = (batch, token) => insertFlows(engine, batch, null, { token });
    // One that is read alone is no bundle.
    const kept = new Set([macOf(39)]);
    const cutOff = importSource(source, {
      ...parts,
      ledger: createChunkLedger(engine),
      insert(batch, token, isRolledLater) {
        if (token.startsWith("chunk-")) kept.add(batch.origins[0]?.macAddress ?? "");
        return cut(() => insert(batch, token, isRolledLater));
      },
    });
    await expect(cutOff).rejects.toThrow("cut off");
    for (let index = 0; index < 40; index++)
      if (!kept.has(macOf(index))) rmSync(join(directory, `cut/${index}`), { recursive: true });
    const met = await runSource(source);
    expect(met).toMatchObject({ blobs: kept.size, inserted: 0, failures: [] });
    // How many bundles they were depends on how fast they were read: those that this blob is not in wait for a minute.
    await engine.command({
      sql: "ALTER TABLE flow_bundle UPDATE written = written - 100 WHERE 1 SETTINGS mutations_sync = 1",
    });
    const later = await runSource(source);
    expect(met.repeated).toBeGreaterThanOrEqual(10);
    expect(later).toMatchObject({ unchanged: kept.size });
    expect(await rows()).toEqual(once(400));
    expect(await engine.rows({ sql: "SELECT name FROM flow_bundle" })).toEqual([]);
  },
);

test("small files that begin alike are claimed one after another, and copies among them count once", async () => {
  // The first 512 bytes tell nothing of the rows behind them.
  const tuplesPerRecord = 20;
  for (let index = 0; index < 24; index++) {
    const distinct = index % 16;
    const text = vnetLog(0, 1, { hour, tuplesPerRecord }).replaceAll(
      ",10.0.0.19,",
      `,10.9.0.${distinct},`,
    );
    write(`alike/${index}/PT1H.json`, text);
  }
  const ledger = createChunkLedger(engine);
  let claimCount = 0;
  const counting: ChunkLedger = {
    ...ledger,
    claim: (...claim) => (claimCount++, ledger.claim(...claim)),
  };
  const totals = await runSource(
    await openFlowSource(join(directory, "alike"), { variables: {} }),
    parser,
    counting,
  );
  expect(totals).toMatchObject({ blobs: 24, inserted: 320, failures: [] });
  expect(claimCount).toBe(16);
  expect((await rows()).rows).toBe(320);
});

test("a growing file is read on behind its last complete record", async () => {
  const path = write("growing.json", vnetLog(0, 4, { hour, open: true }));
  const half = vnetRecord(4, { hour });
  appendFileSync(path, `,${half.slice(0, 300)}`);
  expect(await run()).toMatchObject({ inserted: 40, failures: [] });
  appendFileSync(path, half.slice(300));
  expect(await run()).toMatchObject({ inserted: 10 });
  appendFileSync(path, `,${vnetRecord(5, { hour })}]}`);
  const totals = await run();
  expect(totals).toMatchObject({ inserted: 10, replaced: [] });
  expect(totals.bytes).toBeLessThan(3_000);
  expect(await run()).toMatchObject({ unchanged: 1 });
  expect(await rows()).toEqual(once(60));
  // Whoever reads the whole file from another place finds all of it there.
  expect(await run(write("elsewhere/whole.json", vnetLog(0, 6, { hour })))).toMatchObject({
    inserted: 0,
    present: 60,
  });
});

test("a file that was replaced begins anew and is named", async () => {
  const path = write("replaced.json", vnetLog(0, 5, { hour }));
  await run();
  writeFileSync(path, vnetLog(5, 7, { hour }));
  expect(await run()).toMatchObject({ inserted: 20, replaced: ["replaced.json"] });
  expect(await rows()).toEqual(once(70));
});

test("in Azure's layout a blob is known by flow log, interface and hour", async () => {
  const mac = "0022486D5A02";
  write(`a/${layoutPath(mac, hour)}`, vnetLog(0, 5, { hour, mac }));
  write(`b/${layoutPath(mac, hour)}`, vnetLog(0, 8, { hour, mac }));
  expect(await run(join(directory, "a"))).toMatchObject({ inserted: 50 });
  expect(await run(join(directory, "b"))).toMatchObject({ inserted: 30 });
  expect(await rows()).toEqual(once(80));
});

test("what is cut off, empty, damaged or of another kind is told, and the rest is read", async () => {
  const whole = vnetLog(0, 4, { hour, mac: "0022486D5A03" });
  write("a-empty.json", "");
  write("b-cut.json", whole.slice(0, -200));
  write(
    "c-packed.json.gz",
    gzipSync(vnetLog(0, 4, { hour, mac: "0022486D5A04" })).subarray(0, 400),
  );
  write("d-broken.json", vnetLog(0, 2, { hour, mac: "0022486D5A05", open: true }) + ",{]}");
  write("e-text.json", "no JSON at all, but long enough to be looked at. ".repeat(20));
  write("g-short.json", "1487282421,10.0.0.1");
  write("h-begun.json", whole.slice(0, 100));
  write("i-opened.json", '{"records":[');
  write("f-tuple.json", vnetLog(0, 1, { hour, mac: "0022486D5A06" }).replace(",443,", ",70000,"));
  const totals = await run();
  expect(totals.failures.map(({ blob, code }) => `${blob} ${code}`)).toEqual([
    "d-broken.json FlowLogMalformed",
    "e-text.json FlowLogMalformed",
    "g-short.json FlowLogMalformed",
  ]);
  expect(totals).toMatchObject({ malformed: 1, malformedReasons: [{ blob: "f-tuple.json" }] });
  expect(totals.openBlobs).toEqual([
    { blob: "b-cut.json", offset: expect.any(Number), bytes: expect.any(Number) },
    { blob: "c-packed.json.gz", offset: 0, bytes: expect.any(Number) },
    { blob: "h-begun.json", offset: 0, bytes: 100 },
  ]);
  const [cut] = totals.openBlobs;
  expect((cut?.offset ?? 0) + (cut?.bytes ?? 0)).toBe(whole.length - 200);
  expect(await rows()).toEqual(once(totals.inserted));
  expect(totals.inserted).toBeGreaterThanOrEqual(30 + 20 + 9);
});

test("a file of many windows, and a record of more rows than a batch, are in the table once, read by two importers at once", async () => {
  write("a.json", vnetLog(0, 50, { hour, mac: "0022486D5A07", tuplesPerRecord: 8_000 }));
  write("b.json", vnetLog(0, 1, { hour, mac: "0022486D5A08", tuplesPerRecord: 300_000 }));
  const other = startWindowParser();
  const totals = await Promise.all([run(), run(directory, other)]);
  await other.close();
  for (const { failures, malformed } of totals)
    expect({ failures, malformed }).toEqual({ failures: [], malformed: 0 });
  const [found] = await engine.rows({
    sql: "SELECT toUInt32(count()) AS rows FROM flow WHERE macAddress IN ('0022486D5A07', '0022486D5A08')",
  });
  expect(found).toEqual({ rows: 700_000 });
  const path = write(
    "again/c.json",
    vnetLog(0, 50, { hour, mac: "0022486D5A07", tuplesPerRecord: 8_000 }),
  );
  expect(await run(path)).toMatchObject({ inserted: 0, present: 400_000 });
});

test("an object of S3 that grows is read through cut connections, once", async () => {
  const s3 = await startS3Server();
  const shape = { hour, tuplesPerRecord: 1_000 };
  const options = { variables: s3Variables, s3Endpoint: s3.endpoint };
  const source = await openFlowSource(`s3://${s3Bucket}/logs/`, options);
  s3.objects.set("logs/growing.json", Buffer.from(vnetLog(0, 20, { ...shape, open: true })));
  s3.cuts.push(200, 70_000, 1, 900_000);
  expect(await runSource(source)).toMatchObject({ inserted: 20_000, failures: [] });
  s3.objects.set("logs/growing.json", Buffer.from(vnetLog(0, 24, shape)));
  s3.cuts.push(100, 50_000);
  expect(await runSource(source)).toMatchObject({ inserted: 4_000, failures: [], replaced: [] });
  expect(await rows()).toEqual(once(24_000));
  s3.objects.set("logs/other.json", Buffer.from(vnetLog(30, 31, shape)));
  s3.failures.push(...Array.from({ length: 12 }, () => 503));
  await expect(runSource(source)).rejects.toThrow(/503/);
  expect(s3.failures.length).toBe(6);
  await s3.close();
}, 60_000);
