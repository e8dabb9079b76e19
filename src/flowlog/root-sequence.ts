import { ascii } from "./ascii.ts";
import type { WorkBytes } from "./work-bytes.ts";

/** What came last outside all objects and arrays. */
type Last = "start" | "comma" | "value" | "array end" | "object end";

const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * What stands between outermost values. A part of a blob begins with a comma and ends with the brackets of what was
 * opened before it; a whole one has neither. Both are taken, as are records with nothing between them.
 */
export class RootSequence {
  readonly #work: WorkBytes;
  #last: Last = "start";
  /** It began with a comma: something before it opened what the brackets at the end close. */
  #isPart = false;
  /** An outermost value held records, and so it was opened and closed here. */
  #hasContainer = false;

  constructor(work: WorkBytes) {
    this.#work = work;
  }

  get canOpen(): boolean {
    return this.#last === "start" || this.#last === "comma" || this.#last === "value";
  }

  get isClosed(): boolean {
    return this.#last !== "comma" && this.#last !== "array end";
  }

  closed(isContainer: boolean): void {
    this.#last = "value";
    this.#hasContainer ||= isContainer;
  }

  /** Passes over one byte that opens nothing; false on failure, or when a byte order mark is not complete. */
  pass(byte: number): boolean {
    const work = this.#work;
    if (byte === byteOrderMark[0] && work.offset === 0) return this.#byteOrderMark();
    const next = this.#after(byte);
    if (next === null) return work.unexpected("a record");
    this.#last = next;
    work.at++;
    return true;
  }

  #after(byte: number): Last | null {
    const last = this.#last;
    if (byte === ascii.comma) {
      this.#isPart ||= last === "start";
      return last === "comma" || last === "array end" ? null : "comma";
    }
    if (byte === ascii.closeBracket && (this.#isPart || !this.#hasContainer))
      return last === "comma" || last === "array end" ? null : "array end";
    return byte === ascii.closeBrace && last === "array end" ? "object end" : null;
  }

  /** UTF-8's, which some programs put first. */
  #byteOrderMark(): boolean {
    const work = this.#work;
    if (work.filled < byteOrderMark.length) return false;
    if (byteOrderMark.some((byte, at) => work.bytes[at] !== byte))
      return work.unexpected("a record");
    work.at = byteOrderMark.length;
    return true;
  }
}
