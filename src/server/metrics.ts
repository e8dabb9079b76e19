import { join } from "node:path";
import type { Clock } from "../common/clock.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { ProcessMetrics } from "../common/metrics.ts";
import { holdMeasurements } from "../metric/held-measurements.ts";
import { createIngest } from "../metric/ingest.ts";
import { createMetricQuery, type MetricQuery } from "../metric/query.ts";
import type { HostSample } from "../metric/sample.ts";
import { metricArchiveSettings, openMetricArchive } from "../state/metric-archive.ts";

/** Samples of all hosts that arrive within this time become durable with one write. */
const groupCommitMilliseconds = 50;

export interface Metrics extends Closable {
  readonly query: MetricQuery;
  /** The same for one long question: what is read is held until it is answered. */
  heldQuery(): MetricQuery;
  /** Resolves when the samples are on disk, so that an acknowledged sample is never lost. */
  accept(hostId: string, samples: readonly HostSample[]): Promise<void>;
  forget(hostId: string): void;
}

/** The hosts' metrics: raw samples in, measurements kept, questions answered. */
export function openMetrics(options: {
  directory: string;
  processMetrics: ProcessMetrics;
  clock: Clock;
  log: Log;
}): Metrics {
  const { directory, clock, log } = options;
  const settings = metricArchiveSettings.parse({});
  const path = join(directory, "metrics.db");
  const archive = openMetricArchive({ path, settings, clock, log });
  const measurements = options.processMetrics.counter(
    "nightcap_metric_measurements_total",
    "Measurements of hosts, by what became of them",
    ["outcome"],
  );
  const ingest = createIngest({
    archive,
    count: (outcome, value) => measurements.add(value, { outcome }),
  });
  let flush: Promise<void> | undefined;
  const flushSoon = async (): Promise<void> => {
    await clock.sleep(groupCommitMilliseconds);
    flush = undefined;
    archive.flush();
  };
  return {
    query: createMetricQuery(archive),
    heldQuery: () => createMetricQuery(holdMeasurements(archive)),
    async accept(hostId, samples) {
      ingest.accept(hostId, samples);
      flush ??= flushSoon();
      await flush;
    },
    forget: (hostId) => archive.forget(hostId),
    async close() {
      await flush;
      await archive.close();
    },
  };
}
