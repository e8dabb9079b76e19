import type { SourceBlob } from "../flowsource/flow-source.ts";
import type { ImportTotals } from "../flowsource/import-totals.ts";
import { progressText } from "./progress.ts";

const barMilliseconds = 200;
const lineMilliseconds = 5_000;

interface ImportProgress {
  onBlob: (progress: { blob: SourceBlob; count: number; sizeBytes: number }) => void;
  close: () => void;
}

/** How far an import is, on standard error: a bar on a terminal, else a line every few seconds. */
export function importProgress(totals: ImportTotals): ImportProgress {
  const isTerminal = process.stderr.isTTY;
  const began = performance.now();
  let doneBytes = 0;
  let current: { sizeBytes: number; bytesBefore: number } | null = null;
  let whole = { count: 0, sizeBytes: 0 };
  const text = (): string => {
    const read = current ? totals.bytes - current.bytesBefore : 0;
    const bytes = doneBytes + Math.min(read, current?.sizeBytes ?? 0);
    const rows = totals.inserted + totals.repeated;
    const perSecond = (rows / (performance.now() - began)) * 1_000;
    return `${progressText(bytes, whole.sizeBytes)}, ${totals.blobs} of ${whole.count} blobs, ${rows} rows, ${(perSecond / 1e6).toFixed(2)} M tuples/s`;
  };
  const show = (): void => {
    process.stderr.write(isTerminal ? `\r\u001B[K${text()}` : `${text()}\n`);
  };
  const timer = setInterval(show, isTerminal ? barMilliseconds : lineMilliseconds);
  return {
    onBlob({ blob, count, sizeBytes }) {
      doneBytes += current?.sizeBytes ?? 0;
      current = { sizeBytes: blob.sizeBytes, bytesBefore: totals.bytes };
      if (whole.count !== count || whole.sizeBytes !== sizeBytes) doneBytes = 0;
      whole = { count, sizeBytes };
    },
    close() {
      clearInterval(timer);
      if (isTerminal) process.stderr.write("\r\u001B[K");
    },
  };
}
