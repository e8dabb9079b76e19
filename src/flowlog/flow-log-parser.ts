import { ascii, isJsonSpace } from "./ascii.ts";
import type { BatchFiller } from "./batch-filler.ts";
import { flowLogLimits } from "./flow-log-limits.ts";
import type { FlowLogProgress } from "./flow-log-summary.ts";
import { StringScanner, StringSkipper, unescaped } from "./json-strings.ts";
import { MalformedTuples } from "./malformed-tuples.ts";
import { isTextMember, memberOf } from "./record-frame.ts";
import { RecordStack } from "./record-stack.ts";
import { RootSequence } from "./root-sequence.ts";
import { TextCache } from "./text-cache.ts";
import { TupleList } from "./tuple-list.ts";
import type { WorkBytes } from "./work-bytes.ts";

type Expected = "root" | "first value" | "value" | "first name" | "name" | "colon" | "next";

/** RFC 8259, 3 and 6. */
const literalPattern = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const latin1 = new TextDecoder("latin1");

/**
 * Walks over the JSON of a flow log byte by byte and sends tuples to the batch; `RecordStack` knows what is open. It
 * can stop at any byte and go on when more are there.
 */
export class FlowLogParser {
  readonly malformed = new MalformedTuples();
  readonly #work: WorkBytes;
  readonly #filler: BatchFiller;
  readonly #tuples: TupleList;
  readonly #skipper = new StringSkipper();
  readonly #scanner = new StringScanner();
  readonly #texts = new TextCache();
  readonly #root: RootSequence;
  readonly #stack: RecordStack;
  #expected: Expected = "root";

  constructor(work: WorkBytes, filler: BatchFiller) {
    this.#work = work;
    this.#filler = filler;
    this.#root = new RootSequence(work);
    this.#tuples = new TupleList(work, filler, this.#skipper, this.malformed);
    this.#stack = new RecordStack({
      work,
      filler,
      malformed: this.malformed,
      tuples: this.#tuples,
    });
  }

  get isClosed(): boolean {
    const { at, filled } = this.#work;
    return this.#stack.depth === 0 && at === filled && this.#root.isClosed;
  }

  progress(): FlowLogProgress {
    const { consumedBytes, records, rows } = this.#stack;
    const { openRows } = this.#filler;
    return { consumedBytes, records, rows, malformed: this.malformed.count, openRows };
  }

  /** Goes as far as the bytes go. What is left is a token that is not complete, or what follows a failure. */
  run(): void {
    const work = this.#work;
    while (work.at < work.filled) {
      if (this.#skipper.isOpen) {
        if (!this.#skipper.skip(work)) return;
        continue;
      }
      const byte = work.bytes[work.at] ?? 0;
      if (isJsonSpace(byte)) work.at++;
      else if (!this.#step(byte)) return;
    }
  }

  /** One token; false when it is not complete, or on failure. */
  #step(byte: number): boolean {
    switch (this.#expected) {
      case "root":
        return this.#rootToken(byte);
      case "first value":
      case "value":
        return this.#arrayEnd(byte) || this.#value(byte);
      case "first name":
      case "name":
        return this.#nameOrEnd(byte);
      case "colon":
        if (byte !== ascii.colon) return this.#work.unexpected("a colon");
        this.#work.at++;
        this.#expected = "value";
        return true;
      case "next":
        return this.#next(byte);
    }
  }

  #rootToken(byte: number): boolean {
    if (byte !== ascii.openBrace && byte !== ascii.openBracket) return this.#root.pass(byte);
    if (!this.#root.canOpen) return this.#work.unexpected("the end or a comma");
    return this.#open(byte === ascii.openBracket);
  }

  /** The end of an empty array; or the comma that an appended block begins with, when it is the first. */
  #arrayEnd(byte: number): boolean {
    if (this.#expected !== "first value") return false;
    if (byte === ascii.closeBracket) return this.#close();
    if (byte !== ascii.comma || this.#stack.top.role !== "records") return false;
    this.#work.at++;
    this.#expected = "value";
    return true;
  }

  #nameOrEnd(byte: number): boolean {
    if (byte === ascii.quote) return this.#name();
    if (byte === ascii.closeBrace && this.#expected === "first name") return this.#close();
    return this.#work.unexpected("a member's name");
  }

  #name(): boolean {
    const text = this.#text("a member's name");
    if (text === null) return false;
    this.#stack.member = this.#stack.top.role === "ignored" ? "ignored" : memberOf(text);
    this.#expected = "colon";
    return true;
  }

  #next(byte: number): boolean {
    const { isArray } = this.#stack.top;
    if (byte === ascii.comma) {
      this.#work.at++;
      this.#expected = isArray ? "value" : "name";
      return true;
    }
    if (byte === (isArray ? ascii.closeBracket : ascii.closeBrace)) return this.#close();
    return this.#work.unexpected(isArray ? "a comma or ]" : "a comma or }");
  }

  #value(byte: number): boolean {
    if (byte === ascii.quote) return this.#string();
    if (byte === ascii.openBrace || byte === ascii.openBracket)
      return this.#open(byte === ascii.openBracket);
    return this.#literal();
  }

  #string(): boolean {
    const { role, isArray } = this.#stack.top;
    if (role === "tuples") return this.#tuple();
    const isRead =
      !isArray && isTextMember(this.#stack.member) && (role === "record" || role === "part");
    if (isRead) {
      const text = this.#text("a string");
      if (text === null) return false;
      this.#stack.assign(text);
    } else {
      this.#work.at++;
      this.#skipper.open();
    }
    this.#expected = "next";
    return true;
  }

  #tuple(): boolean {
    if (this.#filler.row === this.#filler.batch.capacity && !this.#stack.makeRoom()) return false;
    const isRead = this.#tuples.read(this.#stack.recordFrame().version);
    if (isRead) this.#expected = "next";
    return isRead;
  }

  /** A string that is wanted as a whole, from its opening quote; null when it is not complete, or on failure. */
  #text(what: string): string | null {
    const work = this.#work;
    const start = work.at + 1;
    const scanner = this.#scanner;
    const end = scanner.scan(work, start, flowLogLimits.stringBytesMax);
    if (end === "more") return null;
    if (end === "long") {
      const limit = `${what} of more than ${flowLogLimits.stringBytesMax} bytes`;
      return work.fail("FlowLogLimit", limit) || null;
    }
    const plain = end === "closed" && !scanner.hasEscapes;
    const text = plain
      ? this.#texts.text(work.bytes, start, scanner.end)
      : unescaped(work.bytes, start, scanner.end);
    if (end === "control" || text === null)
      return work.fail("FlowLogMalformed", `${what} with a wrong character or escape`) || null;
    work.at = scanner.end + 1;
    return text;
  }

  #literal(): boolean {
    const work = this.#work;
    const start = work.at;
    let end = start;
    while (end < work.filled && isOfLiteral(work.bytes[end] ?? 0)) end++;
    if (end - start > flowLogLimits.numberBytesMax)
      return work.fail(
        "FlowLogLimit",
        `a number of more than ${flowLogLimits.numberBytesMax} bytes`,
      );
    if (end === work.filled && end > start) return false;
    const bytes = work.bytes.subarray(start, end);
    const text = latin1.decode(bytes);
    if (!literalPattern.test(text)) return work.unexpected("a value");
    if (this.#stack.top.role === "tuples") this.malformed.add(work.offset, "not a string", bytes);
    if (!this.#stack.top.isArray && this.#stack.member === "version") this.#stack.assign(text);
    work.at = end;
    this.#expected = "next";
    return true;
  }

  #open(isArray: boolean): boolean {
    if (!this.#stack.open(isArray)) return false;
    this.#expected = isArray ? "first value" : "first name";
    this.#work.at++;
    return true;
  }

  #close(): boolean {
    this.#work.at++;
    const { isContainer, isArray } = this.#stack.close();
    const isOutermost = this.#stack.depth === 0;
    this.#expected = isOutermost ? "root" : "next";
    if (isOutermost) this.#root.closed(isContainer || isArray);
    return true;
  }
}

/** A character that numbers, true, false and null are made of. */
function isOfLiteral(byte: number): boolean {
  const lower = byte | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return (
    (byte >= ascii.zero && byte <= ascii.zero + 9) ||
    byte === 0x2b ||
    byte === ascii.minus ||
    byte === ascii.dot
  );
}
