import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { readTextIfExists, writeFileAtomic } from "../../common/files.ts";
import type { Log } from "../../common/log.ts";
import type { ProcessMetrics } from "../../common/metrics.ts";
import { createHostMarks, type HostMarks } from "./host-marks.ts";
import { type JournalConsumer, openConsumer } from "./journal/consumer.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import type { KeyRing } from "../../storage/vault/key-ring.ts";
import type { SealedPart } from "../encryption/encryption.ts";
import { sealedJournal } from "./sealed-journal.ts";
import { readEntry } from "./journal-entry.ts";

/** The journal of flows, what it knows of hosts, and its two readers. */
export interface FlowJournal {
  readonly journal: Journal;
  readonly marks: HostMarks;
  /** Rows of the table. */
  readonly rows: JournalConsumer;
  /** Blocks of blobs. */
  readonly blobs: JournalConsumer;
  /** Lets go what both have dealt with. */
  tidy(): Promise<void>;
  /** What is encrypted of it. */
  readonly sealed: SealedPart;
}

export async function openFlowJournal(options: {
  directory: string;
  sizeBytesMax: number;
  segmentSizeBytesMax?: number;
  /** What entries are encrypted with; null: nothing. */
  keys?: KeyRing | null;
  metrics: ProcessMetrics;
  log: Log;
}): Promise<FlowJournal> {
  const { directory, log, keys = null } = options;
  const marks = createHostMarks();
  const journalId = await readJournalId(join(directory, "journal-id"));
  const skipped = options.metrics.counter(
    "nightcap_flows_segments_skipped_total",
    "Segments that a reader of the flow journal left out because the journal was full",
    ["reader"],
  );
  const readers: { name: "rows" | "blobs"; consumer: JournalConsumer }[] = [];
  const journal = await openJournal({
    directory: join(directory, "journal"),
    sizeBytesMax: options.sizeBytesMax,
    ...(options.segmentSizeBytesMax === undefined
      ? {}
      : { segmentSizeBytesMax: options.segmentSizeBytesMax }),
    keys,
    preamble: () => marks.bytes(),
    onLoaded(bytes, isPreamble) {
      if (isPreamble) return marks.load(bytes);
      const { hostId, stream, sequence } = readEntry(bytes).head;
      marks.take(hostId, stream, sequence);
    },
    onFull: () => makeRoom(),
    log,
  });
  const tidy = (): Promise<void> =>
    journal.removeBefore(Math.min(...readers.map(({ consumer }) => consumer.at.segment)));
  /**
   * When a segment is wanted by one reader alone, that one leaves it out: what the other has of it can be
   * brought in from there. What neither has is kept, and new flows wait on their hosts.
   */
  const makeRoom = async (): Promise<void> => {
    await tidy();
    const oldest = journal.first.segment;
    const late = readers.filter(({ consumer }) => consumer.at.segment === oldest);
    const next = journal.after(oldest);
    const [only, ...others] = late;
    if (!next || !only || others.length > 0) return;
    await only.consumer.skipTo(next);
    skipped.add(1, { reader: only.name });
    log.error({ reader: only.name, segment: oldest }, "a segment of the flow journal is left out");
    await tidy();
  };
  for (const name of ["rows", "blobs"] as const) {
    const consumer = await openConsumer({ journal, directory, name: `cursor-${name}`, journalId });
    readers.push({ name, consumer });
  }
  options.metrics.gauge(
    "nightcap_flows_journal_bytes",
    "Flow records on disk that are not yet both in the table and in blobs",
    () => journal.sizeBytes,
  );
  const [rows, blobs] = readers.map(({ consumer }) => consumer);
  if (!rows || !blobs) throw new Error("the journal has two readers");
  const sealed = sealedJournal(journal, { keys, readers: [rows, blobs], tidy });
  return { journal, marks, rows, blobs, tidy, sealed };
}

async function readJournalId(path: string): Promise<string> {
  const known = await readTextIfExists(path);
  if (known !== null) return known.trim();
  const made = randomUUID();
  await writeFileAtomic(path, `${made}\n`);
  return made;
}
