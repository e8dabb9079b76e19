import type { FlowBatch } from "./flow-batch.ts";
import { TupleReader, tupleFields } from "./tuple-reader.ts";

const encoder = new TextEncoder();

/** Reads one tuple, of any format, into a row; returns the name of the first field that is wrong, or null. */
export function readTuple(text: string, batch: FlowBatch, row: number): string | null {
  const bytes = encoder.encode(`${text}"`);
  const next = new TupleReader().read(bytes, 0, batch, row);
  if (next === bytes.length) return null;
  return next < 0 ? (tupleFields[-next] ?? "") : "number of fields";
}
