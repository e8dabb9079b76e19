import { captureClass } from "../../common/capture-class.ts";
import type { ProcessMetrics } from "../../common/metrics.ts";
import type { RetentionGuard } from "./guard.ts";

export function addRetentionMetrics(metrics: ProcessMetrics, guard: RetentionGuard) {
  const removed = metrics.counter(
    "nightcap_retention_removed_captures_total",
    "Captures whose files were deleted, by class and by what for",
    ["class", "why"],
  );
  const removedBytes = metrics.counter(
    "nightcap_retention_removed_bytes_total",
    "Bytes of captures that were deleted, by class and by what for",
    ["class", "why"],
  );
  const refused = metrics.counter(
    "nightcap_retention_refused_writes_total",
    "Writes to the store that were refused because a quota is reached and nothing may go",
    ["class"],
  );
  for (const kind of captureClass.options) {
    metrics.gauge(
      `nightcap_retention_${kind}_bytes`,
      `Bytes of captures of class ${kind} in the store`,
      () => guard.room()?.stored[kind] ?? 0,
    );
  }
  return {
    removed(kind: string, why: string, sizeBytes: number): void {
      removed.add(1, { class: kind, why });
      removedBytes.add(sizeBytes, { class: kind, why });
    },
    refused: (kind: string) => refused.add(1, { class: kind }),
  };
}
