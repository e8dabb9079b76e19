import { createReadStream } from "node:fs";
import { join } from "node:path";
import { hashFile } from "../../capture/finish.ts";
import type { Log } from "../../common/log.ts";
import { describeError } from "../../common/errors.ts";
import {
  type CaptureResult,
  type CaptureSession,
  captureSessionCollection,
} from "../../provider/captures/capture-session.ts";
import type { ReportInput } from "../../report/report-input.ts";
import type { IndexedFile } from "../../inspection/browse/kept-index.ts";
import type { State } from "../../state/state.ts";
import type { BlobAddress, BlobStore } from "../../storage/blob-store.ts";
import { type SessionLoop, startSessionLoop } from "../session-loop.ts";
import type { ReportKeys } from "./report-file.ts";
import type { ChangeRequest } from "./change-request.ts";
import type { GroupReports } from "./group-reports.ts";
import { hashWhileRead } from "./hashed-file.ts";
import { openOwnersFile } from "./owners-file.ts";
import {
  reportFiles,
  type FactsSource,
  type HistorySource,
  type ReportTask,
  runReportTask,
} from "./report-task.ts";
import { openRingCapture, type RingCapture } from "./ring-capture.ts";

export interface ResultLoopOptions {
  state: State;
  store: BlobStore;
  /** Where in the store a capture's `storagePath` points; null when it is somewhere else. */
  addressOf(storagePath: string): BlobAddress | null;
  directoryOf(sessionId: string): string;
  linkTo(sessionId: string): string;
  /** What the report says of the session besides its packets. */
  describeSession(session: CaptureSession): Promise<Omit<ReportInput, "inspection">>;
  /** What of the session's packets is to be explained. */
  changeOf(
    session: CaptureSession,
    alert: ReportInput["alert"],
    signal: AbortSignal,
  ): Promise<ChangeRequest | null>;
  /** Reports of the session together with others. */
  groups: GroupReports;
  /** A session has its result. */
  onResult(sessionId: string): void;
  factsOf: FactsSource;
  /** What reports are encrypted with. */
  reportKeys: ReportKeys;
  /** When the host of what is to be explained talked to some addresses before. */
  historyOf(
    change: ChangeRequest,
    addresses: readonly string[],
    signal: AbortSignal,
  ): ReturnType<HistorySource>;
  traffic: ReportTask["traffic"];
  log: Log;
}

/**
 * Gives each finished session its result: the stored file's hash compared with the host's, and a
 * report. Each step may run twice; what counts is that the session's document has a result.
 */
export function startResultLoop(options: ResultLoopOptions): SessionLoop {
  return startSessionLoop({
    sessions: options.state.documents<CaptureSession>(captureSessionCollection),
    isDue: ({ observed, result }) => observed?.phase === "finished" && result === null,
    async work(session, signal) {
      const { sessionId } = session.spec;
      const result = await makeResult(options, session, signal);
      if (signal.aborted) return;
      const groupReports = await groupReportsOf(options, session, result);
      await record(options, sessionId, { ...result, ...groupReports });
      options.onResult(sessionId);
    },
    onError(error) {
      options.log.error({ reason: describeError(error) }, "results cannot be made");
    },
  });
}

/** A result without them is better than none. */
async function groupReportsOf(
  { groups, log }: ResultLoopOptions,
  session: CaptureSession,
  result: CaptureResult,
): Promise<Pick<CaptureResult, "groupReports">> {
  try {
    const groupReports = await groups.add(session, result);
    return groupReports.length === 0 ? {} : { groupReports };
  } catch (error) {
    const { sessionId } = session.spec;
    log.error({ sessionId, reason: describeError(error) }, "report of several captures not made");
    return {};
  }
}

/** Written over the newest revision, whoever else writes the session meanwhile. */
async function record(
  options: ResultLoopOptions,
  sessionId: string,
  result: CaptureResult,
): Promise<void> {
  const sessions = options.state.documents<CaptureSession>(captureSessionCollection);
  for (;;) {
    const found = await sessions.get(sessionId);
    if (!found) return;
    const { revision, dueAt } = found;
    const body = { ...found.body, result };
    if (await sessions.put(sessionId, body, { revision, dueAt })) return;
  }
}

async function makeResult(
  options: ResultLoopOptions,
  session: CaptureSession,
  signal: AbortSignal,
): Promise<CaptureResult> {
  const { log } = options;
  const { sessionId } = session.spec;
  const none = { sha256Verified: null, reportPath: null };
  try {
    const file = await openCaptureFile(options, session, signal);
    if (file.kind === "nowhere") return { ...none, problem: file.reason };
    if (file.kind === "altered") return altered(options, sessionId, file.reason);
    const directory = options.directoryOf(sessionId);
    const context = await options.describeSession(session);
    const { factsOf, traffic } = options;
    const change = await options.changeOf(session, context.alert, signal);
    const owners = await ownersOf(options, session);
    const historyOf: HistorySource = async (addresses) =>
      change && options.historyOf(change, addresses, signal);
    const { key, release } = options.reportKeys.take();
    const { indexed } = file;
    const task = { directory, key, context, change, factsOf, historyOf, traffic, indexed };
    const files = { capture: file.capture, owners };
    const answer = await runReportTask(files, task, signal).finally(release);
    if (signal.aborted) return none;
    const problem = file.kind === "ring" ? null : await file.findAlteration();
    if (problem !== null) return altered(options, sessionId, problem);
    if (answer.kind === "failed") {
      log.error({ sessionId, reason: answer.reason }, "capture could not be inspected");
      return { ...none, sha256Verified: true, problem: `not inspected: ${answer.reason}` };
    }
    const { text, packets } = answer;
    log.info({ sessionId, packets }, "capture inspected");
    const reportLink = options.linkTo(sessionId);
    // What is encrypted is read by its link.
    const reportPath = key ? null : join(directory, reportFiles.html);
    const part = file.kind === "ring" && file.note !== null ? { problem: file.note } : {};
    const told = answer.answer && { answer: answer.answer };
    return { sha256Verified: true, reportPath, reportLink, text, packets, ...told, ...part };
  } catch (error) {
    log.error({ sessionId, reason: describeError(error) }, "capture could not be read");
    return { ...none, problem: `not inspected: ${describeError(error)}` };
  }
}

/** A report without them is better than none. */
async function ownersOf(
  options: ResultLoopOptions,
  session: CaptureSession,
): ReturnType<typeof openOwnersFile> {
  try {
    return await openOwnersFile(session, options);
  } catch (error) {
    const { sessionId } = session.spec;
    options.log.warn({ sessionId, reason: describeError(error) }, "owners were not read");
    return null;
  }
}

function altered({ log }: ResultLoopOptions, sessionId: string, problem: string): CaptureResult {
  log.error({ sessionId }, "stored capture has another hash than the host's");
  return { sha256Verified: false, reportPath: null, problem };
}

type CaptureFile =
  | RingCapture
  /** `findAlteration`, after reading: why these are not the bytes that the host made; null: they are. */
  | {
      kind: "compared";
      capture: AsyncIterable<Uint8Array>;
      /** Null: it is not in the store, where packets are looked at. */
      indexed: IndexedFile | null;
      findAlteration(): Promise<string | null>;
    };

/** The finished file, when it is here; whether it is what the host made shows when it is read. */
async function openCaptureFile(
  options: ResultLoopOptions,
  session: CaptureSession,
  signal: AbortSignal,
): Promise<CaptureFile> {
  const { observed, storagePath, spec } = session;
  if (spec.ring) return openRingCapture(session, options);
  const expected = observed?.sha256;
  if (!observed || !expected) return { kind: "nowhere", reason: "the session made no file" };
  const address = observed.uploaded ? options.addressOf(storagePath) : null;
  if (address) {
    const { stream, properties } = await options.store.read(address);
    const indexed = { sizeBytes: properties.sizeBytes, sha256: expected };
    const hashed = hashWhileRead(stream, expected, signal);
    const findAlteration = async (): Promise<string | null> => {
      if (hashed.sha256 === expected) return null;
      const found = await options.store.verify(address);
      if (found.sha256 === expected) return null;
      return found.problem ?? `stored file has SHA-256 ${found.sha256}, the host made ${expected}`;
    };
    return { kind: "compared", capture: hashed.chunks, indexed, findAlteration };
  }
  const path = observed.filePath;
  // A file of that name may be another host's.
  if (path !== null && (await hashFile(path).catch(() => null)) === expected) {
    const capture = createReadStream(path) as AsyncIterable<Buffer>;
    return { kind: "compared", capture, indexed: null, findAlteration: async () => null };
  }
  const where = path ?? (observed.uploaded ? storagePath : spec.filePath) ?? "nowhere";
  return {
    kind: "nowhere",
    reason: `not inspected: the file is not in this store, it is at ${where}`,
  };
}
