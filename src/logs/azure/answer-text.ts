import type { KustoType } from "../../query/sql-value.ts";
import type { LogAnswer, LogValue } from "../log-query.ts";
import { partialError } from "./failure.ts";
import { renderBody } from "./render.ts";
import type { Preferences } from "./preferences.ts";
import type { LogQuerySettings } from "../query-limits.ts";

/** A workspace that a query read. */
export interface DataSource {
  readonly resourceId: string;
  readonly region: string;
}

export interface AnswerOptions {
  readonly preferences: Preferences;
  readonly settings: LogQuerySettings;
  readonly dataSources: readonly DataSource[];
}

/** Characters that are put together before they are handed on. */
const pieceCharacters = 64 << 10;

/**
 * The body of an answer as Log Analytics writes it, piece by piece: half a million rows never are one text
 * (https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format).
 */
export function* answerPieces(answer: LogAnswer, options: AnswerOptions): Generator<string> {
  const { columns, rows } = answer;
  const head = JSON.stringify(columns.map(({ name, type }) => ({ name, type })));
  yield `{"tables":[{"name":"PrimaryResult","columns":${head},"rows":[`;
  yield* rowPieces(rows, columns);
  yield `]}]${restOf(answer, options)}}`;
}

function* rowPieces(rows: LogAnswer["rows"], columns: LogAnswer["columns"]): Generator<string> {
  const writers = columns.map(({ type }) => writerOf(type));
  let piece = "";
  let mark = "";
  for (const row of rows) {
    piece += `${mark}[${row.map((value, index) => writers[index]?.(value)).join(",")}]`;
    mark = ",";
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

type Writer = (value: LogValue) => string;

const writerOf = (type: KustoType): Writer => (type === "long" || type === "real" ? number : text);

const text: Writer = (value) => JSON.stringify(value);

/** JSON has no bound on whole numbers and no NaN, which Azure writes as a word. */
const number: Writer = (value) => {
  if (typeof value === "bigint") return value.toString();
  return typeof value === "number" && !Number.isFinite(value) ? `"${value}"` : text(value);
};

/** What stands beside the tables: what was asked for, and what went wrong half-way. */
function restOf(answer: LogAnswer, { preferences, settings, dataSources }: AnswerOptions): string {
  const { tables } = answer;
  const parts: Record<string, unknown> = {
    statistics: preferences.statistics ? statisticsBody(answer) : undefined,
    render: preferences.render ? renderBody(answer.render) : undefined,
    dataSources: preferences.dataSources
      ? dataSources.map((source) => ({ ...source, tables }))
      : undefined,
    error: partialError(answer, settings),
  };
  const body = JSON.stringify(parts).slice(1, -1);
  return body === "" ? "" : `,${body}`;
}

/** Of Azure's numbers those that were measured: seconds, rows, bytes. */
const statisticsBody = ({ statistics, rows }: LogAnswer) => ({
  query: {
    executionTime: statistics.executionMs / 1_000,
    translationTime: statistics.translationMs / 1_000,
    datasetStatistics: [{ tableRowCount: rows.length, tableSize: statistics.resultBytes }],
  },
});
