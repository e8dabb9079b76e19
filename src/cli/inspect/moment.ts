import { InvalidArgumentError } from "commander";
import type { ChangeMetric } from "../../inspection/change/change-answer.ts";

/** What can be asked about, as it is written in a shell. */
const metrics: ReadonlyMap<string, ChangeMetric> = new Map([
  ["bytes-out", "bytesOut"],
  ["bytes-in", "bytesIn"],
  ["packets-out", "packetsOut"],
  ["packets-in", "packetsIn"],
  ["connections", "connections"],
  ["retransmissions", "retransmissions"],
  ["latency", "latency"],
  ["denied", "denied"],
]);

export const changeMetrics: readonly string[] = [...metrics.keys()];

export const metricOf = (name: string): ChangeMetric => metrics.get(name) ?? "bytesOut";

/** `2026-11-21T01:58:16Z`, with or without a fraction; milliseconds since the epoch. */
export function parseMoment(text: string): number {
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.test(
    text,
  );
  const moment = isInstant ? Date.parse(text) : NaN;
  if (Number.isNaN(moment))
    throw new InvalidArgumentError("expected a time as 2026-11-21T01:58:16Z");
  return moment;
}
