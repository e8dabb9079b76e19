import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import { insertFlows } from "../../flowstore/insert-flows.ts";
import type { Classifier } from "../../traffic/classify/classifier.ts";
import type { ServerContext } from "../context.ts";
import { flowLogFacts } from "./flow-log-facts.ts";
import type { JournalBatch, JournalConsumer } from "./journal/consumer.ts";
import type { JournalRecord } from "./journal-entry.ts";
import type { SharedEngine } from "./open-engine.ts";
import type { Progress } from "./progress.ts";
import { createRecordedPlaces } from "./recorded-places.ts";
import { readRows, recordsByFlowLog } from "./row-reader.ts";

/** Journal that becomes rows at one time. */
const batchSizeBytesMax = 4 << 20;
/** After a failure, which mostly is an engine that is not there. */
const retryMilliseconds = 5_000;

export interface RowWriterOptions extends Pick<
  ServerContext,
  "state" | "metrics" | "clock" | "log"
> {
  consumer: JournalConsumer;
  engine: SharedEngine;
  /** As the data for it is now; opened with the first rows. */
  classifier(): Promise<Classifier>;
  gatherMilliseconds: number;
  progress: Progress;
  onDone(): Promise<void>;
}

/**
 * Brings records of flow logs with analytics into the table. Each insert has a token made from its place
 * in the journal, so that after a crash the same rows are inserted again and dropped by the engine. An
 * engine that is not there is waited for: the journal keeps what comes meanwhile.
 */
export function startRowWriter(options: RowWriterOptions): Closable & { wake(): void } {
  const { consumer, progress, clock, log, metrics } = options;
  const rows = metrics.counter(
    "nightcap_flows_rows_total",
    "Tuples of flow logs with analytics, by what became of them",
    ["outcome"],
  );
  const markRecorded = createRecordedPlaces();
  const insert = async (batch: FlowBatch, token: string, minutes: 10 | 60): Promise<void> => {
    const classify = await options.classifier();
    const intervalMinutes = minutes;
    await insertFlows(await options.engine.open(), batch, classify(batch), {
      token,
      intervalMinutes,
    });
    rows.add(batch.length, { outcome: "inserted" });
  };
  const writeBatch = async (journalBatch: JournalBatch): Promise<void> => {
    const wanted = await chooseAnalysed(options, journalBatch);
    for (const [minutes, records] of wanted) {
      const { batches, malformedCount, unreadableCount } = readRows(records);
      rows.add(malformedCount, { outcome: "malformed" });
      rows.add(unreadableCount, { outcome: "unreadable record" });
      if (batches.length > 0) await markRecorded(await options.engine.open(), records);
      for (const [index, batch] of batches.entries()) {
        await insert(batch, `${journalBatch.token}/${minutes}/${index}`, minutes);
      }
      const ids = new Set(records.map(({ flowLogId }) => flowLogId));
      progress.wrote("rows", ids, clock.now());
    }
    progress.failed("rows", null, null);
  };
  const loop = startLoop({
    intervalMilliseconds: retryMilliseconds,
    async work(signal) {
      await clock.sleep(options.gatherMilliseconds, signal).catch(() => {});
      for (;;) {
        const batch = signal.aborted ? null : await consumer.next(batchSizeBytesMax);
        if (!batch) return;
        await writeBatch(batch);
        await consumer.done(batch);
        await options.onDone();
      }
    },
    onError(error) {
      const reason = describeError(error);
      progress.failed("rows", null, `rows are not written: ${reason}`);
      log.warn({ reason }, "flows are not written to the table");
    },
  });
  return {
    wake: () => loop.wake(),
    close: () => loop.close(),
  };
}

/** The records whose flow log has analytics, by its interval. */
async function chooseAnalysed(
  { state }: RowWriterOptions,
  batch: JournalBatch,
): Promise<Map<10 | 60, JournalRecord[]>> {
  const wanted = new Map<10 | 60, JournalRecord[]>();
  for (const [flowLogId, records] of recordsByFlowLog(batch)) {
    const minutes = (await flowLogFacts(state, flowLogId))?.analyticsMinutes;
    if (minutes) wanted.set(minutes, [...(wanted.get(minutes) ?? []), ...records]);
  }
  return wanted;
}
