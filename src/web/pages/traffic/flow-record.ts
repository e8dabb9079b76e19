import type { Cell } from "../../api/flow-views.ts";

/** A row of a view by the names of its columns. */
export type FlowRecord = Record<string, Cell>;
