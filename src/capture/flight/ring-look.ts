import { createReadStream } from "node:fs";
import { PacketCursor } from "../../inspection/tools/packet-cursor.ts";
import type { PacketFilter } from "./compiled-filter.ts";
import type { FlightRecorder } from "./flight-recorder.ts";
import { coveredFrom, oldestPacketTime } from "./reach.ts";
import { listRingFiles, type RingFile } from "./ring-file.ts";

/** A file's last packet is in it so soon after it was sent. */
const writtenAfterMilliseconds = 1_000;
const chunkSizeBytes = 256 << 10;

/** What is looked for in the ring, and how long. */
export interface RingQuestion {
  /** Which packets of an interface are meant. */
  filterOf(interfaceName: string): PacketFilter;
  /** Packets from the first to the second moment; milliseconds since the epoch. */
  from: number;
  to: number;
  /** Bytes kept of each packet; 0: all. */
  snapLengthBytes: number;
  /** The newest files of so many bytes are read, for so long. */
  readBytesMax: number;
  readMillisecondsMax: number;
}

/** What the ring holds of it. */
export interface RingLook {
  interfaces: { name: string; reachesBackTo: number | null }[];
  packets: number;
  /** Of these packets, without what a file has around them. */
  bytes: number;
  /** There was more to read than is allowed: at least so many packets are there. */
  isPartial: boolean;
  readBytes: number;
}

/**
 * Counts what a look-back would find in the ring, newest files first, while the recorder goes on. Nothing is
 * held, so a file may be gone before it is read: then its packets would be gone from a look-back as well.
 */
export async function lookIntoRing(
  recorder: Pick<FlightRecorder, "state">,
  question: RingQuestion,
  signal: AbortSignal,
): Promise<RingLook> {
  const { directory, interfaces } = recorder.state();
  const files = listRingFiles(directory);
  const looked: RingLook = {
    interfaces: await Promise.all(
      interfaces.map(async ({ name, recording }) => ({
        name,
        reachesBackTo: await reachOf({ name, recording, files }, signal),
      })),
    ),
    packets: 0,
    bytes: 0,
    isPartial: false,
    readBytes: 0,
  };
  const endsAt = performance.now() + question.readMillisecondsMax;
  for (const file of newestFirst(files, question.from)) {
    const isOver = (): boolean =>
      looked.readBytes >= question.readBytesMax || performance.now() >= endsAt;
    if (isOver()) looked.isPartial = true;
    else await count(file, { looked, question, isOver, signal });
    if (looked.isPartial) break;
  }
  return looked;
}

async function reachOf(
  {
    name,
    recording,
    files,
  }: {
    name: string;
    recording: { run: number; startedAt: number } | null;
    files: readonly RingFile[];
  },
  signal: AbortSignal,
): Promise<number | null> {
  const own = files.filter(({ interfaceName }) => interfaceName === name);
  const oldest = await oldestPacketTime(own, signal);
  return coveredFrom({ recording }, own, oldest, 0);
}

const newestFirst = (files: readonly RingFile[], from: number): RingFile[] =>
  files
    .filter(({ modifiedAt }) => modifiedAt >= from - writtenAfterMilliseconds)
    .toSorted((a, b) => b.modifiedAt - a.modifiedAt);

interface Counting {
  looked: RingLook;
  question: RingQuestion;
  isOver: () => boolean;
  signal: AbortSignal;
}

async function count(
  file: RingFile,
  { looked, question, isOver, signal }: Counting,
): Promise<void> {
  const filter = question.filterOf(file.interfaceName);
  const { from, to, snapLengthBytes } = question;
  const before = looked.readBytes;
  const onProgress = (bytes: number): void => void (looked.readBytes = before + bytes);
  const source = createReadStream(file.path, { highWaterMark: chunkSizeBytes });
  const cursor = new PacketCursor(source, { signal, onProgress });
  try {
    for (;;) {
      while (cursor.next()) take();
      if (isOver()) {
        looked.isPartial = true;
        return;
      }
      if (!(await cursor.fill())) return;
      take();
    }
  } catch {
    signal.throwIfAborted(); // the file is gone, or has no header yet
  } finally {
    await cursor.close();
  }

  function take(): void {
    const { bytes, offset, capturedLength, originalLength, linkType, seconds, nanoseconds } =
      cursor.packet;
    const time = seconds * 1_000 + nanoseconds / 1e6;
    if (time < from || time > to) return;
    if (!filter(bytes, offset, capturedLength, originalLength, linkType)) return;
    looked.packets++;
    looked.bytes +=
      snapLengthBytes > 0 ? Math.min(capturedLength, snapLengthBytes) : capturedLength;
  }
}
