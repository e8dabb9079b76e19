// Runs in a worker thread: a capture is read and reported on beside the event loop, never on it.
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { describeError } from "../../common/errors.ts";
import { keepIndex } from "../../inspection/browse/kept-index.ts";
import { PacketIndex } from "../../inspection/browse/packet-index.ts";
import type {
  AddressFacts,
  ChangeOptions,
  PeerHistory,
} from "../../inspection/change/change-options.ts";
import { createOwnerIndex } from "../../inspection/change/owner-index.ts";
import { type OwnersFile, readOwners } from "../../inspection/change/socket-owner.ts";
import { culpritOf } from "../../inspection/change/culprit.ts";
import { gistOf } from "../../inspection/change/gist.ts";
import { inspect } from "../../inspection/inspect.ts";
import { renderHtmlReport } from "../../report/html-report.ts";
import { renderJsonReport } from "../../report/json-report.ts";
import { renderTextReport } from "../../report/text-report.ts";
import type { KnownPeers } from "./change-baselines.ts";
import { receiveChunks } from "./chunk-port.ts";
import { writeReportFile } from "./report-file.ts";
import { loadFacts } from "./load-facts.ts";
import {
  packetIndexFile,
  reportFiles,
  type FactsQuestion,
  type FactsReply,
  type HistoryQuestion,
  type WorkerAnswer,
  type WorkerTask,
} from "./report-task.ts";

async function work(task: WorkerTask): Promise<WorkerAnswer> {
  try {
    return await report(task);
  } finally {
    task.capture.close();
  }
}

async function report(task: WorkerTask): Promise<WorkerAnswer> {
  const { capture, directory, context } = task;
  // An owners file that breaks off is used as far as it goes; one that cannot be read is done without.
  const owners = task.owners && (await readOwners(task.owners).catch(() => null));
  const change = await changeOptions(task, owners);
  const received = receiveChunks(capture);
  const index = task.indexed && new PacketIndex();
  const inspection = await inspect(received.chunks, {
    ...(index && { index }),
    ...(owners && { owners }),
    ...(change && { change }),
  });
  // Only now is it known whether these were the bytes that the host made.
  await received.end();
  const input = { ...context, inspection };
  const text = renderTextReport(input);
  const write = (name: string, content: string): Promise<void> =>
    writeReportFile({ directory, name }, content, task.key);
  await write(reportFiles.json, renderJsonReport(input));
  await write(reportFiles.text, `${text}\n`);
  // The page is the last: a report counts as written when it is there.
  await write(reportFiles.html, renderHtmlReport(input));
  await keepPackets(task, index).catch(() => {}); // made again when somebody looks into the capture
  const told = inspection.change;
  const answer = told
    ? { kind: told.kind, sentence: told.sentence, culprit: culpritOf(told), gist: gistOf(told) }
    : null;
  return { kind: "done", text, packets: inspection.file.packets, answer };
}

/** So that whoever looks into the capture need not wait until it was read again. */
async function keepPackets(
  { directory, indexed, key }: WorkerTask,
  index: PacketIndex | null,
): Promise<void> {
  const kept = index && indexed && keepIndex(index, indexed);
  if (kept) await writeReportFile({ directory, name: packetIndexFile }, kept, key);
}

async function changeOptions(
  task: WorkerTask,
  file: OwnersFile | null,
): Promise<ChangeOptions | null> {
  const { change } = task;
  if (!change) return null;
  const known = file?.summary?.localAddresses ?? [];
  return {
    ...change,
    localAddresses: [...new Set([...change.localAddresses, ...known])],
    ...(file && { owners: createOwnerIndex(file) }),
    findFacts: (addresses) => findFacts(addresses, task),
    findHistory: (addresses) => findHistory(addresses),
  };
}

async function findHistory(addresses: readonly string[]): Promise<PeerHistory | null> {
  if (!parentPort) return null;
  const question: HistoryQuestion = { kind: "history", addresses };
  parentPort.postMessage(question);
  const [reply] = (await once(parentPort, "message")) as [KnownPeers | null];
  if (!reply) return null;
  return { since: reply.since, asked: new Set(addresses), lastSeen: new Map(reply.lastSeen) };
}

/** The control plane is asked first, which may have the data loaded; a report does without before it fails. */
async function findFacts(
  addresses: readonly string[],
  { traffic }: WorkerTask,
): Promise<ReadonlyMap<string, AddressFacts>> {
  if (!parentPort) return new Map();
  const question: FactsQuestion = { kind: "facts", addresses };
  parentPort.postMessage(question);
  const [reply] = (await once(parentPort, "message")) as [FactsReply];
  return reply ? new Map(reply) : loadFacts(addresses, traffic).catch(() => new Map());
}

const answer = await work(workerData as WorkerTask).catch((error: unknown): WorkerAnswer => ({
  kind: "failed",
  reason: describeError(error),
}));
parentPort?.postMessage(answer);
