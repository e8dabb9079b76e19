// Flow logs that are imported into a cluster by two at once, many and alike: what the ledger says holds on each server.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importSource } from "../../src/flowsource/import-source.ts";
import type { ImportTotals } from "../../src/flowsource/import-totals.ts";
import { openFlowSource } from "../../src/flowsource/open-source.ts";
import { startWindowParser } from "../../src/flowsource/parse/window-parser.ts";
import { createChunkLedger } from "../../src/flowstore/ledger/chunk-ledger.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { vnetLog } from "../flowsource/vnet-log.ts";
import { countAll, expectWhole } from "./counts.ts";

/** From 100 on, an import says of each claim that its rows are rolled up later; on a cluster they are at once. */
const blobCount = process.env["NIGHTCAP_SOAK"] === "1" ? 100 : 16;
const testMillisecondsMax = 120_000;

/** The rows are added to those that are there already. */
export function describeImports(parts: () => { readonly engine: FlowEngine }): void {
  test(
    "many flow logs that begin alike count once, imported by two at once and again",
    async () => {
      const { engine } = parts();
      const total = await countAll(engine);
      const directory = await mkdtemp(join(tmpdir(), "nightcap-cluster-import-"));
      try {
        await writeBlobs(directory);
        const totals = await Promise.all([
          runImport(engine, directory),
          runImport(engine, directory),
        ]);
        expect(totals.flatMap(({ failures }) => failures)).toEqual([]);
        await expectWhole(engine, total + blobCount);
        expect(await runImport(engine, directory)).toMatchObject({
          unchanged: blobCount,
          inserted: 0,
        });
        expect(await countLater(engine)).toBe(0);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
    testMillisecondsMax,
  );
}

async function writeBlobs(directory: string): Promise<void> {
  for (let index = 0; index < blobCount; index++) {
    const mac = `0022486E${String(index >> 2).padStart(4, "0")}`;
    const text = vnetLog(0, 1, { mac, tuplesPerRecord: 1 });
    await mkdir(join(directory, `${index}`));
    // Four of each interface, and only behind their first 512 bytes is told which.
    const path = join(directory, `${index}`, "PT1H.json");
    await writeFile(path, text.replace(",3,300,2,", `,3,300,2,${index & 3}`));
  }
}

async function runImport(engine: FlowEngine, directory: string): Promise<ImportTotals> {
  const parser = startWindowParser();
  try {
    return await importSource(await openFlowSource(directory, { variables: {} }), {
      addsUp: true,
      ledger: createChunkLedger(engine),
      insert: (batch, token, isRolledLater) =>
        insertFlows(engine, batch, null, { token, isRolledLater }),
      parser,
      signal: AbortSignal.timeout(testMillisecondsMax),
    });
  } finally {
    await parser.close();
  }
}

async function countLater(engine: FlowEngine): Promise<number> {
  const [row] = await engine.rows<{ count: number }>({
    sql: "SELECT toUInt32(countIf(isRolledLater = 1)) AS count FROM flow",
  });
  return row?.count ?? 0;
}
