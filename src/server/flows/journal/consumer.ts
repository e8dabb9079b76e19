import { join } from "node:path";
import { z } from "zod";
import { readTextIfExists, writeFileAtomic } from "../../../common/files.ts";
import type { ReadEntry } from "./frame.ts";
import type { Journal, JournalPosition } from "./journal.ts";

const position = z.strictObject({ segment: z.int().min(1), offset: z.int().min(0) });
const cursorFile = z.strictObject({
  at: position,
  /** The end of a batch that was begun: it is read again with the same entries, under the same token. */
  batchEnd: z.int().min(0).nullable(),
});

/** Entries that are dealt with together. */
export interface JournalBatch {
  /** The same entries have the same token, also after a crash. */
  readonly token: string;
  readonly entries: readonly ReadEntry[];
  readonly from: JournalPosition;
  readonly end: JournalPosition;
}

/**
 * One reader of the journal with a cursor of its own on disk. Each batch is written down before it is
 * given out, so that after a crash exactly the same one is given again.
 */
export interface JournalConsumer {
  readonly at: JournalPosition;
  /** The batch that follows; null: all was dealt with. */
  next(sizeBytesMax: number): Promise<JournalBatch | null>;
  done(batch: JournalBatch): Promise<void>;
  /** Leaves out what is before the position. */
  skipTo(position: JournalPosition): Promise<void>;
  /** Goes on to the next segment when this one was dealt with to its end, so that it can go. */
  passEnd(): Promise<void>;
}

export async function openConsumer(options: {
  journal: Journal;
  directory: string;
  name: string;
  /** Of this installation, so that a token is one everywhere. */
  journalId: string;
}): Promise<JournalConsumer> {
  const { journal, journalId } = options;
  const path = join(options.directory, `${options.name}.json`);
  const text = await readTextIfExists(path);
  let cursor = text === null ? null : cursorFile.parse(JSON.parse(text));
  const current = () => {
    const { first } = journal;
    const kept = cursor && cursor.at.segment >= first.segment ? cursor : null;
    return kept ?? { at: first, batchEnd: null };
  };
  const save = async (next: z.infer<typeof cursorFile>): Promise<void> => {
    await writeFileAtomic(path, JSON.stringify(next));
    cursor = next;
  };
  const batchOf = (at: JournalPosition, entries: readonly ReadEntry[]): JournalBatch => {
    const end = { segment: at.segment, offset: entries.at(-1)?.end ?? at.offset };
    return {
      token: `${journalId}/${at.segment}/${at.offset}-${end.offset}`,
      entries,
      from: at,
      end,
    };
  };
  const next = async (sizeBytesMax: number): Promise<JournalBatch | null> => {
    for (;;) {
      const { at, batchEnd } = current();
      if (batchEnd !== null) {
        const sizeBytes = batchEnd - at.offset;
        const entries = await journal.read(at, { sizeBytesMax: sizeBytes, end: batchEnd });
        return batchOf(at, entries);
      }
      const entries = await journal.read(at, { sizeBytesMax });
      if (entries.length > 0) {
        const batch = batchOf(at, entries);
        await save({ at, batchEnd: batch.end.offset });
        return batch;
      }
      const following = journal.after(at.segment);
      if (!following) return null;
      await save({ at: following, batchEnd: null });
    }
  };
  const passEnd = async (): Promise<void> => {
    for (;;) {
      const { at, batchEnd } = current();
      const following = journal.after(at.segment);
      if (batchEnd !== null || !following) return;
      if ((await journal.read(at, { sizeBytesMax: 1 })).length > 0) return;
      await save({ at: following, batchEnd: null });
    }
  };
  const inTurn = takeTurns();
  return {
    get at() {
      return current().at;
    },
    next: (sizeBytesMax) => inTurn(() => next(sizeBytesMax)),
    done: ({ end }) => inTurn(() => save({ at: end, batchEnd: null })),
    skipTo: (to) => inTurn(() => save({ at: to, batchEnd: null })),
    passEnd: () => inTurn(passEnd),
  };
}

/** Work on one cursor, one after another. */
function takeTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {}); // the caller has the failure; the next in line must not
    return mine;
  };
}
