import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Culprit } from "../../inspection/change/culprit.ts";
import type { ChangeGist } from "../../inspection/change/gist.ts";
import type { IndexedFile } from "../../inspection/browse/kept-index.ts";
import type { AddressFacts } from "../../inspection/change/change-options.ts";
import type { ReportInput } from "../../report/report-input.ts";
import type { KnownPeers } from "./change-baselines.ts";
import type { StorageKey } from "../../storage/vault/key-ring.ts";
import type { ChangeRequest } from "./change-request.ts";
import { sendChunks } from "./chunk-port.ts";

/** A capture larger than memory must not fill it: the worker ends alone, the control plane goes on. */
const workerHeapMegabytesMax = 2_048;
const taskTimeoutMilliseconds = 30 * 60_000;

/** What a report's folder holds. */
export const reportFiles = {
  html: "report.html",
  text: "report.txt",
  json: "report.json",
} as const;

/** Beside them: where each packet of the capture lies. It is no part of the report, and is made again where it is missing. */
export const packetIndexFile = "packets.index";

export interface ReportTask {
  /** The folder that the report's files are written to. */
  directory: string;
  /** What they are encrypted with; null: nothing. */
  key: StorageKey | null;
  context: Omit<ReportInput, "inspection">;
  /** What changed is asked for; null: nothing is. */
  change: ChangeRequest | null;
  /** Settings of the data about addresses: the file beside the state, and where copies of feeds lie. */
  traffic: { settingsPath: string; stateDirectory: string };
  /** What the capture's bytes are, once they turned out to be these; null: no index of it is kept. */
  indexed: IndexedFile | null;
}

export interface WorkerTask extends ReportTask {
  /** Where the capture's bytes come; see `receiveChunks`. */
  capture: MessagePort;
  /** Which process owned a socket; null when there is no such file. */
  owners: ReadableStream<Uint8Array> | null;
}

export type WorkerAnswer =
  | {
      kind: "done";
      text: string;
      packets: number;
      /** What changed; null when nobody asked. */
      answer: {
        kind: string;
        sentence: string;
        culprit: Culprit | null;
        gist: ChangeGist;
      } | null;
    }
  | { kind: "failed"; reason: string };

/** A worker asks once about addresses; null says that whoever is asked does not know them either. */
export interface FactsQuestion {
  kind: "facts";
  addresses: readonly string[];
}
export type FactsReply = readonly (readonly [string, AddressFacts])[] | null;

/** A worker asks once about the peers that its answer names: when the host talked to them before. */
export interface HistoryQuestion {
  kind: "history";
  addresses: readonly string[];
}

/** When the host talked to some addresses before; null where nothing says. */
export type HistorySource = (addresses: readonly string[]) => Promise<KnownPeers | null>;

/** Whom a worker may ask. */
export interface ReportSources {
  factsOf: FactsSource;
  historyOf: HistorySource;
}

/** The files that a report is made from. */
export interface ReportFiles {
  /** A report is made only when it is read to its end without a failure. */
  capture: AsyncIterable<Uint8Array>;
  owners: Readable | ReadableStream<Uint8Array> | null;
}

/** What is known of addresses where that is loaded already; null where it is not. */
export type FactsSource = (addresses: readonly string[]) => Promise<FactsReply>;

/** Inspects one capture in a worker thread; never throws, the reason is in the answer. */
export function runReportTask(
  files: ReportFiles,
  { factsOf, historyOf, ...task }: ReportTask & ReportSources,
  signal: AbortSignal,
): Promise<WorkerAnswer> {
  const owners = files.owners && webStream(files.owners);
  const { port1, port2: capture } = new MessageChannel();
  return new Promise((resolve) => {
    const worker = new Worker(fileURLToPath(new URL("./worker.ts", import.meta.url)), {
      workerData: { ...task, capture, owners },
      transferList: owners ? [capture, owners] : [capture],
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMegabytesMax },
    });
    const sending = sendChunks(files.capture, port1);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(taskTimeoutMilliseconds)]);
    limit.addEventListener("abort", () => void worker.terminate());
    let answer: WorkerAnswer = {
      kind: "failed",
      reason: "inspection was ended before it was done",
    };
    const reply = async (asked: Promise<unknown>): Promise<void> =>
      worker.postMessage(await asked.catch(() => null));
    worker.on("message", (message: WorkerAnswer | FactsQuestion | HistoryQuestion) => {
      if (message.kind === "facts") void reply(factsOf(message.addresses));
      else if (message.kind === "history") void reply(historyOf(message.addresses));
      else answer = message;
    });
    worker.on("error", (error: Error) => (answer = { kind: "failed", reason: error.message }));
    worker.on("exit", () => {
      port1.close();
      void sending.finally(() => resolve(answer));
    });
  });
}

const webStream = (stream: Readable | ReadableStream<Uint8Array>): ReadableStream<Uint8Array> =>
  stream instanceof Readable ? Readable.toWeb(stream) : stream;
