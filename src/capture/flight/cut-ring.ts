import { statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import type { PacketView } from "../../inspection/file/record.ts";
import { PacketCursor } from "../../inspection/tools/packet-cursor.ts";
import type { PacketFilter } from "./compiled-filter.ts";
import { type EdgePacket, edgeToleranceNanoseconds, isSamePacket, sharedPackets } from "./edge.ts";
import { followedFile } from "./followed-file.ts";
import type { ReadFile } from "./holes.ts";
import { edgePacket, type RecordingEdge, sinceEdge } from "./recording-edge.ts";
import type { RingFile } from "./ring-file.ts";
import { RingPart } from "./ring-part.ts";

/** Of packets near the edge, which wait until it is known where the recording begins. */
const waitingBytesMax = 64 << 20;
/** What was sent is in the recorder's file after this time, on a machine that is not starved. */
const writtenAfterMilliseconds = 500;
const edgeWaitMilliseconds = 5_000;

export interface CutRingOptions {
  /** The held files of one interface, oldest first; asked again, because files are begun meanwhile. */
  files: () => RingFile[];
  /** Packets before it are left out; nanoseconds since the epoch. */
  fromNanoseconds: bigint;
  /** Where the recording begins; null: it has no packet before `endMilliseconds`. */
  edge: RecordingEdge | null;
  /** Without an edge packets from this moment on are left out; milliseconds since the epoch. */
  endMilliseconds: number;
  filter: PacketFilter;
  /** Bytes kept of each packet; 0: as many as the ring has. */
  snapLengthBytes: number;
  /** Written whole or not at all. */
  filePath: string;
  /** What the packets take at most: the oldest give way. 0: no limit. */
  sizeBytesMax: number;
  /** What the packets may take at most of a disk that is full. */
  roomBytes: () => Promise<number>;
  /** What the recorder lost; null: not known. */
  drops: number | null;
  /** The clock jumped within the window: times do not say what came first. */
  isClockStepped: boolean;
  now: () => number;
  signal: AbortSignal;
}

export interface CutRingResult {
  /** Of the window, before the filter. */
  packetsSeen: number;
  packets: number;
  /** Of these, packets of which the ring has less than was asked for. */
  packetsCutShort: number;
  sizeBytes: number;
  /** False: the recording's first packet is not in the ring. */
  edgeIsFound: boolean;
  /** Of the recording's first packets those that the ring should have, and lacks. */
  packetsLacking: number;
  /** Taken out of the ring because the recording lacks them, although it had begun. */
  packetsFilledIn: number;
  isCutBySize: boolean;
  /** In order. */
  readFiles: ReadFile[];
}

/** Cuts what a session wants out of the ring's files, up to the packet with which its recording begins. */
export async function cutRing(options: CutRingOptions): Promise<CutRingResult> {
  const { sizeBytesMax } = options;
  const whole = await cutOnce(options, { skipBytes: 0 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return null;
    throw error;
  });
  if (whole && (sizeBytesMax === 0 || whole.sizeBytes <= sizeBytesMax)) return whole;
  // A full disk takes the newest.
  const room = whole ? sizeBytesMax : await options.roomBytes();
  const counted = whole ?? (await cutOnce(options, { skipBytes: 0, isOnlyCounted: true }));
  const most = sizeBytesMax === 0 ? room : Math.min(room, sizeBytesMax);
  const again = await cutOnce(options, { skipBytes: counted.sizeBytes - most });
  return { ...again, isCutBySize: true };
}

async function cutOnce(
  options: CutRingOptions,
  how: { skipBytes: number; isOnlyCounted?: boolean },
): Promise<CutRingResult> {
  const cut = new Cut(options, how.skipBytes);
  if (how.isOnlyCounted) {
    for await (const _ of cut.run());
    return cut.result;
  }
  const partial = `${options.filePath}.partial`;
  const output = await open(partial, "w", 0o600);
  try {
    for await (const chunk of cut.run()) await output.writeFile(chunk);
    await output.close();
    if (cut.result.packets > 0) await rename(partial, options.filePath);
    else await rm(partial);
    return cut.result;
  } catch (error) {
    await output.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
}

interface Waiting {
  edge: EdgePacket;
  packet: PacketView;
  part: number;
}

class Cut {
  readonly result: CutRingResult = {
    packetsSeen: 0,
    packets: 0,
    packetsCutShort: 0,
    sizeBytes: 0,
    edgeIsFound: true,
    packetsLacking: 0,
    packetsFilledIn: 0,
    isCutBySize: false,
    readFiles: [],
  };
  readonly #options: CutRingOptions;
  readonly #output: RingPart;
  readonly #from: { seconds: number; nanoseconds: number };
  readonly #end: { seconds: number; nanoseconds: number };
  readonly #deadline: number;
  /** Files found and, but for those at the beginning, not read. */
  #known: RingFile[] = [];
  #skipBytes: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** A packet was seen after which nothing of the window comes. */
  #isPast = false;
  /** Of the packets looked at, counted from the edge. */
  #latestTime = Number.NEGATIVE_INFINITY;
  #lastIsFound = false;

  constructor(options: CutRingOptions, skipBytes: number) {
    this.#options = options;
    this.#skipBytes = skipBytes;
    this.#output = new RingPart(options.drops);
    this.#from = parts(options.fromNanoseconds);
    this.#end = parts(BigInt(Math.ceil(options.endMilliseconds)) * 1_000_000n);
    this.#deadline = options.now() + edgeWaitMilliseconds;
  }

  async *run(): AsyncGenerator<Uint8Array, void> {
    const read = new Set<string>();
    this.#known = this.#options.files();
    const heldCount = this.#known.length;
    for (let file = this.#next(read); file && !this.#isPast; file = this.#next(read)) {
      if (read.size >= heldCount && this.#isTooLate()) break;
      read.add(file.name);
      yield* this.#readFile(file, read);
    }
    this.#writeWaiting();
    this.#output.finish();
    const output = this.#output;
    if (output.packets > 0) yield output.take();
    Object.assign(this.result, { packets: output.packets, sizeBytes: output.sizeBytes });
  }

  /** The first file that was not read yet. The folder is only looked at when no other is known. */
  #next(read: ReadonlySet<string>): RingFile | null {
    const isUnread = ({ name }: RingFile): boolean => !read.has(name);
    const next = this.#known.find(isUnread);
    if (next) return next;
    this.#known = this.#options.files().filter(isUnread);
    return this.#known[0] ?? null;
  }

  /**
   * With a recording and a clock that goes on, a file that is begun later ends the search by its times. Else
   * it would never end while there is traffic.
   */
  #isTooLate(): boolean {
    const { edge, isClockStepped, now } = this.#options;
    return (edge === null || isClockStepped) && now() >= this.#deadline;
  }

  async *#readFile(file: RingFile, read: ReadonlySet<string>): AsyncGenerator<Uint8Array, void> {
    const { signal } = this.#options;
    let isThere = true;
    const bytes = followedFile(file.path, {
      isWhole: () => this.#next(read) !== null,
      isEnough: () => this.#isEnough(),
      sizeBytes: file.sizeBytes,
      onMissing: () => {
        isThere = false;
      },
      signal,
    });
    const cursor = new PacketCursor(bytes, { signal });
    const part = this.#output.begin(cursor.reader);
    try {
      while (!this.#isPast && (cursor.next() || (await cursor.fill()))) {
        this.#look(cursor.packet, part);
        if (this.#output.isFull) yield this.#output.take();
      }
    } catch (error) {
      signal.throwIfAborted();
      // dumpcap was killed before it wrote a header: nothing is in it.
      if (file.sizeBytes > 0 && cursor.number > 0) throw error;
    } finally {
      await cursor.close();
    }
    if (isThere) this.#noteRead(file);
  }

  /** It may have been written on since it was listed. */
  #noteRead(file: RingFile): void {
    const now = statSync(file.path, { throwIfNoEntry: false });
    this.result.readFiles.push({ ...file, modifiedAt: now?.mtimeMs ?? file.modifiedAt });
  }

  #look(packet: PacketView, part: number): void {
    const { result } = this;
    if (isBefore(packet, this.#from)) return;
    const { edge, filter } = this.#options;
    const time = edge ? sinceEdge(edge, packet) : 0;
    const isAfter = edge ? time > lastOf(edge) : !isBefore(packet, this.#end);
    if (isAfter) {
      // With a clock that was put back, older packets look later: then all files are read.
      this.#isPast = !this.#options.isClockStepped;
      return;
    }
    if (edge) this.#latestTime = Math.max(this.#latestTime, time);
    result.packetsSeen++;
    const { bytes, offset, capturedLength, originalLength, linkType } = packet;
    if (!filter(bytes, offset, capturedLength, originalLength, linkType)) return;
    if (edge && time >= -edgeToleranceNanoseconds) this.#wait(packet, part, time);
    else this.#write(packet, part);
  }

  #wait(packet: PacketView, part: number, time: number): void {
    const { bytes, offset, capturedLength } = packet;
    const copy = bytes.slice(offset, offset + capturedLength);
    const kept = { ...packet, bytes: copy, offset: 0, optionsLength: 0 };
    const compared = edgePacket(kept, time);
    this.#waiting.push({ edge: compared, packet: kept, part });
    const last = this.#options.edge?.packets.at(-1);
    if (last && isSamePacket(compared, last)) this.#lastIsFound = true;
    this.#waitingBytes += capturedLength;
    while (this.#waitingBytes > waitingBytesMax) {
      const oldest = this.#waiting.shift();
      if (!oldest) return;
      this.#waitingBytes -= oldest.packet.capturedLength;
      this.#write(oldest.packet, oldest.part);
    }
  }

  #writeWaiting(): void {
    const { edge } = this.#options;
    if (!edge) return;
    const ring = this.#waiting.map((each) => each.edge);
    const { shared, found, firstIsFound, lacking } = sharedPackets(ring, edge.packets);
    const isNoneFound = !found.includes(true);
    for (const [at, { packet, part, edge: own }] of this.#waiting.entries()) {
      // With none of its packets known the time alone decides.
      if (!shared[at] && (!isNoneFound || own.time < 0)) this.#write(packet, part);
    }
    const isLacking = (each: EdgePacket, at: number): boolean =>
      !found[at] && each.time < this.#latestTime;
    Object.assign(this.result, {
      edgeIsFound: firstIsFound,
      packetsLacking: edge.packets.filter(isLacking).length,
      packetsFilledIn: lacking,
    });
    this.#waiting = [];
  }

  #write(packet: PacketView, part: number): void {
    const { snapLengthBytes } = this.#options;
    const size = this.#output.sizeOf(packet, snapLengthBytes);
    if (this.#skipBytes > 0) {
      this.#skipBytes -= size;
      return;
    }
    const { capturedLength, originalLength } = packet;
    const isEnough = snapLengthBytes > 0 && capturedLength >= snapLengthBytes;
    if (capturedLength < originalLength && !isEnough) this.result.packetsCutShort++;
    this.#output.put(packet, part, snapLengthBytes);
  }

  /** Asked when the newest file has no more at the moment. */
  #isEnough(): boolean {
    const { edge, now, endMilliseconds } = this.#options;
    if (this.#isPast || now() >= this.#deadline) return true;
    if (!edge) return now() >= endMilliseconds + writtenAfterMilliseconds;
    return this.#lastIsFound || this.#latestTime > (edge.packets.at(-1)?.time ?? 0);
  }
}

const lastOf = ({ packets }: RecordingEdge): number =>
  (packets.at(-1)?.time ?? 0) + edgeToleranceNanoseconds;

const parts = (nanoseconds: bigint): { seconds: number; nanoseconds: number } => ({
  seconds: Number(nanoseconds / 1_000_000_000n),
  nanoseconds: Number(nanoseconds % 1_000_000_000n),
});

function isBefore(
  packet: Pick<PacketView, "seconds" | "nanoseconds">,
  moment: { seconds: number; nanoseconds: number },
): boolean {
  if (packet.seconds !== moment.seconds) return packet.seconds < moment.seconds;
  return packet.nanoseconds < moment.nanoseconds;
}
