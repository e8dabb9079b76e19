import { ascii } from "./ascii.ts";
import type { BatchFiller } from "./batch-filler.ts";
import { flowLogLimits } from "./flow-log-limits.ts";
import { type StringSkipper, StringScanner, unescaped } from "./json-strings.ts";
import type { MalformedTuples } from "./malformed-tuples.ts";
import { tupleFields } from "./tuple-fields.ts";
import { TupleReader } from "./tuple-reader.ts";
import type { WorkBytes } from "./work-bytes.ts";

const encoder = new TextEncoder();

/** Reads the strings of `flowTuples` into rows. */
export class TupleList {
  /** The highest format of the tuples of this record. */
  version: 0 | 1 | 2 | 4 = 0;
  readonly #work: WorkBytes;
  readonly #filler: BatchFiller;
  readonly #skipper: StringSkipper;
  readonly #malformed: MalformedTuples;
  readonly #tuple = new TupleReader();
  readonly #scanner = new StringScanner();

  constructor(
    work: WorkBytes,
    filler: BatchFiller,
    skipper: StringSkipper,
    malformed: MalformedTuples,
  ) {
    this.#work = work;
    this.#filler = filler;
    this.#skipper = skipper;
    this.#malformed = malformed;
  }

  /**
   * Reads tuples from an opening quote on, as long as one follows another and there is room; false when more bytes are
   * needed, or on failure. `declared` is the version that the record has said by now, or 0.
   */
  read(declared: number): boolean {
    const work = this.#work;
    const { bytes } = work;
    const filler = this.#filler;
    const { batch } = filler;
    for (;;) {
      const next = this.#tuple.read(bytes, work.at + 1, batch, filler.row);
      if (next < 0) return this.#odd(tupleFields[-next] ?? "", declared);
      if (!this.#accept(work.at, next, declared)) return true;
      if (bytes[work.at] !== ascii.comma || bytes[work.at + 1] !== ascii.quote) return true;
      if (filler.row === batch.capacity) return true;
      work.at++;
    }
  }

  /** A tuple that ends at `next`; false when it is malformed after all. */
  #accept(start: number, next: number, declared: number): boolean {
    const { version } = this.#tuple;
    const work = this.#work;
    work.at = next;
    if (version === 1 && declared > 1) {
      const text = work.bytes.subarray(start + 1, next - 1);
      this.#malformed.add(work.offsetOf(start), "number of fields", text);
      return false;
    }
    if (version > this.version) this.version = version;
    this.#filler.row++;
    return true;
  }

  /** A tuple that is not read at once: cut by the end of the bytes, with escapes, or malformed. */
  #odd(reason: string, declared: number): boolean {
    const work = this.#work;
    const start = work.at + 1;
    const end = this.#scanner.scan(work, start, flowLogLimits.tupleBytesMax);
    if (end === "more") return false;
    if (end === "control") return this.#control();
    if (end === "long") return this.#long(start);
    if (this.#scanner.hasEscapes) return this.#escaped(start, declared);
    this.#add(reason, start, this.#scanner.end);
    return true;
  }

  #control(): false {
    this.#work.at = this.#scanner.end;
    return this.#work.unexpected("the end of a tuple");
  }

  #long(start: number): boolean {
    const { bytes } = this.#work;
    const text = bytes.subarray(start, start + flowLogLimits.tupleBytesMax);
    this.#malformed.add(this.#work.offset, "length", text);
    this.#skipper.open();
    this.#work.at = start;
    return true;
  }

  #escaped(start: number, declared: number): boolean {
    const work = this.#work;
    const { end } = this.#scanner;
    const text = unescaped(work.bytes, start, end);
    if (text === null) return work.fail("FlowLogMalformed", "found a wrong escape in the tuple");
    const plain = encoder.encode(`${text}"`);
    const { batch, row } = this.#filler;
    const next = this.#tuple.read(plain, 0, batch, row);
    if (next === plain.length) this.#accept(work.at, end + 1, declared);
    else this.#add(tupleFields[-next] ?? "length", start, end);
    return true;
  }

  #add(reason: string, start: number, end: number): void {
    const work = this.#work;
    this.#malformed.add(work.offset, reason, work.bytes.subarray(start, end));
    work.at = end + 1;
  }
}
