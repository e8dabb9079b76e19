import type { EngineLayout } from "../engine.ts";
import {
  addressSelect,
  addressTable,
  boardSelect,
  boardTable,
  coarserBoardSelect,
  intervalSelect,
  intervalTable,
} from "./roll-ups.ts";
import { localName, type TableDefinition } from "./table.ts";

/** A table of sums, and the SELECT that makes its rows. */
export interface RollUp {
  readonly table: TableDefinition;
  /** The table whose rows are added up: `flow`, or a finer roll-up. */
  readonly of: string;
  /** `where` is about rows of `flow`, alias `f`; a coarser roll-up takes all rows of the finer one. */
  readonly select: (from: string, where: string) => string;
}

const ofFlow = (table: TableDefinition, select: (where: string) => string): RollUp => ({
  table,
  of: "flow",
  select: (from, where) => select(where).replaceAll("{flow}", from),
});

const ofBoard = (of: string, minutes: number): RollUp => ({
  table: boardTable(minutes),
  of,
  select: (from) => coarserBoardSelect(from, minutes),
});

/** The finer ones first. */
export const rollUps: readonly RollUp[] = [
  ofFlow(intervalTable, intervalSelect),
  ofFlow(addressTable, addressSelect),
  ofFlow(boardTable(1), boardSelect),
  ofBoard("flow_1m", 10),
  ofBoard("flow_10m", 60),
];

/** The table that is filled as rows come; on one server its own name is that of a view, which has all rows. */
export const liveName = (layout: EngineLayout, name: string): string =>
  layout.cluster === null ? `${name}_live` : localName(layout, name);
