import type { FlowBatch, FlowOrigin } from "./flow-batch.ts";
import { flowLogLimits } from "./flow-log-limits.ts";
import { OriginTable } from "./origin-table.ts";

/** What a record says of all its rows. */
export type RecordIds = Pick<FlowOrigin, "version" | "flowLogId" | "targetId" | "macAddress">;

/** Rows of one list of tuples; null where nothing has been said yet. */
interface Group {
  start: number;
  rule: string | null;
  aclId: string | null;
  macAddress: string | null;
}

/** Takes a batch whose rows are complete, and returns the one to fill next, which may be the same. */
type HandOut = (batch: FlowBatch) => FlowBatch;

/**
 * Rows of a record stay behind the batch's `length` until the record is complete: members may come in any order, and
 * what is handed out must not come again when a growing blob is read on.
 */
export class BatchFiller {
  batch: FlowBatch;
  /** Where the next row goes. */
  row = 0;
  /** Rows that went out of the record that is open. */
  openRows = 0;
  readonly #handOut: HandOut;
  readonly #origins = new OriginTable();
  #groups: Group[] = [];

  constructor(batch: FlowBatch, handOut: HandOut) {
    this.#handOut = handOut;
    this.batch = batch;
    clear(batch);
  }

  /** Another group could give the batch more origins than it may have. */
  get isCrowded(): boolean {
    return this.#groups.length + this.batch.origins.length >= flowLogLimits.originsMax;
  }

  /** Every group has its rule, without which rows cannot be handed out. */
  get isDescribed(): boolean {
    return this.#groups.every(({ rule }) => rule !== null);
  }

  get groupCount(): number {
    return this.#groups.length;
  }

  beginGroup(): void {
    this.#groups.push({ start: this.row, rule: null, aclId: null, macAddress: null });
  }

  endGroup(): void {
    if (this.#groups.at(-1)?.start === this.row) this.#groups.pop();
  }

  /** Says it of all groups from `first` on of which it has not been said: the innermost object wins. */
  describe(first: number, said: Readonly<Omit<Group, "start">>): void {
    for (let index = first; index < this.#groups.length; index++) {
      const group = this.#groups[index];
      if (!group) continue;
      group.rule ??= said.rule;
      group.aclId ??= said.aclId;
      group.macAddress ??= said.macAddress;
    }
  }

  /** The rows of the record are complete. Returns how many those in this batch are. */
  commit(ids: RecordIds): number {
    const { batch } = this;
    const rows = this.row - batch.length;
    this.#nameOrigins(ids);
    batch.length = this.row;
    this.#groups = [];
    this.openRows = 0;
    return rows;
  }

  /** Makes room by handing out what is complete; false when the open record alone fills the batch. */
  handOutComplete(): boolean {
    if (this.batch.length === 0) return false;
    const { length } = this.batch;
    const open = copyRows(this.batch, length, this.row);
    this.#next();
    putRows(open, this.batch);
    this.row -= length;
    for (const group of this.#groups) group.start -= length;
    return true;
  }

  /** Hands out rows of the open record: what is known of it by now is what they say. */
  handOutOpen(ids: RecordIds): void {
    this.openRows = this.openRows + this.commit(ids);
    this.#next();
    this.row = 0;
  }

  /** Hands out the last rows, and forgets those of a record that is not complete. */
  end(): void {
    this.row = this.batch.length;
    this.#groups = [];
    if (this.row > 0) this.#next();
    this.row = 0;
  }

  #next(): void {
    this.batch = this.#handOut(this.batch);
    clear(this.batch);
    this.#origins.clear();
  }

  #nameOrigins({ version, flowLogId, targetId, macAddress }: RecordIds): void {
    const { origin, origins } = this.batch;
    for (const [index, group] of this.#groups.entries()) {
      const named: FlowOrigin = {
        version,
        flowLogId,
        targetId,
        macAddress: group.macAddress ?? macAddress,
        // An NSG's log names the NSG once, as what is logged.
        aclId: group.aclId ?? (version === 4 ? "" : flowLogId),
        rule: group.rule ?? "",
      };
      const end = this.#groups[index + 1]?.start ?? this.row;
      origin.fill(this.#origins.indexOf(named, origins), group.start, end);
    }
  }
}

function clear(batch: FlowBatch): void {
  batch.length = 0;
  batch.origins.length = 0;
}

type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array;

/** The columns of a batch but `origin`, which the rows of an open record do not have yet. */
function columnsOf(batch: FlowBatch): Column[] {
  return [
    batch.time,
    batch.source,
    batch.destination,
    batch.sourcePort,
    batch.destinationPort,
    batch.protocol,
    batch.direction,
    batch.state,
    batch.encryption,
    batch.packetsToDestination,
    batch.bytesToDestination,
    batch.packetsToSource,
    batch.bytesToSource,
  ];
}

/** Copies, because a batch that is handed out may be gone afterwards. */
function copyRows(batch: FlowBatch, start: number, end: number): Column[] {
  return columnsOf(batch).map((column) => {
    const width = column.length / batch.capacity;
    return column.slice(start * width, end * width);
  });
}

function putRows(rows: readonly Column[], batch: FlowBatch): void {
  for (const [index, column] of columnsOf(batch).entries()) column.set(rows[index] ?? []);
}
