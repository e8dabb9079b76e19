/** Words of counts, and sums, of one entry; `SliceLog` keeps them apart because sums pass 32 bits. */
export interface EntryShape {
  counts: number;
  sums: number;
}

interface SliceLogOptions {
  shape: EntryShape;
  /** Entries kept; when they are used up, slices become twice as wide. */
  entryCountMax: number;
  sliceMilliseconds: number;
}

const initialEntries = 4_096;
/** Entries left by a compaction that was worth its time. */
const compactedShareMax = 0.75;
/** Slices wider than this say nothing any more: what comes then is only counted. */
const sliceMillisecondsMax = 3_600_000;

/**
 * What many things did over time: an entry for each slice of time in which one of them did something. Where the
 * two parts that are compared meet is only known after the last packet, so everything is kept by slice until
 * then; slices begin at a fixed moment, and stay apart there however wide they become.
 */
export class SliceLog {
  readonly shape: EntryShape;
  sliceMilliseconds: number;
  count = 0;
  /** What found no room. */
  overflow = 0;
  counts: Int32Array;
  sums: Float64Array;
  slices: Int32Array = new Int32Array(initialEntries);
  /** The entry before it of the same owner, plus one; 0 is none. */
  previous: Int32Array = new Int32Array(initialEntries);
  #owners = new Int32Array(initialEntries);
  /** By owner: its newest entry plus one; 0 is none. */
  #newest = new Int32Array(initialEntries);
  #ownerCount = 0;
  readonly #entryCountMax: number;
  #isFull = false;
  /** Where the slice of the last time begins and ends, milliseconds after the fixed moment. */
  #from = Infinity;
  #to = -Infinity;
  #slice = 0;

  constructor({ shape, entryCountMax, sliceMilliseconds }: SliceLogOptions) {
    this.shape = shape;
    this.sliceMilliseconds = sliceMilliseconds;
    this.#entryCountMax = entryCountMax;
    this.counts = new Int32Array(initialEntries * shape.counts);
    this.sums = new Float64Array(initialEntries * shape.sums);
  }

  /** Owners are numbered from 0; as many as ever had an entry. */
  get ownerCount(): number {
    return this.#ownerCount;
  }

  /** The newest entry of an owner, plus one; 0 when it has none. */
  newestOf(owner: number): number {
    return this.#newest[owner] ?? 0;
  }

  /** The entry of an owner at a time, milliseconds after the fixed moment; -1 when there is no room. */
  entryAt(owner: number, time: number): number {
    if (!(time >= this.#from && time < this.#to)) this.#moveTo(time);
    const newest = (this.#newest[owner] ?? 0) - 1;
    if (newest >= 0 && this.slices[newest] === this.#slice) return newest;
    return this.#add(owner, time);
  }

  #moveTo(time: number): void {
    const slice = Math.floor(time / this.sliceMilliseconds);
    this.#slice = slice;
    this.#from = slice * this.sliceMilliseconds;
    this.#to = this.#from + this.sliceMilliseconds;
  }

  #add(owner: number, time: number): number {
    if (this.count >= this.#entryCountMax && !this.#isFull) {
      this.#compact();
      return this.entryAt(owner, time);
    }
    if (this.#isFull) {
      this.overflow++;
      return -1;
    }
    if (this.count >= this.slices.length) this.#grow();
    if (owner >= this.#newest.length) this.#newest = grown(this.#newest, owner + 1);
    if (owner >= this.#ownerCount) this.#ownerCount = owner + 1;
    const entry = this.count++;
    this.slices[entry] = this.#slice;
    this.#owners[entry] = owner;
    this.previous[entry] = this.#newest[owner] ?? 0;
    this.#newest[owner] = entry + 1;
    return entry;
  }

  #grow(): void {
    const { counts, sums } = this.shape;
    const size = Math.min(this.slices.length * 2, this.#entryCountMax);
    this.slices = grown(this.slices, size);
    this.previous = grown(this.previous, size);
    this.#owners = grown(this.#owners, size);
    this.counts = grown(this.counts, size * counts);
    const wider = new Float64Array(size * sums);
    wider.set(this.sums);
    this.sums = wider;
  }

  /** Makes two slices one until there is room, or slices say nothing any more. */
  #compact(): void {
    const enough = this.#entryCountMax * compactedShareMax;
    while (this.count > enough && this.sliceMilliseconds < sliceMillisecondsMax) this.#widen();
    this.#isFull = this.count >= this.#entryCountMax;
    this.#from = Infinity;
    this.#to = -Infinity;
  }

  #widen(): void {
    const old = this.count;
    this.sliceMilliseconds *= 2;
    this.count = 0;
    this.#newest.fill(0);
    for (let entry = 0; entry < old; entry++) {
      const owner = this.#owners[entry] ?? 0;
      const slice = (this.slices[entry] ?? 0) >> 1;
      const newest = (this.#newest[owner] ?? 0) - 1;
      if (newest >= 0 && this.slices[newest] === slice) this.#addTo(newest, entry);
      else this.#move(entry, this.count++, { owner, slice });
    }
    this.counts.fill(0, this.count * this.shape.counts);
    this.sums.fill(0, this.count * this.shape.sums);
  }

  #addTo(into: number, from: number): void {
    const { counts, sums } = this.shape;
    for (let word = 0; word < counts; word++) {
      const at = into * counts + word;
      this.counts[at] = (this.counts[at] ?? 0) + (this.counts[from * counts + word] ?? 0);
    }
    for (let word = 0; word < sums; word++) {
      const at = into * sums + word;
      this.sums[at] = (this.sums[at] ?? 0) + (this.sums[from * sums + word] ?? 0);
    }
  }

  /** Entries only move down, so nothing is written that is still to be read. */
  #move(from: number, to: number, { owner, slice }: { owner: number; slice: number }): void {
    const { counts, sums } = this.shape;
    this.slices[to] = slice;
    this.#owners[to] = owner;
    this.previous[to] = this.#newest[owner] ?? 0;
    this.#newest[owner] = to + 1;
    if (from === to) return;
    this.counts.copyWithin(to * counts, from * counts, (from + 1) * counts);
    this.sums.copyWithin(to * sums, from * sums, (from + 1) * sums);
  }
}

/** The same numbers with room for at least `size`. */
export function grown(numbers: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(Math.max(size, numbers.length * 2));
  wider.set(numbers);
  return wider;
}
