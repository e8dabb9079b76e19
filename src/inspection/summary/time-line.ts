import type { Inspection, TimeSeries } from "../inspection.ts";
import { parseNanoseconds } from "./units.ts";

/** Bytes and packets of all families in columns of equal time. */
export interface TimeLine {
  columnNanoseconds: number;
  /** Of the first column; null when the capture has no times. */
  startNanoseconds: bigint | null;
  home: string | null;
  columns: readonly TimeColumn[];
  packetCount: number;
  byteCount: number;
}

export interface TimeColumn {
  sentBytes: number;
  receivedBytes: number;
  otherBytes: number;
  packets: number;
}

/** The series in at most `columnCountMax` columns; null when there is nothing to show. */
export function timeLine(
  { timeSeries, file }: Pick<Inspection, "timeSeries" | "file">,
  columnCountMax: number,
): TimeLine | null {
  const { bucketCount, families, home, bucketNanoseconds } = timeSeries;
  if (bucketCount === 0 || families.length === 0) return null;
  const step = Math.max(1, Math.ceil(bucketCount / columnCountMax));
  const columns = Array.from({ length: Math.ceil(bucketCount / step) }, (_, column) =>
    columnOf(families, column * step, Math.min(bucketCount, (column + 1) * step)),
  );
  return {
    columnNanoseconds: Number(parseNanoseconds(bucketNanoseconds) ?? 0n) * step,
    startNanoseconds: parseNanoseconds(file.firstTime),
    home,
    columns,
    packetCount: columns.reduce((sum, { packets }) => sum + packets, 0),
    byteCount: columns.reduce((sum, column) => sum + columnBytes(column), 0),
  };
}

export const columnBytes = ({ sentBytes, receivedBytes, otherBytes }: TimeColumn): number =>
  sentBytes + receivedBytes + otherBytes;

function columnOf(families: TimeSeries["families"], from: number, to: number): TimeColumn {
  const column = { sentBytes: 0, receivedBytes: 0, otherBytes: 0, packets: 0 };
  for (const { sent, received, other } of families)
    for (let bucket = from; bucket < to; bucket++) {
      column.sentBytes += sent.bytes[bucket] ?? 0;
      column.receivedBytes += received.bytes[bucket] ?? 0;
      column.otherBytes += other.bytes[bucket] ?? 0;
      column.packets +=
        (sent.packets[bucket] ?? 0) +
        (received.packets[bucket] ?? 0) +
        (other.packets[bucket] ?? 0);
    }
  return column;
}
