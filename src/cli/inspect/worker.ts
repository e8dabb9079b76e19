// Runs in a worker thread: inspects one file after the other and gives the answer away piece by piece,
// each only when it is asked for, so that what waits is held back here.
import { parentPort, workerData } from "node:worker_threads";
import { compileFilter } from "../../inspection/filter/filter.ts";
import { answerPieces } from "./answer.ts";
import type { WorkerReply, WorkerRequest, WorkerSetup } from "./messages.ts";
import { bytesOf, type Piece } from "./piece.ts";

const setup = workerData as WorkerSetup;
const filter = setup.filter === null ? null : compileFilter(setup.filter);
let pieces: AsyncGenerator<Piece, boolean> | null = null;

async function replyTo(path: WorkerRequest): Promise<WorkerReply> {
  if (path !== null) pieces = answerPieces(path, { ...setup, filter });
  const next = await pieces?.next();
  if (!next || next.done === true) return { kind: "done", isRead: next?.value ?? false };
  return { kind: "piece", to: next.value.to, bytes: bytesOf(next.value.content) };
}

// What goes wrong here is not handled: it ends the thread, and whoever asked is told why.
parentPort?.on("message", (request: WorkerRequest) => {
  void replyTo(request).then((reply) =>
    parentPort?.postMessage(reply, reply.kind === "piece" ? [reply.bytes.buffer] : []),
  );
});
