import type { EngineLayout } from "../engine.ts";
import { keptColumns } from "./flow-columns.ts";
import { columnsText, localName } from "./table.ts";

const arrivalTable = "flow_arrival";

/** The table that takes rows which are rolled up as they come, and hands them on to `flow` and its roll-ups. */
export const insertTarget = ({ cluster }: EngineLayout): string =>
  cluster === null ? arrivalTable : "flow";

/** The table whose inserts fill the roll-ups. */
export const rolledUpTable = (layout: EngineLayout): string =>
  layout.cluster === null ? arrivalTable : localName(layout, "flow");

/**
 * A table that keeps nothing, so that rows which are rolled up later can go past the roll-ups, straight into `flow`: each
 * view over a table costs all inserts into it, also those of which it takes no rows. On a cluster all rows are rolled up.
 */
export const createArrivals = ({ cluster }: EngineLayout): string[] =>
  cluster === null
    ? [
        `CREATE TABLE IF NOT EXISTS ${arrivalTable} (${columnsText(keptColumns)}) ENGINE = Null`,
        `CREATE MATERIALIZED VIEW IF NOT EXISTS ${arrivalTable}_rows TO flow AS SELECT * FROM ${arrivalTable}`,
      ]
    : [];
