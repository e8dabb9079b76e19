// Appends numbered entries as fast as it can and says each number that was acknowledged, until it is killed.
import { silentLog } from "../../../src/common/log.ts";
import { createProcessMetrics } from "../../../src/common/metrics.ts";
import { writeEntry } from "../../../src/server/flows/journal-entry.ts";
import { openFlowJournal } from "../../../src/server/flows/open-journal.ts";

const [directory = ""] = process.argv.slice(2);
const store = await openFlowJournal({
  directory,
  sizeBytesMax: 64 << 20,
  segmentSizeBytesMax: 16 << 10,
  metrics: createProcessMetrics(),
  log: silentLog,
});
const { journal, marks, rows, blobs } = store;
const stream = "00000000-0000-4000-8000-000000000001";
/** Both readers follow, so that segments go while others come. */
async function follow(): Promise<void> {
  for (const reader of [rows, blobs]) {
    const batch = await reader.next(8 << 10);
    if (!batch) continue;
    for (const entry of batch.entries) {
      const [head = ""] = Buffer.from(entry.bytes).toString("utf8").split("\n");
      const { sequence } = JSON.parse(head) as { sequence: number };
      process.stdout.write(`${reader === rows ? "rows" : "blobs"} ${sequence} ${batch.token}\n`);
    }
    await reader.done(batch);
  }
  await store.tidy();
}
for (let sequence = (marks.highest("host", stream) ?? 0) + 1; ; sequence++) {
  const text = JSON.stringify({ sequence, padding: "x".repeat(sequence % 700) });
  const records = [{ flowLogId: "/log", macAddress: "020000000001", time: 0, text }];
  await journal.append(writeEntry({ hostId: "host", stream, sequence, receivedAt: 0, records }));
  marks.take("host", stream, sequence);
  process.stdout.write(`taken ${sequence}\n`);
  if (sequence % 7 === 0) await follow();
}
