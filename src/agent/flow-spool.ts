import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";
import type { Closable } from "../common/lifecycle.ts";
import {
  flowBatch,
  flowBatchLengthMax,
  type FlowBatchMessage,
  flowRecordCountMax,
  flowRecordLengthMax,
} from "../uplink/flow-messages.ts";
import { openSpool, type SpooledMessage } from "../uplink/spool.ts";

/** Numbers that one run of the agent may use: more batches than a run can write. */
const sequencesPerRun = 2 ** 32;

const numbering = z.strictObject({
  stream: z.uuid(),
  run: z
    .int()
    .min(0)
    .max(2 ** 20),
});

/**
 * Batches of flow records that wait on disk for the control plane, apart from the samples, so that
 * neither pushes the other out. Numbers grow over restarts: each run has a range of its own.
 */
export interface FlowSpool extends Closable {
  readonly stream: string;
  /**
   * Resolves when the records are on disk, in batches that fit a message. None of them is taken before `commit`
   * has resolved, which is given the number of the last batch there is.
   */
  append(records: readonly string[], commit?: (sequence: number) => Promise<void>): Promise<void>;
  /** The oldest batches, up to a message's bounds, after those already taken. */
  take(limit: number): Promise<{ batches: FlowBatchMessage[]; taken: SpooledMessage[] }>;
  remove(taken: readonly SpooledMessage[]): Promise<void>;
  rewind(): void;
  /** Batches that wait. */
  readonly waitingCount: number;
  /** Batches that were dropped because the disk's budget was used up, or that cannot be read any more. */
  readonly droppedCount: number;
  /** Records that are longer than a message may be. */
  readonly refusedCount: number;
}

export async function openFlowSpool(options: {
  directory: string;
  sizeBytesMax: number;
  /** Batches of an earlier run with a greater number do not count; null: all do. */
  committedSequence?: number | null;
}): Promise<FlowSpool> {
  const { directory, sizeBytesMax, committedSequence = null } = options;
  const { stream, run } = await nextRun(join(directory, "numbering.json"));
  const spool = await openSpool({
    directory: join(directory, "batches"),
    sizeBytesMax,
    isWanted: (message) => committedSequence === null || sequenceOf(message) <= committedSequence,
  });
  let sequence = run * sequencesPerRun;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  };
  let unreadable = 0;
  let refused = 0;
  return {
    stream,
    append: (records, commit) =>
      inTurn(async () => {
        for (const batch of intoBatches(records, () => refused++)) {
          await spool.append({ sequence: ++sequence, records: batch });
        }
        await commit?.(sequence);
      }),
    async take(limit) {
      const taken = await inTurn(() => spool.take(limit));
      const parsed = taken.map(({ message }) => flowBatch.safeParse(message));
      unreadable += parsed.filter(({ success }) => !success).length;
      return { taken, batches: parsed.flatMap((each) => (each.success ? [each.data] : [])) };
    },
    remove: (taken) => spool.remove(taken),
    rewind: () => spool.rewind(),
    get waitingCount() {
      return spool.waitingCount;
    },
    get droppedCount() {
      return spool.droppedCount + unreadable;
    },
    get refusedCount() {
      return refused;
    },
    close: () => spool.close(),
  };
}

/** Of one that cannot be read 0: it is counted when it is taken. */
function sequenceOf(message: unknown): number {
  const parsed = flowBatch.safeParse(message);
  return parsed.success ? parsed.data.sequence : 0;
}

/** The run's number is on disk before the first of its batches is. A damaged file begins a new stream. */
async function nextRun(path: string): Promise<z.infer<typeof numbering>> {
  const text = await readTextIfExists(path);
  const before = text === null ? null : numbering.safeParse(parseJson(text));
  const next = before?.success
    ? { stream: before.data.stream, run: before.data.run + 1 }
    : { stream: randomUUID(), run: 0 };
  await writeFileAtomic(path, JSON.stringify(next));
  return next;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function* intoBatches(
  records: readonly string[],
  onRefused: () => void,
): Generator<string[], void, undefined> {
  let batch: string[] = [];
  let length = 0;
  for (const record of records) {
    if (record.length > flowRecordLengthMax) {
      onRefused();
      continue;
    }
    const isFull =
      batch.length === flowRecordCountMax || length + record.length > flowBatchLengthMax;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(record);
    length += record.length;
  }
  if (batch.length > 0) yield batch;
}
