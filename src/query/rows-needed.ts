import type { Relation } from "./relation/relation.ts";

/** Rows of texts: the answer to one question that a translation asked. */
export type AskedRows = readonly (readonly string[])[];

/** Ends a translation that cannot go on before these rows are known; it begins again with them. */
export class RowsNeeded extends Error {
  readonly relation: Relation;

  constructor(relation: Relation) {
    super("rows are needed first");
    this.name = "RowsNeeded";
    this.relation = relation;
  }
}
