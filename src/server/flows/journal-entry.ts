import { z } from "zod";

/** One record of an entry: whose it is, so that nobody has to read its text for that. */
const recordHead = z.strictObject({
  /** Of the flow log, as its resource spells it. */
  flowLogId: z.string(),
  /** Twelve hexadecimal digits, upper case. */
  macAddress: z.string(),
  /** Milliseconds since the epoch. */
  time: z.int(),
  /** Bytes of its text. */
  sizeBytes: z.int().min(2),
});

const entryHead = z.strictObject({
  hostId: z.string(),
  stream: z.string(),
  sequence: z.int(),
  receivedAt: z.int(),
  records: z.array(recordHead),
});

/** A host's batch as it lies in the journal: a line of JSON about it, then the records' texts. */
export type EntryHead = z.infer<typeof entryHead>;

export interface JournalRecord extends z.infer<typeof recordHead> {
  /** The record's JSON, whole. */
  readonly bytes: Uint8Array;
}

const newline = 0x0a;

export function writeEntry(
  head: Omit<EntryHead, "records"> & {
    records: readonly (Omit<EntryHead["records"][number], "sizeBytes"> & { text: string })[];
  },
): Uint8Array {
  const texts = head.records.map(({ text }) => Buffer.from(text));
  const records = head.records.map(({ text: _text, ...rest }, index) => ({
    ...rest,
    sizeBytes: texts[index]?.length ?? 0,
  }));
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...head, records })}\n`), ...texts]);
}

/** What the journal holds was written by us and its checksum is right: anything else is a fault of ours. */
export function readEntry(bytes: Uint8Array): { head: EntryHead; records: JournalRecord[] } {
  const at = bytes.indexOf(newline);
  const head = entryHead.parse(JSON.parse(Buffer.from(bytes.subarray(0, at)).toString("utf8")));
  let offset = at + 1;
  const records = head.records.map((record) => {
    const text = bytes.subarray(offset, offset + record.sizeBytes);
    offset += record.sizeBytes;
    return { ...record, bytes: text };
  });
  return { head, records };
}
