import { type RollUp, liveName, rollUps } from "../schema/roll-up-list.ts";
import type { EngineLayout } from "../engine.ts";
import { createRollUp, createTable, type TableDefinition } from "../schema/table.ts";
import { hourSelect, hourStateSelect, hourTable, isLive, isOfWholeBuild, isOpen } from "./hours.ts";

/** Where a roll-up's builds are: a build is a partition, so that an old one goes at once. */
export const laterTable = ({ table }: RollUp): TableDefinition => ({
  ...table,
  name: `${table.name}_later`,
  columns: [{ name: "build", type: "UInt64" }, ...table.columns],
  engine: "MergeTree",
  partitionBy: "build",
});

export const columnNames = ({ table }: RollUp): string =>
  table.columns.map(({ name }) => name).join(", ");

/** What the values of a column are, without how parts of them are put together. */
const plainType = (type: string): string =>
  /^SimpleAggregateFunction\(\w+, (.*)\)$/.exec(type)?.[1] ?? type;

/** The same type in all parts of a view, so that words stay words of a dictionary. */
export const typedColumns = ({ table }: RollUp): string =>
  table.columns
    .map(
      ({ name, type }) => `CAST(r.${name}, '${plainType(type).replaceAll("'", "\\'")}') AS ${name}`,
    )
    .join(", ");

/** Rows of the roll-up made from `flow` alone. */
export function selectFromFlow(rollUp: RollUp, where: string, flow = "flow"): string {
  const finer = rollUps.find(({ table }) => table.name === rollUp.of);
  return rollUp.select(finer ? `(${selectFromFlow(finer, where, flow)})` : flow, where);
}

/** The roll-up under its own name: what was added up as it came, what was later, and what is not yet. */
function createReadView(rollUp: RollUp): string {
  const { name } = rollUp.table;
  return `CREATE VIEW IF NOT EXISTS ${name} AS
    SELECT ${typedColumns(rollUp)} FROM ${name}_live AS r FINAL WHERE ${isLive}
    UNION ALL SELECT ${typedColumns(rollUp)} FROM ${name}_later AS r WHERE ${isOfWholeBuild}
    UNION ALL SELECT ${typedColumns(rollUp)} FROM (${selectFromFlow(rollUp, isOpen)}) AS r`;
}

/** On a cluster all rows are rolled up as they come: a build would have to be one on all of its servers. */
export function createLaterTables(layout: EngineLayout): string[] {
  if (layout.cluster !== null) return [];
  return [
    ...createTable(layout, hourTable),
    ...createRollUp(layout, { name: hourTable.name, to: hourTable.name, select: hourSelect }),
    `CREATE VIEW IF NOT EXISTS flow_hour_state AS ${hourStateSelect}`,
    ...rollUps.flatMap((rollUp) => createTable(layout, laterTable(rollUp))),
    ...rollUps.map(createReadView),
  ];
}

/** Tables that keep rows of roll-ups. */
export function rollUpTables(layout: EngineLayout): string[] {
  const live = rollUps.map(({ table }) => liveName(layout, table.name));
  return layout.cluster === null ? [...live, ...rollUps.map((one) => laterTable(one).name)] : live;
}
