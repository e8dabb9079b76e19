import type { EngineLayout } from "../engine.ts";
import { localName, onCluster, overShards } from "./table.ts";

/** A view over tables of flows. */
export interface ViewDefinition {
  readonly name: string;
  /** Reads the tables under their names on one server. */
  readonly select: string;
  /** What a cluster reads instead, from all shards; left out where each shard has whole rows of its own. */
  readonly clusterSelect?: string;
}

/**
 * The statements that make a view. On a cluster: a view of each shard's own part, and a table over all of
 * them, so that the shards filter and count, and only what they counted travels.
 */
export function createView(
  layout: EngineLayout,
  { name, select, clusterSelect }: ViewDefinition,
): string[] {
  const make = (as: string, sql: string): string =>
    `CREATE OR REPLACE VIEW ${as}${onCluster(layout)} AS ${sql}`;
  if (layout.cluster === null) return [make(name, select)];
  if (clusterSelect !== undefined) return [make(name, clusterSelect)];
  // Names of tables only: trim(... FROM concat(...)) has a FROM, too.
  const local = select.replaceAll(
    /\bFROM (\w+)\b(?!\()/g,
    (_, table: string) => `FROM ${localName(layout, table)}`,
  );
  // Made anew as well: the view's columns may be others than before.
  const over = `CREATE OR REPLACE TABLE ${overShards(layout, name, "rand()")}`;
  return [make(localName(layout, name), local), over];
}
