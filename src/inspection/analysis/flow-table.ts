import { addressKind, type AddressKind, type Ends } from "./ends.ts";

/** Flows of one block of memory; blocks are added as flows come, so that growing copies nothing. */
const blockFlowCount = 1_024;
const blockShift = 10;
const initialSlots = 1_024;
/** A slot holds the hash of a flow's ends and its number plus one. */
const slotWords = 2;

/** Words that every row begins with. */
export const flowWord = {
  /** Address of the sender of the first frame, as `Ends` keys it, and of the other end. */
  keyA: 0,
  keyB: 1,
  /** Port of A in the upper half, of B in the lower. */
  ports: 2,
  /** Version of the addresses in the lowest byte, then the number of the protocol that it carries. */
  kind: 3,
  firstFrame: 4,
  /** Seconds since the epoch and nanoseconds of the first and of the last frame. */
  firstSeconds: 5,
  firstNanoseconds: 6,
  lastSeconds: 7,
  lastNanoseconds: 8,
} as const;
export const flowWords = 9;
const kindMask = 0xff;
export const protocolShift = 8;
export const protocolMask = 0xffff;

// The compiler folds what is read of a module's own constants, and reads what is imported anew each time.
const word = flowWord;

/** A frame as flows count it. */
export interface FlowFrame {
  number: number;
  seconds: number;
  nanoseconds: number;
}

/**
 * Numbers flows 0, 1, 2 ... in the order of their first frame, either direction of one pair of ends being
 * one flow. Each has a row of 32-bit words, all of one flow beside each other, because a packet needs most
 * of them and every other place in memory would be a cache miss.
 */
export class FlowTable {
  readonly #rowWords: number;
  readonly #countMax: number;
  readonly #blocks: Int32Array[] = [];
  #slots = new Int32Array(initialSlots * slotWords);
  #slotMask = initialSlots - 1;
  #slotsUsed = 0;
  #slot = 0;
  count = 0;
  /** Frames whose flow found no room. */
  overflow = 0;
  /** The flow of the last call: its block, where its row begins there, and the direction of the frame. */
  rows: Int32Array = new Int32Array(0);
  row = 0;
  isFromA = true;
  isNew = false;
  /** Seconds, rounded down, between the last frame counted and the one of its flow before it. */
  pauseSeconds = 0;

  /** True when no further flow is opened. */
  get isFull(): boolean {
    return this.count >= this.#countMax;
  }

  constructor(rowWords: number, countMax: number) {
    this.#rowWords = rowWords;
    this.#countMax = countMax;
  }

  /** Finds the flow of these ends, or opens it; its number, -1 when there are too many. */
  locate(ends: Ends, frame: FlowFrame): number {
    const { sourceKey, destinationKey, kind } = ends;
    const ports = (ends.sourcePort << 16) | ends.destinationPort;
    const swapped = (ends.destinationPort << 16) | ends.sourcePort;
    const hash = (mix(sourceKey, ends.sourcePort) + mix(destinationKey, ends.destinationPort)) | 0;
    const slots = this.#slots;
    this.isNew = false;
    let slot = spread(hash) & this.#slotMask;
    for (; ; slot = (slot + 1) & this.#slotMask) {
      const flow = (slots[slot * slotWords + 1] ?? 0) - 1;
      if (flow < 0) break;
      if (slots[slot * slotWords] !== hash) continue;
      this.select(flow);
      const { rows, row } = this;
      if (((rows[row + word.kind] ?? 0) & kindMask) !== kind) continue;
      const a = rows[row] ?? 0;
      const b = rows[row + word.keyB] ?? 0;
      const both = rows[row + word.ports] ?? 0;
      const isFromA = a === sourceKey && b === destinationKey && both === ports;
      if (!isFromA && (a !== destinationKey || b !== sourceKey || both !== swapped)) continue;
      this.isFromA = isFromA;
      this.#slot = slot;
      return flow;
    }
    this.#slot = slot;
    const flow = this.#open(ends, frame);
    if (flow < 0) return -1;
    slots[slot * slotWords] = hash;
    slots[slot * slotWords + 1] = flow + 1;
    if (++this.#slotsUsed * 2 > this.#slotMask) this.#grow();
    return flow;
  }

  /** Notes that the flow was seen at the frame's time. */
  touch({ seconds, nanoseconds }: FlowFrame): void {
    const { rows, row } = this;
    const since = seconds - (rows[row + word.lastSeconds] ?? 0);
    const borrows = nanoseconds < (rows[row + word.lastNanoseconds] ?? 0);
    this.pauseSeconds = borrows ? since - 1 : since;
    rows[row + word.lastSeconds] = seconds;
    rows[row + word.lastNanoseconds] = nanoseconds;
  }

  /** Opens another flow between the ends of the last `locate`, which is found from now on. */
  reopen(ends: Ends, frame: FlowFrame): number {
    const flow = this.#open(ends, frame);
    if (flow >= 0) this.#slots[this.#slot * slotWords + 1] = flow + 1;
    return flow;
  }

  /** Makes a flow the one that `rows` and `row` tell of. */
  select(flow: number): void {
    const rows = this.#blocks[flow >> blockShift] ?? this.rows;
    // Writing a reference costs more than comparing it.
    if (rows !== this.rows) this.rows = rows;
    this.row = (flow & (blockFlowCount - 1)) * this.#rowWords;
  }

  #open(
    { sourceKey, destinationKey, kind, sourcePort, destinationPort }: Ends,
    frame: FlowFrame,
  ): number {
    if (kind === addressKind.none || this.isFull) {
      this.overflow++;
      return -1;
    }
    const flow = this.count++;
    if ((flow & (blockFlowCount - 1)) === 0)
      this.#blocks.push(new Int32Array(blockFlowCount * this.#rowWords));
    this.select(flow);
    const { rows, row } = this;
    rows[row + word.keyA] = sourceKey;
    rows[row + word.keyB] = destinationKey;
    rows[row + word.ports] = (sourcePort << 16) | destinationPort;
    rows[row + word.kind] = kind;
    rows[row + word.firstFrame] = frame.number;
    rows[row + word.firstSeconds] = frame.seconds;
    rows[row + word.firstNanoseconds] = frame.nanoseconds;
    rows[row + word.lastSeconds] = frame.seconds;
    rows[row + word.lastNanoseconds] = frame.nanoseconds;
    this.isFromA = true;
    this.isNew = true;
    return flow;
  }

  #grow(): void {
    const old = this.#slots;
    const size = (this.#slotMask + 1) * 2;
    const slots = new Int32Array(size * slotWords);
    const mask = size - 1;
    for (let at = 0; at < old.length; at += slotWords) {
      const flow = old[at + 1] ?? 0;
      if (flow === 0) continue;
      const hash = old[at] ?? 0;
      let slot = spread(hash) & mask;
      while (slots[slot * slotWords + 1] !== 0) slot = (slot + 1) & mask;
      slots[slot * slotWords] = hash;
      slots[slot * slotWords + 1] = flow;
    }
    this.#slots = slots;
    this.#slotMask = mask;
  }
}

/** The two ends are mixed alike and added, so that both directions have one hash. */
function mix(key: number, port: number): number {
  let hash = Math.imul(key ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ port, 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}

function spread(hash: number): number {
  return hash ^ (hash >>> 16);
}

/** The kind of addresses in a row. */
export function kindOf(rows: Int32Array, row: number): AddressKind {
  const kind = (rows[row + word.kind] ?? 0) & kindMask;
  return kind === addressKind.ipv6 ? addressKind.ipv6 : addressKind.ipv4;
}

/** Number of the protocol above the transport, 0 while none has shown. */
export function protocolOf(rows: Int32Array, row: number): number {
  return ((rows[row + flowWord.kind] ?? 0) >>> protocolShift) & protocolMask;
}

/** Frames of the count at `at` are its first word; its bytes are 48 bits in the two words after. */
export function bytesAt(rows: Int32Array, at: number): number {
  const high = (rows[at + 2] ?? 0) & 0xffff;
  return high * 4_294_967_296 + ((rows[at + 1] ?? 0) >>> 0);
}

/** Counts one frame of so many bytes. */
export function countAt(rows: Int32Array, at: number, bytes: number): void {
  rows[at] = (rows[at] ?? 0) + 1;
  const sum = ((rows[at + 1] ?? 0) >>> 0) + bytes;
  rows[at + 1] = sum | 0;
  if (sum > 4_294_967_295) rows[at + 2] = (rows[at + 2] ?? 0) + 1;
}
