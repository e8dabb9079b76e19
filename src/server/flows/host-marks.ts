import { z } from "zod";

/** How far each host's numbering was taken: what comes again is known again. */
export interface HostMarks {
  /** Whether this batch is new; a host with another stream lost its disk and numbers anew. */
  isNew(hostId: string, stream: string, sequence: number): boolean;
  take(hostId: string, stream: string, sequence: number): void;
  /** The highest number that was taken of the stream; null: none. */
  highest(hostId: string, stream: string): number | null;
  bytes(): Uint8Array;
  /** Takes over what `bytes` gave. */
  load(bytes: Uint8Array): void;
}

const markFile = z.record(z.string(), z.strictObject({ stream: z.string(), sequence: z.int() }));

export function createHostMarks(): HostMarks {
  const marks = new Map<string, { stream: string; sequence: number }>();
  const highest = (hostId: string, stream: string): number | null => {
    const mark = marks.get(hostId);
    return mark?.stream === stream ? mark.sequence : null;
  };
  return {
    highest,
    isNew: (hostId, stream, sequence) => sequence > (highest(hostId, stream) ?? 0),
    take: (hostId, stream, sequence) => void marks.set(hostId, { stream, sequence }),
    bytes: () => Buffer.from(JSON.stringify(Object.fromEntries(marks))),
    load(bytes) {
      const read = markFile.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
      for (const [hostId, mark] of Object.entries(read)) marks.set(hostId, mark);
    },
  };
}
