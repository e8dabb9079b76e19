import { placeOfRecords } from "../../flowsource/place.ts";
import type { FlowEngine } from "../../flowstore/engine.ts";
import type { JournalRecord } from "./journal-entry.ts";

/** Places that are known to be marked; with more, all are forgotten and marked again. */
const knownCountMax = 100_000;

/**
 * Marks the blobs whose records the journal brings into the table, before it does: an importer that meets such a
 * blob leaves it out, as its rows would count twice.
 */
export function createRecordedPlaces(): (
  engine: FlowEngine,
  records: readonly JournalRecord[],
) => Promise<void> {
  const known = new Set<string>();
  return async (engine, records) => {
    const places = new Set<string>();
    for (const { flowLogId, macAddress, time } of records) {
      const place = placeOfRecords(flowLogId, macAddress, time);
      if (place !== null && !known.has(place)) places.add(place);
    }
    if (places.size === 0) return;
    const { createChunkLedger } = await import("../../flowstore/ledger/chunk-ledger.ts");
    await createChunkLedger(engine).markRecorded([...places]);
    if (known.size + places.size > knownCountMax) known.clear();
    for (const place of places) known.add(place);
  };
}
