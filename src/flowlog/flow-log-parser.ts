import { ascii, isJsonSpace } from "./ascii.ts";
import type { BatchFiller, RecordIds } from "./batch-filler.ts";
import { flowLogLimits } from "./flow-log-limits.ts";
import type { FlowLogProgress } from "./flow-log-summary.ts";
import { StringScanner, StringSkipper, unescaped } from "./json-strings.ts";
import { macAddressOf } from "./mac-address.ts";
import { MalformedTuples } from "./malformed-tuples.ts";
import { createFrame, memberOf, resetFrame } from "./record-frame.ts";
import type { Frame, FrameRole, Member } from "./record-frame.ts";
import { RootSequence } from "./root-sequence.ts";
import { TextCache } from "./text-cache.ts";
import { TupleList } from "./tuple-list.ts";
import type { WorkBytes } from "./work-bytes.ts";

type Expected = "root" | "first value" | "value" | "first name" | "name" | "colon" | "next";

/** RFC 8259, 3 and 6. */
const literalPattern = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const latin1 = new TextDecoder("latin1");

/**
 * Walks over the JSON of a flow log byte by byte, with a stack of what is open, and sends tuples to the batch. It can
 * stop at any byte and go on when more are there.
 */
export class FlowLogParser {
  readonly malformed = new MalformedTuples();
  #consumedBytes = 0;
  #records = 0;
  #rows = 0;
  readonly #work: WorkBytes;
  readonly #filler: BatchFiller;
  readonly #tuples: TupleList;
  readonly #skipper = new StringSkipper();
  readonly #scanner = new StringScanner();
  readonly #texts = new TextCache();
  readonly #root: RootSequence;
  readonly #frames: Frame[] = Array.from({ length: flowLogLimits.nestingMax }, createFrame);
  #depth = 0;
  #top = createFrame();
  #expected: Expected = "root";
  #member: Member = "ignored";

  constructor(work: WorkBytes, filler: BatchFiller) {
    this.#work = work;
    this.#filler = filler;
    this.#root = new RootSequence(work);
    this.#tuples = new TupleList(work, filler, this.#skipper, this.malformed);
  }

  get isClosed(): boolean {
    const { at, filled } = this.#work;
    return this.#depth === 0 && at === filled && this.#root.isClosed;
  }

  progress(): FlowLogProgress {
    return {
      consumedBytes: this.#consumedBytes,
      records: this.#records,
      rows: this.#rows,
      malformed: this.malformed.count,
      openRows: this.#filler.openRows,
    };
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
    if (byte !== ascii.comma || this.#top.role !== "records") return false;
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
    this.#member = this.#top.role === "ignored" ? "ignored" : memberOf(text);
    this.#expected = "colon";
    return true;
  }

  #next(byte: number): boolean {
    const { isArray } = this.#top;
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
    const { role, isArray } = this.#top;
    if (role === "tuples") return this.#tuple();
    const isRead = !isArray && isText(this.#member) && (role === "record" || role === "part");
    if (isRead) {
      const text = this.#text("a string");
      if (text === null) return false;
      this.#assign(text);
    } else {
      this.#work.at++;
      this.#skipper.open();
    }
    this.#expected = "next";
    return true;
  }

  #tuple(): boolean {
    if (this.#filler.row === this.#filler.batch.capacity && !this.#makeRoom()) return false;
    const isRead = this.#tuples.read(this.#recordFrame().version);
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
    if (this.#top.role === "tuples") this.malformed.add(work.offset, "not a string", bytes);
    if (!this.#top.isArray && this.#member === "version") this.#assign(text);
    work.at = end;
    this.#expected = "next";
    return true;
  }

  #assign(text: string): void {
    const frame = this.#top;
    const member = this.#member;
    if (member === "version") this.#recordFrame().version = Number(text);
    else if (member === "macAddress") frame.macAddress = macAddressOf(text);
    else if (isText(member)) frame[member] = text;
  }

  /** The record that is open. There always is one when a member is read. */
  #recordFrame(): Frame {
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const frame = this.#frames[depth];
      if (frame?.role === "record") return frame;
    }
    return this.#top;
  }

  #open(isArray: boolean): boolean {
    const work = this.#work;
    if (this.#depth === flowLogLimits.nestingMax)
      return work.fail("FlowLogLimit", `more than ${flowLogLimits.nestingMax} levels`);
    const role = this.#roleOfNext(isArray);
    if (role === "records" || role === "record") this.#beforeRecords();
    if (role === "tuples" && this.#filler.isCrowded && !this.#makeRoom()) return false;
    if (this.#top.role === "tuples")
      this.malformed.add(work.offset, "not a string", work.bytes.subarray(work.at, work.at + 1));
    const outer = role === "record" && this.#depth > 0 ? this.#recordFrame() : undefined;
    const frame = this.#frames[this.#depth++] ?? this.#top;
    resetFrame(frame, outer?.role === "record" ? outer : undefined);
    frame.role = role;
    frame.isArray = isArray;
    frame.firstGroup = this.#filler.groupCount;
    if (role === "tuples") this.#filler.beginGroup();
    this.#top = frame;
    this.#expected = isArray ? "first value" : "first name";
    work.at++;
    return true;
  }

  #roleOfNext(isArray: boolean): FrameRole {
    if (this.#depth === 0) return isArray ? "records" : "record";
    const { role, isArray: isInArray } = this.#top;
    if (role === "records") return isArray ? "records" : "record";
    if (role !== "record" && role !== "part") return "ignored";
    if (isInArray) return "part";
    if (this.#member === "part") return "part";
    if (this.#member === "tuples") return isArray ? "tuples" : "ignored";
    if (this.#member !== "records" || role !== "record") return "ignored";
    return isArray ? "records" : "record";
  }

  /** A record that holds records has no rows but those that came before them. */
  #beforeRecords(): void {
    if (this.#depth === 0 || this.#top.role !== "record") return;
    this.#commit(this.#top);
    this.#top.isContainer = true;
  }

  #close(): boolean {
    const frame = this.#top;
    this.#work.at++;
    if (frame.role === "tuples") this.#filler.endGroup();
    else if (frame.role === "part") this.#filler.describe(frame.firstGroup, frame);
    else if (frame.role === "record") this.#closeRecord(frame);
    this.#depth--;
    this.#top = this.#frames[this.#depth - 1] ?? this.#top;
    this.#expected = this.#depth === 0 ? "root" : "next";
    if (this.#depth === 0) this.#root.closed(frame.isContainer || frame.isArray);
    return true;
  }

  #closeRecord(frame: Frame): void {
    this.#commit(frame);
    if (!frame.isContainer) this.#records++;
    // The outermost one may still grow: Azure puts new records before its end.
    if (!frame.isContainer || this.#depth > 1) this.#consumedBytes = this.#work.offset;
  }

  #commit(frame: Frame): void {
    const filler = this.#filler;
    filler.describe(0, frame);
    const { openRows } = filler;
    this.#rows += openRows + filler.commit(this.#idsOf(frame));
    this.malformed.commit();
    this.#tuples.version = 0;
  }

  #idsOf({ version, flowLogId, targetId, resourceId, macAddress }: Frame): RecordIds {
    const ofTuples = this.#tuples.version === 0 ? 1 : this.#tuples.version;
    const other = flowLogId === null ? ofTuples : 4;
    const known = version === 1 || version === 2 || version === 4 ? version : other;
    const id = flowLogId ?? resourceId ?? "";
    const target = targetId ?? (known === 4 ? "" : id);
    return { version: known, flowLogId: id, targetId: target, macAddress: macAddress ?? "" };
  }

  /** Hands out rows when the batch is full, those of complete records if there are any. */
  #makeRoom(): boolean {
    const filler = this.#filler;
    if (filler.handOutComplete()) return true;
    const record = this.#recordFrame();
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const frame = this.#frames[depth];
      if (frame?.role === "part" || frame === record) filler.describe(frame.firstGroup, frame);
      if (frame === record) break;
    }
    if (!filler.isDescribed || (record.flowLogId ?? record.resourceId) === null)
      return this.#work.fail(
        "FlowRecordTooLarge",
        `a record with more tuples than the ${filler.batch.capacity} rows of a batch, and its ids or rule after them,`,
      );
    filler.handOutOpen(this.#idsOf(record));
    for (const frame of this.#frames) frame.firstGroup = 0;
    if (this.#top.role === "tuples") filler.beginGroup();
    return true;
  }
}

type TextMember =
  | "rule"
  | "aclId"
  | "macAddress"
  | "flowLogId"
  | "targetId"
  | "resourceId"
  | "version";

function isText(member: Member): member is TextMember {
  return !["ignored", "records", "part", "tuples"].includes(member);
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
