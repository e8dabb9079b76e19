import type { BatchFiller, RecordIds } from "./batch-filler.ts";
import { flowLogLimits } from "./flow-log-limits.ts";
import { macAddressOf } from "./mac-address.ts";
import type { MalformedTuples } from "./malformed-tuples.ts";
import { createFrame, isTextMember, resetFrame } from "./record-frame.ts";
import type { Frame, FrameRole, Member } from "./record-frame.ts";
import type { TupleList } from "./tuple-list.ts";
import type { WorkBytes } from "./work-bytes.ts";

interface StackParts {
  readonly work: WorkBytes;
  readonly filler: BatchFiller;
  readonly malformed: MalformedTuples;
  readonly tuples: TupleList;
}

/** What of a flow log is open: which record, what it has said of itself so far, and which rows are its own. */
export class RecordStack {
  consumedBytes = 0;
  records = 0;
  rows = 0;
  depth = 0;
  /** What was opened last; of no meaning when nothing is open. */
  top = createFrame();
  /** The member whose value comes next. */
  member: Member = "ignored";
  readonly #work: WorkBytes;
  readonly #filler: BatchFiller;
  readonly #malformed: MalformedTuples;
  readonly #tuples: TupleList;
  readonly #frames: Frame[] = Array.from({ length: flowLogLimits.nestingMax }, createFrame);

  constructor({ work, filler, malformed, tuples }: StackParts) {
    this.#work = work;
    this.#filler = filler;
    this.#malformed = malformed;
    this.#tuples = tuples;
  }

  assign(text: string): void {
    const frame = this.top;
    const member = this.member;
    if (member === "version") this.recordFrame().version = Number(text);
    else if (member === "macAddress") frame.macAddress = macAddressOf(text);
    else if (isTextMember(member)) frame[member] = text;
  }

  /** The record that is open. There always is one when a member is read. */
  recordFrame(): Frame {
    for (let depth = this.depth - 1; depth >= 0; depth--) {
      const frame = this.#frames[depth];
      if (frame?.role === "record") return frame;
    }
    return this.top;
  }

  /** False on failure. */
  open(isArray: boolean): boolean {
    const work = this.#work;
    if (this.depth === flowLogLimits.nestingMax)
      return work.fail("FlowLogLimit", `more than ${flowLogLimits.nestingMax} levels`);
    const role = this.#roleOfNext(isArray);
    if (role === "records" || role === "record") this.#beforeRecords();
    if (role === "tuples" && this.#filler.isCrowded && !this.makeRoom()) return false;
    if (this.top.role === "tuples")
      this.#malformed.add(work.offset, "not a string", work.bytes.subarray(work.at, work.at + 1));
    const outer = role === "record" && this.depth > 0 ? this.recordFrame() : undefined;
    const frame = this.#frames[this.depth++] ?? this.top;
    resetFrame(frame, outer?.role === "record" ? outer : undefined);
    frame.role = role;
    frame.isArray = isArray;
    frame.firstGroup = this.#filler.groupCount;
    if (role === "tuples") this.#filler.beginGroup();
    this.top = frame;
    return true;
  }

  #roleOfNext(isArray: boolean): FrameRole {
    if (this.depth === 0) return isArray ? "records" : "record";
    const { role, isArray: isInArray } = this.top;
    if (role === "records") return isArray ? "records" : "record";
    if (role !== "record" && role !== "part") return "ignored";
    if (isInArray) return "part";
    if (this.member === "part") return "part";
    if (this.member === "tuples") return isArray ? "tuples" : "ignored";
    if (this.member !== "records" || role !== "record") return "ignored";
    return isArray ? "records" : "record";
  }

  /** A record that holds records has no rows but those that came before them. */
  #beforeRecords(): void {
    if (this.depth === 0 || this.top.role !== "record") return;
    this.#commit(this.top);
    this.top.isContainer = true;
  }

  /** Closes what was opened last; the bracket that closes it is behind. */
  close(): Frame {
    const frame = this.top;
    if (frame.role === "tuples") this.#filler.endGroup();
    else if (frame.role === "part") this.#filler.describe(frame.firstGroup, frame);
    else if (frame.role === "record") this.#closeRecord(frame);
    this.depth--;
    this.top = this.#frames[this.depth - 1] ?? this.top;
    return frame;
  }

  #closeRecord(frame: Frame): void {
    this.#commit(frame);
    if (!frame.isContainer) this.records++;
    // The outermost one may still grow: Azure puts new records before its end.
    if (!frame.isContainer || this.depth > 1) this.consumedBytes = this.#work.offset;
  }

  #commit(frame: Frame): void {
    const filler = this.#filler;
    filler.describe(0, frame);
    const { openRows } = filler;
    this.rows += openRows + filler.commit(this.#idsOf(frame));
    this.#malformed.commit();
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

  /** Hands out rows when the batch is full, those of complete records if there are any; false when it cannot. */
  makeRoom(): boolean {
    const filler = this.#filler;
    if (filler.handOutComplete()) return true;
    const record = this.recordFrame();
    for (let depth = this.depth - 1; depth >= 0; depth--) {
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
    if (this.top.role === "tuples") filler.beginGroup();
    return true;
  }
}
