/** Longest text of a query, in characters. */
export const queryTextCharactersMax = 200_000;
/** How many brackets may stand within each other: the parser's time grows with their square. */
export const queryBracketDepthMax = 200;
/** Deepest nesting of a query's tree, which is also how many pipes can follow one another. */
export const queryDepthMax = 600;
/** How many stages a query may have after every `let` was put in its place. */
export const queryStageCountMax = 2_000;
/** How many questions may come before a query, each about columns that values in rows make. */
export const queryAskCountMax = 8;
/** Longest SQL of one scalar expression, so that functions of functions do not grow without end. */
export const scalarSqlCharactersMax = 300_000;
/** Longest SQL of a whole query. */
export const querySqlCharactersMax = 4_000_000;
/** How many rows `range` makes at most. */
export const rangeRowCountMax = 1_000_000;

/** Settings of ClickHouse that the SQL of this folder is written for; limits on time, rows and memory are the caller's. */
export const querySettings: Readonly<Record<string, string | number>> = {
  join_use_nulls: 0,
  output_format_json_escape_forward_slashes: 0,
  max_query_size: querySqlCharactersMax * 4,
  max_subquery_depth: 2_000,
  max_ast_depth: 20_000,
  max_parser_depth: 20_000,
  max_expanded_ast_elements: 2_000_000,
  max_ast_elements: 2_000_000,
};
