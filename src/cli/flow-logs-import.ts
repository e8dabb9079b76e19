import { describeError } from "../common/errors.ts";
import { importSource } from "../flowsource/import-source.ts";
import { emptyTotals, type ImportTotals } from "../flowsource/import-totals.ts";
import { type FlowLogFlags, openFlowLogParts } from "./flow-logs-parts.ts";
import { importProgress } from "./flow-logs-progress.ts";
import { stopSignal } from "./flow-logs-stop.ts";
import { writeOut } from "./standard-output.ts";

const exitFailure = 1;
const exitStopped = 130;

/** 0 when everything was read, 1 when something could not be, 130 when it was stopped. */
export async function runImport(places: readonly string[], flags: FlowLogFlags): Promise<number> {
  const stop = stopSignal();
  const parts = await openFlowLogParts(places, flags, stop.signal);
  const totals = emptyTotals();
  const began = performance.now();
  const progress = importProgress(totals);
  let rowSeconds = 0;
  try {
    const parser = parts.startParser();
    for (const source of parts.sources) {
      const { ledger, insert } = parts;
      await importSource(source, {
        ledger,
        insert,
        parser,
        signal: stop.signal,
        addsUp: true,
        totals,
        onBlob: progress.onBlob,
      });
    }
    rowSeconds = secondsSince(began);
    await parts.addUp(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) {
      totals.failures.push({ blob: "", code: "ImportFailed", message: describeError(error) });
    }
  } finally {
    progress.close();
    stop.close();
    await parts.close();
  }
  const seconds = secondsSince(began);
  const isStopped = stop.signal.aborted;
  const ending = { seconds, rowSeconds: rowSeconds || seconds, isStopped };
  await writeOut((flags.json ? jsonSummary : textSummary)(totals, ending));
  if (isStopped) return exitStopped;
  return totals.failures.length > 0 ? exitFailure : 0;
}

const secondsSince = (began: number): number => (performance.now() - began) / 1_000;

interface Ending {
  seconds: number;
  /** Until all rows were there for questions; what was left is the addition that makes questions faster. */
  rowSeconds: number;
  isStopped: boolean;
}

function jsonSummary(totals: ImportTotals, { seconds, rowSeconds, isStopped }: Ending): string {
  const { inserted, repeated, present, malformed } = totals;
  return `${JSON.stringify({
    blobs: totals.blobs,
    unchangedBlobs: totals.unchanged,
    bytes: totals.bytes,
    tuples: inserted + repeated + present + malformed,
    rowsInserted: inserted,
    rowsRepeated: repeated,
    rowsAlreadyThere: present,
    malformed,
    malformedReasons: totals.malformedReasons,
    failures: totals.failures,
    openBlobs: totals.openBlobs,
    openBlobCount: totals.open,
    replacedBlobs: totals.replaced,
    recordedBlobs: totals.recorded,
    seconds: Number(seconds.toFixed(3)),
    secondsToRows: Number(rowSeconds.toFixed(3)),
    stopped: isStopped,
  })}\n`;
}

function textSummary(totals: ImportTotals, { seconds, rowSeconds, isStopped }: Ending): string {
  const { inserted, repeated, present } = totals;
  const lines = [
    `${blobsText(totals.blobs)} (${totals.unchanged} unchanged), ${sizeText(totals.bytes)} read in ${rowSeconds.toFixed(1)} s, added up in ${(seconds - rowSeconds).toFixed(1)} s`,
    `${inserted} rows inserted, ${present} were in the table already`,
    ...(totals.blobs === 0 && totals.failures.length === 0
      ? [
          `nothing was found there: folders and containers are searched for names that end in .json or .json.gz`,
        ]
      : []),
    ...(repeated > 0
      ? [`${repeated} rows of an import that had been cut off were made sure of`]
      : []),
    ...totals.replaced.map((name) => `${name} is another one than before: read from its beginning`),
    ...recordedLines(totals),
    ...(totals.malformed > 0
      ? [`${totals.malformed} tuples are malformed, the first of them:`]
      : []),
    ...totals.malformedReasons.map(
      ({ blob, offset, reason, value }) => `  ${blob} at byte ${offset}: ${reason}: ${value}`,
    ),
    ...(totals.open > 0
      ? [
          `${blobsText(totals.open)} ${totals.open === 1 ? "ends" : "end"} within a record (cut off, or still being written), the first of them:`,
        ]
      : []),
    ...totals.openBlobs.map(
      ({ blob, offset, bytes }) =>
        `  ${blob}: its last ${bytes} bytes, from byte ${offset} on, wait for their end; the same command goes on there`,
    ),
    ...totals.failures.map(({ blob, message }) => `not read: ${blob ? `${blob}: ` : ""}${message}`),
    ...(isStopped ? ["stopped; the same command goes on from here"] : []),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

const blobsText = (count: number): string => `${count} ${count === 1 ? "blob" : "blobs"}`;

const sizeText = (bytes: number): string =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

const namesShownMax = 10;

function recordedLines({ recorded }: ImportTotals): string[] {
  const shown = recorded.slice(0, namesShownMax);
  const more = recorded.length - shown.length;
  return [
    ...shown.map((name) => `${name}: already recorded by this control plane, not read`),
    ...(more > 0 ? [`and ${more} blobs more that it recorded`] : []),
  ];
}

/** Text of blobs is not trusted with a terminal. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, "?");
