import type { KustoType } from "../query/sql-value.ts";
import type { QueryParameters, RenderHint } from "../query/translator.ts";

/** Rows whose TimeGenerated is at or after `startMs` and before `endMs`, both in milliseconds since 1970. */
export interface TimeRange {
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** A condition on a column of text, which ignores case as names in Azure do: any of the values. */
export interface ColumnMatch {
  readonly column: string;
  readonly how: "equals" | "startsWith";
  readonly values: readonly string[];
}

/** Rows that meet all of these. */
export type RowMatch = readonly ColumnMatch[];

/** A question in KQL, and what bounds it. */
export interface LogQuery {
  readonly text: string;
  readonly timeRange?: TimeRange | null;
  /** Rows that a query may see of a table: those of any of these; none for an empty list. Left out: all. */
  rowsOf?(table: string): readonly RowMatch[];
  /** A SELECT that a query reads in the place of a table, with those of its columns that the query needs; null: the table. */
  sourceOf?(table: string, database: string): string | null;
  /** At most the setting's; left out: the setting's default. */
  readonly timeoutSeconds?: number;
  /** Values of its `declare query_parameters`; never part of its text. */
  readonly parameters?: QueryParameters;
  /** What now() means in it; left out: the time when it is asked. */
  readonly nowMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * A value of an answer: a datetime as ISO 8601 with up to 7 digits, a timespan and a guid as Kusto writes them, a
 * dynamic value as its JSON text, a long that is no safe number as bigint, a decimal as text.
 */
export type LogValue = string | number | bigint | boolean | null;

export interface LogColumn {
  readonly name: string;
  readonly type: KustoType;
}

export interface LogAnswer {
  readonly columns: readonly LogColumn[];
  readonly rows: readonly (readonly LogValue[])[];
  /** Why rows are missing; null when all are there. */
  readonly truncated: "rows" | "bytes" | null;
  /** Shards of a cluster whose rows are not in it, as the setting `partialAnswers` allows. */
  readonly missingShards: readonly number[];
  readonly render: RenderHint | null;
  /** Tables that the query read. */
  readonly tables: readonly string[];
  readonly statistics: LogStatistics;
}

export interface LogStatistics {
  readonly translationMs: number;
  /** Waiting for a place and running. */
  readonly executionMs: number;
  readonly resultBytes: number;
}

/** A query's translation, which nobody ran. */
export interface LogTranslation {
  readonly sql: string;
  readonly columns: readonly LogColumn[];
  readonly tables: readonly string[];
  readonly render: RenderHint | null;
}
