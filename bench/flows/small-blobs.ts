// What many small blobs cost on their way into the table, and what they cost again when each has grown by a record.
//   npm run bench -- flows-small-blobs [--blobs 5000] [--tuples 100]
// CPU is that of this process and of the engine's; on a busy host it says more than the clock.
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { importSource } from "../../src/flowsource/import-source.ts";
import { openFlowSource } from "../../src/flowsource/open-source.ts";
import { startWindowParser } from "../../src/flowsource/parse/window-parser.ts";
import { openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { createChunkLedger } from "../../src/flowstore/ledger/chunk-ledger.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { layoutPath, vnetLog, vnetRecord } from "../../test/flowsource/vnet-log.ts";
import { enginePid, measure } from "./ingest-tools.ts";

const { values } = parseArgs({
  options: {
    blobs: { type: "string", default: "5000" },
    tuples: { type: "string", default: "100" },
  },
});
const blobCount = Number(values.blobs);
const tuplesPerRecord = Number(values.tuples);
const hours = 24;

const root = await mkdtemp(join(tmpdir(), "nightcap-bench-small-"));
const parser = startWindowParser();
const engine = await openFlowEngine(flowStoreSettings.parse({ directory: join(root, "flows") }));
try {
  const shapes = Array.from({ length: blobCount }, (_, index) => ({
    mac: `0022${Math.floor(index / hours)
      .toString(16)
      .toUpperCase()
      .padStart(8, "0")}`,
    hour: index % hours,
    tuplesPerRecord,
  }));
  const pathOf = ({ mac, hour }: (typeof shapes)[number]) =>
    join(root, "logs", layoutPath(mac, hour));
  for (const shape of shapes) {
    await mkdir(dirname(pathOf(shape)), { recursive: true });
    await writeFile(pathOf(shape), vnetLog(0, 1, { ...shape, open: true }));
  }
  await report("new", blobCount * tuplesPerRecord, true);
  for (const shape of shapes) await appendFile(pathOf(shape), `,${vnetRecord(1, shape)}`);
  await report("grown", 2 * blobCount * tuplesPerRecord, false);
} finally {
  await parser.close();
  await engine.stop();
  await engine.close();
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
}

async function report(name: string, rowsWanted: number, addsUp: boolean): Promise<void> {
  const source = await openFlowSource(join(root, "logs"), { variables: {} });
  const cost = await measure(
    () =>
      importSource(source, {
        addsUp,
        ledger: createChunkLedger(engine),
        parser,
        signal: new AbortController().signal,
        insert: (batch, token, isRolledLater) =>
          insertFlows(engine, batch, null, { token, isRolledLater }),
      }),
    await enginePid(join(root, "flows")),
  );
  const [row] = await engine.rows<{ count: number }>({
    sql: "SELECT toUInt32(count()) AS count FROM flow",
  });
  if (row?.count !== rowsWanted) throw new Error(`${row?.count} rows of ${rowsWanted}`);
  const [seconds, cpu] = [cost.seconds.toFixed(1), cost.cpuSeconds.toFixed(2)];
  const each = ((cost.cpuSeconds / blobCount) * 1e3).toFixed(2);
  process.stdout.write(
    `${blobCount} ${name} blobs: ${seconds} s, ${cpu} CPU s, ${each} ms of CPU each\n`,
  );
}
